"""What a session holds, and how changes to it are told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Union

# A union that names itself cannot be written with `|` before Python 3.12.
JsonValue = Union[  # noqa: UP007
    None, bool, int, float, str, list["JsonValue"], dict[str, "JsonValue"]
]
MOST_BYTES = 16 * 1024
MOST_KEYS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One session as a store keeps it. `key` is the hash of the id; times are Unix seconds."""

    key: str
    user_id: str | None
    created_at: float
    expires_at: float
    idle_expires_at: float
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a request changed, as JSON texts, so that requests at once do not undo each other."""

    texts: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.texts or self.removed)


def json_text(key: str, value: object) -> str:
    """Return a value as JSON; raises TypeError or ValueError for what JSON cannot hold."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"session[{key!r}] cannot be kept as JSON ({error.__class__.__name__}); "
            "keep texts, numbers, lists and dicts, and load the rest by its id"
        ) from None
    _check_keys(key, value)
    if "\\u0000" in text:
        raise ValueError(f"session[{key!r}] holds a NUL character, which PostgreSQL cannot keep")
    if size > MOST_BYTES:
        raise ValueError(
            f"session[{key!r}] has {size} bytes; keep at most {MOST_BYTES}, "
            "put it into the database and its id into the session"
        )
    return text


def _check_keys(key: str, value: object) -> None:
    """Refuse keys that JSON would silently turn into texts."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise TypeError(f"session[{key!r}] has the key {name!r}: keys are texts")
            _check_keys(key, inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_keys(key, inner)


class Session(MutableMapping[str, JsonValue]):
    """One visitor's values, as a dict. `user_id` is None until somebody has logged in.

    What is assigned, deleted or changed inside of a list or dict is saved with the response:
    key by key, so that two requests at once each keep what they wrote.
    """

    def __init__(self, record: Record | None = None) -> None:
        self.record = record
        # The id that the client must be given; None while it has the right one.
        self.new_token: str | None = None
        self.is_ended = False
        self._is_sealed = False
        self._values: dict[str, JsonValue] = dict(record.data) if record else {}
        self._handed_out: dict[str, str] = {}
        self._assigned: set[str] = set()
        self._removed: set[str] = set()

    @property
    def user_id(self) -> str | None:
        """Return who is logged in."""
        return self.record.user_id if self.record else None

    @property
    def handle(self) -> str | None:
        """Return a name for lists and `revoke`; it opens nothing. None before it is saved."""
        return self.record.key if self.record else None

    def __repr__(self) -> str:
        return f"Session(user_id={self.user_id!r}, keys={sorted(self._values)})"

    def __getitem__(self, key: str) -> JsonValue:
        value = self._values[key]
        if isinstance(value, (list, dict)) and key not in self._handed_out:
            self._handed_out[key] = json_text(key, value)
        return value

    def __setitem__(self, key: str, value: JsonValue) -> None:
        self.check_writable()
        json_text("keys", {key: None})
        if len(self._values) >= MOST_KEYS and key not in self._values:
            raise ValueError(f"a session holds at most {MOST_KEYS} keys; put lists under one key")
        json_text(key, value)
        self._values[key] = value
        self._assigned.add(key)
        self._removed.discard(key)

    def __delitem__(self, key: str) -> None:
        self.check_writable()
        del self._values[key]
        self._assigned.discard(key)
        self._handed_out.pop(key, None)
        self._removed.add(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def changes(self) -> Changes:
        """Return what differs from what was read."""
        texts = {key: json_text(key, self._values[key]) for key in sorted(self._assigned)}
        for key, before in self._handed_out.items():
            if key not in texts and (after := json_text(key, self._values[key])) != before:
                texts[key] = after
        return Changes(texts, frozenset(self._removed))

    def saved_as(self, record: Record) -> None:
        """Take over what the store has now; there are no changes after this."""
        self.record = record
        watched = {*self._handed_out, *self._assigned}
        self._handed_out = {
            key: json_text(key, value)
            for key, value in self._values.items()
            if key in watched and isinstance(value, (list, dict))
        }
        self._assigned.clear()
        self._removed.clear()

    def forget_values(self) -> None:
        """Forget every value here, without deleting it anywhere."""
        for kept in (self._values, self._handed_out, self._assigned, self._removed):
            kept.clear()

    def detach(self) -> None:
        """Forget everything: the store has no such session any more."""
        self.forget_values()
        self.record = None

    def seal(self) -> None:
        """Refuse further changes: the response has begun, and nothing would save them."""
        self._is_sealed = True

    def check_writable(self) -> None:
        """Raise RuntimeError once the response has begun."""
        if self._is_sealed:
            raise RuntimeError(
                "the response has begun, so this change of the session would be lost; "
                "change it before the first byte is sent"
            )
