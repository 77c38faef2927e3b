"""Builds and starts a project, waits until it works, and leaves nothing half-started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from outgrow.clients.docker import CommandFailed, Leftovers, OnLine
from outgrow.clients.docker_inspect import Container
from outgrow.clients.listeners import Listener
from outgrow.operations.local_run.causes import Cause, cause_of
from outgrow.operations.local_run.stages import (
    Progress,
    Service,
    all_ready,
    failures,
    progress,
)

_LOOK_EVERY_SECONDS = 0.5


class Project(Protocol):
    """What is asked of Compose: the client `ComposeProject`, or a fake of it."""

    def build(self, on_line: OnLine) -> None:
        """Build every image; raise CommandFailed."""

    def start(self, on_line: OnLine) -> None:
        """Create and start every container; raise CommandFailed."""

    def stop(self, *, volumes: bool, on_line: OnLine) -> None:
        """Remove containers and networks, and volumes when asked to."""

    def containers(self) -> tuple[Container, ...]:
        """Return the project's containers."""

    def leftovers(self) -> Leftovers:
        """Return the project's networks and volumes."""

    def last_lines(self, container: Container, count: int = 20) -> tuple[str, ...]:
        """Return the last lines that a container printed."""


class Report(Protocol):
    """Who is told how it goes."""

    def step(self, text: str) -> None:
        """Hear that a step begins."""

    def line(self, text: str) -> None:
        """Hear a line that a program printed."""

    def progress(self, found: Sequence[Progress]) -> None:
        """Hear how far every service has come."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, on which clock."""

    timeout_seconds: float
    monotonic_seconds: Callable[[], float]
    wait_seconds: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a start ended: every service with its stage, and the causes of what failed.

    `failed_command` is set when Compose itself refused, with what it printed last.
    `removed` says that what was started has been taken down again.
    """

    services: tuple[Progress, ...]
    causes: tuple[Cause, ...] = ()
    failed_command: CommandFailed | None = None
    timed_out: bool = False
    removed: bool = False

    @property
    def ok(self) -> bool:
        """Return whether everything works."""
        return not self.causes and self.failed_command is None and not self.timed_out


def bring_up(
    project: Project,
    services: Sequence[Service],
    report: Report,
    patience: Patience,
    listeners: Callable[[int], tuple[Listener, ...]],
    *,
    build: bool = True,
    keep: bool = False,
) -> Outcome:
    """Return how the start of `services` ended, after everything works or something fails.

    What did not exist before is removed again when the start fails or is interrupted; `keep`
    leaves it for a look.
    """
    before = project.leftovers()
    existed = bool(project.containers())
    fresh_volumes = not before.volumes
    try:
        outcome = _start(project, services, report, patience, listeners, build=build)
    except BaseException:
        if not existed:
            _take_down(project, report, volumes=fresh_volumes)
        raise
    if outcome.ok or keep or existed or not _take_down(project, report, volumes=fresh_volumes):
        return outcome
    return Outcome(
        outcome.services, outcome.causes, outcome.failed_command, outcome.timed_out, removed=True
    )


def _take_down(project: Project, report: Report, *, volumes: bool) -> bool:
    """Remove what was started; return whether there was anything."""
    left = project.leftovers()
    if not (project.containers() or left.networks or (volumes and left.volumes)):
        return False
    report.step("removing what was started")
    project.stop(volumes=volumes, on_line=report.line)
    return True


def _start(
    project: Project,
    services: Sequence[Service],
    report: Report,
    patience: Patience,
    listeners: Callable[[int], tuple[Listener, ...]],
    *,
    build: bool,
) -> Outcome:
    try:
        if build:
            report.step("building images")
            project.build(report.line)
        report.step("starting containers")
        project.start(report.line)
    except CommandFailed as failure:
        # Compose gives up where a dependency fails: the containers say more than it does.
        found = progress(services, project.containers())
        causes = _causes(project, services, found, listeners)
        return Outcome(found, causes, None if causes else failure)
    return _wait(project, services, report, patience, listeners)


def _wait(
    project: Project,
    services: Sequence[Service],
    report: Report,
    patience: Patience,
    listeners: Callable[[int], tuple[Listener, ...]],
) -> Outcome:
    report.step("waiting until everything is healthy")
    deadline = patience.monotonic_seconds() + patience.timeout_seconds
    while True:
        found = progress(services, project.containers())
        report.progress(found)
        if all_ready(found):
            return Outcome(found)
        if causes := _causes(project, services, found, listeners):
            return Outcome(found, causes)
        if patience.monotonic_seconds() >= deadline:
            return Outcome(found, timed_out=True)
        patience.wait_seconds(_LOOK_EVERY_SECONDS)


def _causes(
    project: Project,
    services: Sequence[Service],
    found: Sequence[Progress],
    listeners: Callable[[int], tuple[Listener, ...]],
) -> tuple[Cause, ...]:
    return tuple(
        cause_of(failed, services, project.last_lines, listeners) for failed in failures(found)
    )
