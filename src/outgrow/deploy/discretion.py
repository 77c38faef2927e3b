"""Keeps secrets out of what a deploy tells: to people, to `--json` and to the journal.

A program may print its own secrets, and answer its health check with them. What it said gets into
reasons, verdicts and evidence; only words of that kind are gone through, for a name that a later
run needs must stay what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from outgrow.deploy.ports import Person, Progress
from outgrow.deploy.redaction import redacted_by
from outgrow.deploy.values import Evidence
from outgrow.deploy.world import World

Hide = Callable[[str], str]
_WORDS = frozenset({"why", "reason", "remedy", "problem", "lines"})


@dataclass(frozen=True, slots=True)
class DiscreetProgress:
    """Tells on what it is told, without secrets in whatever somebody said."""

    progress: Progress
    hide: Hide

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Take note of what happens."""
        self.progress.event(kind, without_secrets(facts, self.hide))


@dataclass(frozen=True, slots=True)
class DiscreetPerson:
    """Asks a person, without secrets in the question."""

    person: Person
    hide: Hide

    def agrees(self, question: str) -> bool | None:
        """Return the answer; None when nobody is at a terminal."""
        return self.person.agrees(self.hide(question))


def discreet(world: World) -> World:
    """Return the surroundings of a deploy, in which nobody is told a secret."""
    return replace(
        world,
        progress=DiscreetProgress(world.progress, world.hide),
        person=DiscreetPerson(world.person, world.hide),
    )


def without_secrets(facts: Mapping[str, JsonValue], hide: Hide) -> dict[str, JsonValue]:
    """Return facts in which what somebody said holds no secret; names and numbers stay."""
    return {
        key: _said(value, hide) if key in _WORDS else _searched(value, hide)
        for key, value in facts.items()
    }


def discreet_evidence(found: tuple[Evidence, ...], hide: Hide) -> tuple[Evidence, ...]:
    """Return evidence without secrets in what the programs said."""
    return tuple(redacted_by(hide, one) for one in found)


def _said(value: JsonValue, hide: Hide) -> JsonValue:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list):
        return [_said(one, hide) for one in value]
    return value


def _searched(value: JsonValue, hide: Hide) -> JsonValue:
    if isinstance(value, dict):
        return without_secrets(value, hide)
    if isinstance(value, list):
        return [_searched(one, hide) for one in value]
    return value
