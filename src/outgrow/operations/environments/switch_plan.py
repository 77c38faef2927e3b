"""A switch before and after: what was asked for, what it would change, what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from outgrow.environments.in_flight import Running
from outgrow.environments.switching import Change, Live
from outgrow.operations.environments.checking import Asked, Judged, ProfileCheck
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class SwitchWish:
    """How a switch is to be made."""

    asked: Asked
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """A switch that may be made: what comes, what goes, what stays where it is.

    `edited` are variables of the old block that somebody changed by hand; they are written anew.
    """

    file: str
    previous: str | None
    environment: str | None
    check: ProfileCheck | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    taken_over: tuple[str, ...]
    edited: tuple[str, ...]
    running: tuple[Running, ...]
    rules: Rules
    change: Change | None = field(repr=False)
    judged: Judged | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch came to; `written` is False when everything was as it should be already."""

    environment: str | None
    previous: str | None
    file: str
    component: str | None
    written: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    taken_over: tuple[str, ...]
    live: Live | None
    notes: tuple[str, ...]
    running: tuple[Running, ...]
    operation: int | None
