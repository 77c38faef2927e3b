"""Builds and starts a project, waits until it works, and leaves nothing half-started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from outgrow.clients.docker import LOOK_EVERY_SECONDS, CommandFailed, Leftovers, OnLine
from outgrow.clients.docker_inspect import Container
from outgrow.clients.interrupts import finishing
from outgrow.clients.listeners import Listener
from outgrow.errors import Interrupted
from outgrow.operations.local_run.causes import Cause, cause_of
from outgrow.operations.local_run.stages import (
    Progress,
    Service,
    Stage,
    all_ready,
    failures,
    progress,
)


class Project(Protocol):
    """What is asked of Compose: the client `ComposeProject`, or a fake of it."""

    def build(self, on_line: OnLine) -> None:
        """Build every image; raise CommandFailed."""

    def start(self, on_line: OnLine, meanwhile: Callable[[], None]) -> None:
        """Create and start every container; raise CommandFailed.

        `meanwhile` is called now and then until that is done, and may end it by raising.
        """

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
    except KeyboardInterrupt:
        if existed:
            raise Interrupted(
                "interrupted; what ran before was not removed", "See what runs: outgrow ps"
            ) from None
        gone = _take_down(project, report, volumes=fresh_volumes) is not False
        raise Interrupted(
            "interrupted; " + ("nothing is left running" if gone else "something is left"),
            "Run `outgrow up` again." if gone else "See it with `outgrow ps`: outgrow down",
        ) from None
    except BaseException:
        if not existed:
            _take_down(project, report, volumes=fresh_volumes)
        raise
    if outcome.ok or keep or existed or not _take_down(project, report, volumes=fresh_volumes):
        return outcome
    return Outcome(
        outcome.services, outcome.causes, outcome.failed_command, outcome.timed_out, removed=True
    )


def _take_down(project: Project, report: Report, *, volumes: bool) -> bool | None:
    """Remove what was started; return whether that worked, None when there was nothing."""
    with finishing(lambda: report.step("still removing; Ctrl-C again leaves it half done")):
        left = project.leftovers()
        if not (project.containers() or left.networks or (volumes and left.volumes)):
            return None
        report.step("removing what was started")
        try:
            project.stop(volumes=volumes, on_line=report.line)
        except CommandFailed as failure:
            report.step(f"{failure}: {' '.join(failure.lines[-1:])}")
            return False
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
    watch = _Watch(project, services, report, patience, listeners)
    try:
        if build:
            report.step("building images")
            project.build(report.line)
        report.step("starting containers, until everything is healthy")
        project.start(report.line, watch.look_while_starting)
    except CommandFailed as failure:
        # Compose gives up where a dependency fails: the containers say more than it does.
        found = watch.found()
        causes = watch.causes(found)
        return Outcome(found, causes, None if causes else failure)
    except _TooLateError:
        return watch.too_late()
    return watch.to_the_end()


class _TooLateError(Exception):
    """The time to get healthy has passed while Compose still waits."""


@dataclass(slots=True)
class _Watch:
    """Looks at the containers while they start, as long as there is time for them."""

    project: Project
    services: Sequence[Service]
    report: Report
    patience: Patience
    listeners: Callable[[int], tuple[Listener, ...]]
    deadline: float | None = None

    def found(self) -> tuple[Progress, ...]:
        """Return how far every service is."""
        return progress(self.services, self.project.containers())

    def look_while_starting(self) -> None:
        """Tell how far everything is; raise _TooLateError when that takes too long.

        A container that has ended may be one that Compose is about to replace, so that it is
        Compose which says what fails.
        """
        found = self.found()
        self.report.progress([one for one in found if one.stage is not Stage.FAILED])
        if self._is_late(found):
            raise _TooLateError

    def to_the_end(self) -> Outcome:
        """Return how it ended once everything works, something has failed or time is up."""
        while True:
            found = self.found()
            self.report.progress(found)
            if all_ready(found):
                return Outcome(found)
            if causes := self.causes(found):
                return Outcome(found, causes)
            if self._is_late(found):
                return Outcome(found, timed_out=True)
            self.patience.wait_seconds(LOOK_EVERY_SECONDS)

    def too_late(self) -> Outcome:
        """Return what there is when time is up, with the causes where something failed."""
        found = self.found()
        causes = self.causes(found)
        return Outcome(found, causes, timed_out=not causes)

    def causes(self, found: Sequence[Progress]) -> tuple[Cause, ...]:
        """Return why each of the services that have failed did."""
        return tuple(
            cause_of(failed, self.services, self.project.last_lines, self.listeners)
            for failed in failures(found)
        )

    def _is_late(self, found: Sequence[Progress]) -> bool:
        """Return whether time is up; it begins with the first container, not with a download."""
        if self.deadline is None and any(one.container for one in found):
            self.deadline = self.patience.monotonic_seconds() + self.patience.timeout_seconds
        return self.deadline is not None and self.patience.monotonic_seconds() >= self.deadline
