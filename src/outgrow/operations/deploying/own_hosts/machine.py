"""One machine of the team's own, and what is asked of it for a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outgrow.clients.clock import monotonic_seconds
from outgrow.clients.own_host import OwnHost
from outgrow.deploy.values import Probe, Problem, Version
from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts.runner import Runner, Slot

_CHECK_LINES = 3


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with what runs versions on it."""

    host: OwnHost
    runner: Runner


def checked_by(machine: Machine, slot: Slot, command: Sequence[str]) -> Probe:
    """Return what a health check that is a command says of a slot."""
    began = monotonic_seconds()
    try:
        ran = machine.runner.check(slot, command)
    except OutsideError as error:
        return Probe(slot.name, False, error.reason, monotonic_seconds() - began)
    said = " | ".join(ran.lines[-_CHECK_LINES:]) or "it printed nothing"
    words = f"`{' '.join(command)}` ended with {ran.exit_code}: {said}"
    return Probe(slot.name, ran.exit_code == 0, words, monotonic_seconds() - began)


def problems_of(machine: Machine, version: Version) -> Sequence[Problem]:
    """Return why `version` cannot run on a machine; one that fails is a reason as well."""
    try:
        return machine.runner.problems(version)
    except OutsideError as error:
        return [Problem(error.reason, error.remedy)]
