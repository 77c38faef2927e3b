"""Makes a preview, and removes one: each step noted before it is done, each may be repeated."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from outgrow.deploy.ports import Pause, Progress, Record
from outgrow.deploy.previews.ports import Addresses, Containers, Databases
from outgrow.deploy.previews.values import Preview, PreviewPart
from outgrow.deploy.values import Evidence, Probe
from outgrow.errors import OutsideError

STEPS_TO_REMOVE = ("address", "containers", "data")
_LOOK_EVERY_SECONDS = 0.25


class PreviewFailed(OutsideError):
    """A part of a preview does not work; `evidence` explains it, `lines` are what it printed."""

    def __init__(
        self, reason: str, remedy: str, evidence: Evidence | None = None, lines: Sequence[str] = ()
    ) -> None:
        super().__init__(reason, remedy)
        self.evidence = evidence
        self.lines = tuple(lines)


@dataclass(frozen=True, slots=True)
class PreviewWorld:
    """Everything that a preview is made of; a part has `health_seconds` to become healthy."""

    databases: Databases
    containers: Containers
    addresses: Addresses
    record: Record
    pause: Pause
    progress: Progress
    health_seconds: float = 120


def steps_to_make(preview: Preview) -> tuple[str, ...]:
    """Return the steps that make a preview, in order."""
    return (
        *(("data",) if preview.own_data != "none" else ()),
        *(f"migrate {one.component}" for one in preview.parts if one.migrate),
        *(f"start {one.component}" for one in preview.parts),
        *(f"healthy {one.component}" for one in preview.parts),
        "address",
    )


def make(preview: Preview, world: PreviewWorld) -> Sequence[str]:
    """Return the URLs of a preview that works.

    Begun again after it was killed it does every step once more: each may be repeated, and
    the new password of the database has to reach everything that uses it. Raises
    PreviewFailed when a part of it does not work.
    """
    address = _data(preview, world)
    for part in preview.parts:
        if part.migrate:
            with _noted(world, f"migrate {part.component}"):
                _migrate(preview, part, address, world)
    for part in preview.parts:
        with _noted(world, f"start {part.component}"):
            world.containers.start(preview, part, _values(part, address))
    for part in preview.parts:
        with _noted(world, f"healthy {part.component}"):
            _wait(preview, part, world)
    with _noted(world, "address"):
        return world.addresses.open(preview)


def remove(preview: Preview, world: PreviewWorld, *, leave_data: bool = False) -> None:
    """Remove a preview with its data: what people can see goes first, the data last.

    With `leave_data` its database is not touched: the server may be gone for good.
    """
    with _noted(world, "address"):
        world.addresses.close(preview)
    with _noted(world, "containers"):
        world.containers.stop(preview)
    with _noted(world, "data"):
        if preview.own_data != "none" and not leave_data:
            world.databases.drop(preview.database, preview.own_data)


def _data(preview: Preview, world: PreviewWorld) -> SecretStr | None:
    if preview.own_data == "none":
        return None
    with _noted(world, "data"):
        return world.databases.make(preview.database, preview.own_data)


def _values(part: PreviewPart, address: SecretStr | None) -> Mapping[str, SecretStr]:
    return {} if address is None else dict.fromkeys(part.database_keys, address)


def _migrate(
    preview: Preview, part: PreviewPart, address: SecretStr | None, world: PreviewWorld
) -> None:
    ran = world.containers.run_once(preview, part, _values(part, address))
    if ran.exit_code:
        raise PreviewFailed(
            f"the migrations of {part.component} ended with exit code {ran.exit_code}",
            "Mend them and run it again: it goes on with the same data. To begin with none, "
            f"remove it first: {_removal(preview)}",
            lines=ran.lines,
        )


def _wait(preview: Preview, part: PreviewPart, world: PreviewWorld) -> None:
    deadline = world.pause.seconds() + world.health_seconds
    while not (probe := world.containers.probe(preview, part)).ok:
        if world.pause.seconds() >= deadline:
            raise _unhealthy(preview, part, probe, world)
        world.pause.wait(_LOOK_EVERY_SECONDS)


def _unhealthy(
    preview: Preview, part: PreviewPart, probe: Probe, world: PreviewWorld
) -> PreviewFailed:
    return PreviewFailed(
        f"{part.component} is not healthy after {world.health_seconds:g} seconds: {probe.said}",
        "What it printed stands above; nobody is sent to it. Make it again with another image, or "
        f"remove it: {_removal(preview)}",
        world.containers.evidence(preview, part),
    )


def _removal(preview: Preview) -> str:
    return f"outgrow preview remove {shlex.quote(preview.branch)}"


@contextmanager
def _noted(world: PreviewWorld, step: str) -> Iterator[None]:
    world.record.started(step)
    world.progress.event("step-started", {"step": step})
    yield
    world.record.done(step)
    world.progress.event("step-done", {"step": step})
