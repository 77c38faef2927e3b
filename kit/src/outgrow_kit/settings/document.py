"""Reads typed values out of the JSON document, and keeps every problem instead of the first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from outgrow_kit.secret import Secret

VARIABLE = "OUTGROW_KIT"
VERSION = 1
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Document:
    """The settings as written, the variables they name, and what is wrong with them."""

    environ: Mapping[str, str]
    root: Section = field(init=False)
    is_written: bool = field(init=False, default=False)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Document:
        """Return what `OUTGROW_KIT` holds; an empty document when it is not set."""
        document = cls(environ)
        written = environ.get(VARIABLE, "").strip()
        document.is_written = bool(written)
        document.root = Section(document, "", document._parsed(written) if written else {})
        return document

    def _parsed(self, text: str) -> Mapping[str, object]:
        try:
            value = json.loads(text)
        except ValueError as error:
            self.problems.append(f"{VARIABLE} is not JSON ({error}); render it again with outgrow")
            return {}
        if not isinstance(value, dict):
            self.problems.append(f"{VARIABLE} is not a JSON object; render it again with outgrow")
            return {}
        if value.get("version") != VERSION:
            self.problems.append(
                f"{VARIABLE} has version {value.get('version')!r}, and this outgrow-kit reads "
                f"{VERSION}: use an outgrow and an outgrow-kit of the same release"
            )
        return value

    def variable(self, name: str) -> str | None:
        """Return an environment variable; one that is empty counts as absent."""
        return self.environ.get(name) or None


@dataclass(frozen=True, slots=True)
class Section:
    """One object of the document; `path` is where it stands (`database/pool`)."""

    document: Document
    path: str
    values: Mapping[str, object]

    def __bool__(self) -> bool:
        return bool(self.values)

    def at(self, key: str) -> str:
        """Return the path of a key, for a problem's text."""
        return f"{self.path}/{key}" if self.path else key

    def wrong(self, key: str, wanted: str) -> None:
        """Note that the value of a key is not what is wanted."""
        found = json.dumps(self.values.get(key))
        self.document.problems.append(
            f"{VARIABLE} {self.at(key)}: wanted {wanted}, found {found[:60]}"
        )

    def text(self, key: str, default: str) -> str:
        """Return a text."""
        value = self.values.get(key, default)
        if isinstance(value, str):
            return value
        self.wrong(key, "a text")
        return default

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None when it is absent."""
        return self.text(key, "") or None

    def number(self, key: str, default: float) -> float:
        """Return a number that is not negative."""
        value = self.values.get(key, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < inf:
            return float(value)
        self.wrong(key, "a number that is not negative")
        return default

    def whole(self, key: str, default: int) -> int:
        """Return a whole number that is not negative."""
        value = self.values.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(key, "a whole number that is not negative")
        return default

    def optional_whole(self, key: str) -> int | None:
        """Return a whole number, or None when it is absent."""
        return self.whole(key, 0) if self.values.get(key) is not None else None

    def truth(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(key, "true or false")
        return default

    def one_of(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of some words."""
        value = self.values.get(key, default)
        if isinstance(value, str) and value in allowed:
            return value
        self.wrong(key, f"one of {', '.join(allowed)}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.wrong(key, "a list of texts")
        return ()

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers that are greater than 0."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(
            isinstance(one, (int, float)) and not isinstance(one, bool) and one > 0 for one in value
        ):
            return tuple(float(one) for one in value)
        self.wrong(key, "a list of numbers greater than 0")
        return ()

    def section(self, key: str) -> Section:
        """Return an object; an empty one when it is absent."""
        value = self.values.get(key, {})
        if isinstance(value, dict):
            return Section(self.document, self.at(key), value)
        self.wrong(key, "an object")
        return Section(self.document, self.at(key), {})

    def sections(self, key: str) -> Iterator[Section]:
        """Yield the objects of a list."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.wrong(key, "a list of objects")
            return
        for place, one in enumerate(value):
            path = self.at(f"{key}[{place}]")
            if isinstance(one, dict):
                yield Section(self.document, path, one)
            else:
                self.document.problems.append(f"{VARIABLE} {path}: wanted an object")

    def secret(self, key: str) -> Secret | None:
        """Return the value of the variable that `key` names; None when `key` is absent."""
        name = self.optional_text(key)
        if name is None:
            return None
        if not _NAME.fullmatch(name):
            # Most likely the secret itself, which no problem may show.
            self.document.problems.append(
                f"{VARIABLE} {self.at(key)}: wanted the name of an environment variable, as "
                "DATABASE_URL; put the value there, and write its name here"
            )
            return None
        value = self.document.variable(name)
        if value is None:
            self.document.problems.append(
                f"{name} is not set, and {VARIABLE} {self.at(key)} takes its value from it: "
                f"set it, or start the application with `outgrow env exec`"
            )
            return None
        return Secret(value)
