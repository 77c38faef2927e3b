"""Starts again what had the traffic and does not run any more: after a machine was restarted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outgrow.deploy.ports import Fleet, Pause
from outgrow.deploy.values import FULL_WEIGHT, SlotState, Version

_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Started:
    """A slot whose version was started again; `problem` says why it has no traffic yet."""

    slot: str
    version: str
    problem: str = ""


def bring_back(
    fleet: Fleet,
    known: Mapping[str, Version],
    last: Version | None,
    pause: Pause,
    health_seconds: float,
) -> tuple[Started, ...]:
    """Start every slot that has traffic and no process; let it have requests once it is healthy.

    What runs is left as it is, and so is what was only kept warm. `last` is the version that was
    deployed last: it comes into a slot that somebody has emptied.
    """
    down = _down(fleet.look(), last)
    begun = [slot for slot, version in down.items() if _start(fleet, slot, known.get(version))]
    good = _healthy(fleet, begun, pause, health_seconds)
    if good:
        fleet.weigh(dict.fromkeys(good, FULL_WEIGHT))
    return tuple(
        Started(slot, version, "" if slot in good else _problem(fleet, slot, slot in begun))
        for slot, version in down.items()
    )


def _down(slots: Sequence[SlotState], last: Version | None) -> Mapping[str, str]:
    """Return the slots that should run and do not, each with the id of its version."""
    served = {one.number for one in slots if one.has_traffic and one.running}
    return {
        one.name: one.version or (last.id if last else "")
        for one in slots
        if one.has_traffic and not one.running and (one.version or one.number not in served)
    }


def _start(fleet: Fleet, slot: str, version: Version | None) -> bool:
    if version is None or not version.artifact:
        return False
    fleet.rest(slot)
    fleet.start(slot, version)
    fleet.admit(slot)
    return True


def _healthy(fleet: Fleet, slots: Sequence[str], pause: Pause, seconds: float) -> list[str]:
    """Return which of `slots` are healthy, once all are or the time is over."""
    end = pause.seconds() + seconds
    while True:
        up = {one.name for one in fleet.look() if one.up}
        good = [slot for slot in slots if slot in up and fleet.probe(slot).ok]
        if len(good) == len(slots) or pause.seconds() >= end:
            return good
        pause.wait(_POLL_SECONDS)


def _problem(fleet: Fleet, slot: str, was_started: bool) -> str:
    if not was_started:
        return "the journal does not know what its version is: deploy one"
    return f"it is not healthy: {fleet.probe(slot).said}"
