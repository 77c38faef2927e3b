"""Builds and starts a project, waits until it works, and leaves nothing half-started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from outgrow.clients.docker import LOOK_EVERY_SECONDS, CommandFailed, Leftovers, OnLine, WantedImage
from outgrow.clients.docker_inspect import Container
from outgrow.clients.interrupts import finishing
from outgrow.clients.listeners import Listener
from outgrow.errors import InputError, Interrupted
from outgrow.operations.local_run.causes import Cause, cause_of
from outgrow.operations.local_run.refusals import Refusal, refusal_of
from outgrow.operations.local_run.stages import (
    Progress,
    Service,
    Stage,
    all_ready,
    failures,
    progress,
)
from outgrow.operations.local_run.steady import Steadiness


class Project(Protocol):
    """What is asked of Compose: the client `ComposeProject`, or a fake of it."""

    def build(self, on_line: OnLine) -> None:
        """Build every image; raise CommandFailed."""

    def absent_images(self) -> tuple[WantedImage, ...]:
        """Return the images that the engine does not have; raise CommandFailed."""

    def fetch(self, services: Sequence[str], on_line: OnLine) -> None:
        """Fetch the images of `services`; raise CommandFailed."""

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

    @property
    def refusal(self) -> Refusal | None:
        """Return what Docker means by its refusal, None when it did not refuse or nobody knows."""
        return refusal_of(self.failed_command.lines) if self.failed_command else None

    @property
    def outside_failed(self) -> bool:
        """Return whether a disk, a port or a registry failed, and not what was started."""
        full = any(cause.disk_full for cause in self.causes)
        return full or (self.refusal is not None and self.refusal.outside)


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
    steadiness = Steadiness(patience.monotonic_seconds)
    before = frozenset(one.id for one in project.containers())
    watch = _Watch(project, services, report, patience, listeners, steadiness, before)
    try:
        if build:
            report.step("building images")
            project.build(report.line)
        _fetch_absent_images(project, report)
        report.step("starting containers, until everything is healthy")
        project.start(report.line, watch.look_while_starting)
    except CommandFailed as failure:
        # Compose gives up where a dependency fails: the containers say more than it does.
        found = watch.found()
        causes = watch.causes(found)
        return Outcome(found, causes, None if causes else failure)
    except _EnoughSeenError:
        return watch.as_it_is()
    return watch.to_the_end()


def _fetch_absent_images(project: Project, report: Report) -> None:
    """Have every image here before the first network is made; refuse one that nobody built."""
    absent = project.absent_images()
    unbuilt = [one for one in absent if one.built]
    if unbuilt:
        raise InputError(
            "; ".join(f"{one.service} was never built here: no {one.image}" for one in unbuilt),
            "Start it without --no-build.",
        )
    if absent:
        report.step(f"fetching {', '.join(dict.fromkeys(one.image for one in absent))}")
        project.fetch([one.service for one in absent], report.line)


class _EnoughSeenError(Exception):
    """Something has failed, or the time to get healthy has passed, while Compose still waits."""


@dataclass(slots=True)
class _Watch:
    """Looks at the containers while they start, as long as there is time for them."""

    project: Project
    services: Sequence[Service]
    report: Report
    patience: Patience
    listeners: Callable[[int], tuple[Listener, ...]]
    steadiness: Steadiness
    before: frozenset[str]
    deadline: float | None = None
    settling: bool = False

    def found(self) -> tuple[Progress, ...]:
        """Return how far every service is; what is not steady yet is still starting."""
        containers = self.project.containers()
        found = progress(self.services, containers)
        self.settling = all_ready(found)
        return self.steadiness.proven(found, containers)

    def look_while_starting(self) -> None:
        """Tell how far everything is; raise _EnoughSeenError when it fails or takes too long.

        What ran before and has failed may be what Compose is about to replace. Of a new container
        that ends again and again, Compose says nothing: it waits for its health for ever.
        """
        found = self.found()
        self.report.progress([one for one in found if one.stage is not Stage.FAILED])
        if self._is_late(found) or any(self._is_new(one) for one in failures(found)):
            raise _EnoughSeenError

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

    def as_it_is(self) -> Outcome:
        """Return what there is, late, or with the causes where something failed."""
        found = self.found()
        causes = self.causes(found)
        return Outcome(found, causes, timed_out=not causes)

    def causes(self, found: Sequence[Progress]) -> tuple[Cause, ...]:
        """Return why each of the services that have failed did."""
        return tuple(
            cause_of(failed, self.services, self.project.last_lines, self.listeners)
            for failed in failures(found)
        )

    def _is_new(self, one: Progress) -> bool:
        return one.container is not None and one.container.id not in self.before

    def _is_late(self, found: Sequence[Progress]) -> bool:
        """Return whether time is up; it begins with the first container, not with a download.

        What is ready, and only has to stay so for a moment, is not late.
        """
        if self.deadline is None and any(one.container for one in found):
            self.deadline = self.patience.monotonic_seconds() + self.patience.timeout_seconds
        late = self.deadline is not None and self.patience.monotonic_seconds() >= self.deadline
        return late and not self.settling
