"""Finds the value of every variable of a profile, each where the strategy says that it lies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from outgrow.environments.env_text import EnvText
from outgrow.environments.profile import Entry, Kind, Profile

PROCESS = "the process environment"
_STAND_IN = "not-set"  # what `outgrow up --fill` gives; it never counts as a value
# What is handed to a program from outside, by whoever starts it.
FROM_THE_PROCESS = frozenset({"env", "vault", "github"})


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a place did not give its value; nothing of the value is in the reason."""

    reason: str


class Places(Protocol):
    """The places outside of env files and processes where secrets lie."""

    def read(self, references: Collection[str]) -> Mapping[str, SecretStr | Unread]:
        """Return for each reference its value, or why there is none."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it was found."""

    secret: SecretStr
    found_in: str

    @property
    def text(self) -> str:
        """Return the value itself: for a file, a program or an endpoint, never for a person."""
        return self.secret.get_secret_value()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A profile with the values that were found; `absent` says for the others why not, if at all.

    `process_differs` are variables that this process has with another value: a program that is
    started from here would see that one.
    """

    profile: Profile
    file: EnvText = field(repr=False)
    values: Mapping[str, Value] = field(repr=False)
    absent: Mapping[str, str]
    process_differs: tuple[str, ...]

    def text(self, key: str) -> str | None:
        """Return the value of `key`, None when there is none."""
        found = self.values.get(key)
        return found.text if found else None


def resolve_profile(
    profile: Profile, file: EnvText, process: Mapping[str, str], places: Places
) -> Resolved:
    """Return `profile` with its values.

    A line in the env file comes before every other place: it is what somebody wrote for this
    environment. The process comes after it, because a variable of a shell may be left over from
    another environment.
    """
    values: dict[str, Value] = {}
    absent: dict[str, str] = {}
    asked: list[Entry] = []
    for entry in profile.entries:
        near = _near(profile, entry, file.values, process)
        if near is not None:
            values[entry.key] = near
        elif _is_far(entry):
            asked.append(entry)
        else:
            absent[entry.key] = ""  # nobody has given it one
    read = places.read(sorted({one.reference or "" for one in asked})) if asked else {}
    for entry in asked:
        reference = entry.reference or ""
        found = read.get(reference, Unread("nobody reads this place"))
        if isinstance(found, Unread):
            absent[entry.key] = found.reason
        else:
            values[entry.key] = Value(found, reference)
    return Resolved(profile, file, values, absent, tuple(_differing(values, process)))


def _near(
    profile: Profile, entry: Entry, file: Mapping[str, str], process: Mapping[str, str]
) -> Value | None:
    if entry.kind is not Kind.SECRET:
        return Value(SecretStr(entry.value or ""), entry.place)
    kind, _, name = (entry.reference or "").partition(":")
    names = tuple(dict.fromkeys((name, entry.key))) if kind == "env" else (entry.key,)
    sources = [(profile.env_file, file)]
    if kind in FROM_THE_PROCESS:
        sources.append((PROCESS, process))
    for place, found in sources:
        for one in names:
            # An empty line in the file is somebody's word; an empty variable of a shell is not.
            if one in found and (found[one] or found is file) and found[one] != _STAND_IN:
                told = place if one == entry.key else f"{place}, as {one}"
                return Value(SecretStr(found[one]), told)
    return None


def _is_far(entry: Entry) -> bool:
    kind, separator, _ = (entry.reference or "").partition(":")
    return bool(separator) and kind not in FROM_THE_PROCESS


def _differing(values: Mapping[str, Value], process: Mapping[str, str]) -> Iterator[str]:
    for key, value in values.items():
        if process.get(key) and process[key] != value.text:
            yield key
