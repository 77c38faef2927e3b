"""Steps as statements of PostgreSQL, and its rows as their answers; nothing is sent here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from outgrow_kit.cache import postgres_sql as sql
from outgrow_kit.cache.redis_commands import written_message
from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Fill,
    Found,
    Invalidate,
    Read,
    Release,
    Renew,
    Step,
)

Row = Sequence[object]
# NOTIFY takes at most 8000 bytes; the version and the origin take less than 100.
_LONGEST_MESSAGE = 7000


@dataclass(frozen=True, slots=True)
class PostgresCommands:
    """The names of the keys in one namespace."""

    namespace: str
    token: Callable[[], str]

    @property
    def channel(self) -> str:
        """Return the channel of invalidations: a name of at most 63 bytes."""
        return (
            f"outgrow_cache_{hashlib.blake2b(self.namespace.encode(), digest_size=8).hexdigest()}"
        )

    def _name(self, key: str) -> str:
        return f"{self.namespace}:{key}"

    def _names(self, keys: Sequence[str]) -> list[str]:
        return [self._name(key) for key in keys]

    def statement(self, step: Step[object]) -> tuple[str, Mapping[str, object]]:
        """Return the statement for a step, and its values."""
        if isinstance(step, Read) and len(step.keys) == 1:
            one = {"namespace": self.namespace, "key": self._name(step.keys[0])}
            if not step.tags:
                return sql.READ_VALUE, one
            return sql.READ_TAGGED, {**one, "tags": self._names(step.tags)}
        if isinstance(step, Read):
            return sql.READ, {
                "namespace": self.namespace,
                "keys": self._names(step.keys),
                "tags": self._names(step.tags),
            }
        if isinstance(step, Begin):
            return sql.BEGIN, self._begin(step)
        if isinstance(step, Fill):
            return sql.FILL, self._fill(step)
        if isinstance(step, Invalidate):
            return sql.INVALIDATE, {
                "namespace": self.namespace,
                "keys": self._names(step.keys),
                "tags": self._names(step.tags),
                "everything": step.everything,
                "channel": self.channel,
                "messages": list(_messages(step)),
            }
        assert isinstance(step, (Renew, Release))
        return sql.LEASES, {
            "keys": [self._name(lease.key) for lease in step.leases],
            "tokens": [lease.token for lease in step.leases],
            "lease_seconds": step.lease_seconds if isinstance(step, Renew) else 0.0,
        }

    def _begin(self, step: Begin) -> Mapping[str, object]:
        return {
            "namespace": self.namespace,
            "fresh": self.token(),
            "generation": self.token(),
            "key": self._name(step.key),
            "tags": self._names(step.tags),
            "token": step.token,
            "seen": step.seen,
            "force": step.force,
            "lease_seconds": step.lease_seconds,
            "tag_seconds": step.tag_seconds,
        }

    def _fill(self, step: Fill) -> Mapping[str, object]:
        return {
            "namespace": self.namespace,
            "key": self._name(step.key),
            "token": step.token,
            "epoch": step.epoch,
            "raw": step.raw,
            "seconds": step.seconds,
            "tags": self._names(step.tags),
            "generations": list(step.generations),
            "channel": self.channel,
            "message": written_message(step.origin, (step.key,), ()),
            "announce": step.announce,
        }

    def answer(self, step: Step[object], rows: Sequence[Row]) -> object:
        """Return what the rows mean for the step."""
        if isinstance(step, Read) and len(step.keys) == 1:
            epoch_found, value_found, *tagged_found = rows[0]
            generations_found = cast(list[str | None], tagged_found[0]) if tagged_found else ()
            return Found(
                cast(str | None, epoch_found),
                (cast(bytes | None, value_found),),
                tuple(generations_found),
            )
        if isinstance(step, Read):
            found = {(kind, name): (text, value) for kind, name, text, value in rows}
            epoch = found.get(("e", self.namespace), (None, None))[0]
            values = (found.get(("v", self._name(key)), (None, None))[1] for key in step.keys)
            tags = (found.get(("t", self._name(tag)), (None, None))[0] for tag in step.tags)
            return Found(
                cast(str | None, epoch),
                tuple(cast(bytes | None, value) for value in values),
                tuple(cast(str | None, generation) for generation in tags),
            )
        if isinstance(step, Begin):
            granted, epoch, version, value, tagged = rows[0]
            generations = cast(Mapping[str, str], tagged)
            return Begun(
                bool(granted),
                cast(str, epoch),
                cast(int, version),
                tuple(generations[self._name(tag)] for tag in step.tags),
                cast(bytes | None, value),
            )
        return bool(rows[0][0]) if isinstance(step, Fill) else True


def _messages(step: Invalidate) -> Iterator[str]:
    """Yield the invalidation in parts that NOTIFY takes."""
    keys: list[str] = []
    tags: list[str] = []
    size = 0
    for name, into in [*((key, keys) for key in step.keys), *((tag, tags) for tag in step.tags)]:
        if size + 2 * len(name) + 3 > _LONGEST_MESSAGE:
            yield written_message(step.origin, tuple(keys), tuple(tags))
            keys.clear()
            tags.clear()
            size = 0
        into.append(name)
        size += 2 * len(name) + 3
    yield written_message(step.origin, tuple(keys), tuple(tags), step.everything)
