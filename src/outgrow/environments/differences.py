"""Two profiles side by side; secrets are compared, never shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outgrow.environments.profile import Kind, shown_value
from outgrow.environments.resolving import Resolved


class Comparison(StrEnum):
    """How a variable of two profiles compares."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    UNKNOWN = "unknown"  # one of the values could not be found


@dataclass(frozen=True, slots=True)
class Side:
    """A variable in one profile; `value` is None for a secret."""

    kind: Kind
    value: str | None
    found_in: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A variable in both profiles."""

    key: str
    comparison: Comparison
    first: Side | None
    second: Side | None


def differences(first: Resolved, second: Resolved) -> tuple[Difference, ...]:
    """Return every variable of either profile, those of the first in front."""
    keys = [one.key for resolved in (first, second) for one in resolved.profile.entries]
    return tuple(_difference(key, first, second) for key in dict.fromkeys(keys))


def _difference(key: str, first: Resolved, second: Resolved) -> Difference:
    return Difference(key, _compared(key, first, second), _side(key, first), _side(key, second))


def _side(key: str, resolved: Resolved) -> Side | None:
    entry = resolved.profile.entry(key)
    if entry is None:
        return None
    found = resolved.values.get(key)
    return Side(entry.kind, shown_value(entry), found.found_in if found else None)


def _compared(key: str, first: Resolved, second: Resolved) -> Comparison:
    if first.profile.entry(key) is None:
        return Comparison.ONLY_SECOND
    if second.profile.entry(key) is None:
        return Comparison.ONLY_FIRST
    one, other = first.text(key), second.text(key)
    if one is None or other is None:
        return Comparison.UNKNOWN
    return Comparison.SAME if one == other else Comparison.DIFFERS
