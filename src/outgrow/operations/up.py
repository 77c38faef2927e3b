"""`outgrow up`, `down`, `logs` and `ps`: a phase on this machine, in containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.clients.docker import CommandFailed, ComposeProject, Leftovers, OnLine, find_engine
from outgrow.clients.docker_inspect import Container
from outgrow.clients.listeners import free_port, listener_on, listeners
from outgrow.errors import Interrupted, OutsideError
from outgrow.operations.local_run.bring_up import Outcome, Patience, Report, bring_up
from outgrow.operations.local_run.ownership import (
    refuse_another_folders,
    refuse_another_folders_volumes,
)
from outgrow.operations.local_run.prepare import (
    OpenedPort,
    Prepared,
    Wishes,
    chosen_system,
    existing_project,
    prepare,
    project_of_run,
)
from outgrow.operations.local_run.stages import Stage
from outgrow.operations.opened import Opened


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service answers on this machine."""

    service: str
    url: str


@dataclass(frozen=True, slots=True)
class StartedService:
    """A service with how far it came, and why it failed where it did."""

    name: str
    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class UpResult:
    """A phase that was started here: how it went, and where it answers.

    `removed` says that what was started has been taken down again; `problem` is why Docker
    itself refused, empty where a service failed or all is well.
    """

    project: str
    phase: str
    environment: str
    ok: bool
    services: tuple[StartedService, ...]
    addresses: tuple[Address, ...]
    removed: bool
    problem: str
    not_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """The containers of a phase on this machine."""

    project: str
    containers: tuple[Container, ...]
    leftovers: Leftovers


def ready_to_start(
    opened: Opened, phase: str | None, environment: str | None, wishes: Wishes
) -> Prepared:
    """Return the phase with its files written and its ports free.

    Raises OutsideError without Docker or when somebody else listens on one of the ports,
    InputError when a value is missing, when nothing can run, or when another folder has
    started a project of that name.
    """
    engine = find_engine()
    system = chosen_system(opened, phase, environment)
    found = _own(project_of_run(opened, system, engine, wishes.project))
    volumes = found.leftovers().volumes
    refuse_another_folders_volumes(found.name, found.folder, volumes)
    prepared = prepare(opened, system, engine, wishes)
    _refuse_taken_ports(prepared)
    return prepared


def start(
    prepared: Prepared, report: Report, *, timeout_seconds: float, build: bool, keep: bool
) -> tuple[UpResult, Outcome]:
    """Build and start what was prepared; return how it went once it works or has failed."""
    outcome = bring_up(
        prepared.project,
        prepared.services,
        report,
        Patience(timeout_seconds, monotonic_seconds, wait_seconds),
        listeners,
        build=build,
        keep=keep,
    )
    addresses = _addresses(prepared.project.containers(), prepared.ports) if outcome.ok else ()
    result = UpResult(
        project=prepared.project.name,
        phase=prepared.system.phase,
        environment=prepared.system.environment,
        ok=outcome.ok,
        services=_services(outcome),
        addresses=addresses,
        removed=outcome.removed,
        problem=_problem(outcome),
        not_shown=tuple(loss.what for loss in prepared.losses),
    )
    return result, outcome


def _services(outcome: Outcome) -> tuple[StartedService, ...]:
    reasons = {cause.service: cause.reason for cause in outcome.causes}
    return tuple(
        StartedService(one.service, one.stage, reasons.get(one.service, one.reason))
        for one in outcome.services
    )


def _problem(outcome: Outcome) -> str:
    failure = outcome.failed_command
    if failure is None:
        return "not healthy in time" if outcome.timed_out else ""
    known = outcome.refusal
    return known.reason if known else str(failure)


def project_of(
    opened: Opened, phase: str | None, environment: str | None, name: str | None
) -> ComposeProject:
    """Return the project of a phase that was started here before, as `name` if it has one.

    Raises InputError when it never was, or another folder has started a project of that name.
    """
    system = chosen_system(opened, phase, environment)
    return _own(existing_project(opened, system, find_engine(), name))


def _own(project: ComposeProject) -> ComposeProject:
    refuse_another_folders(project.name, project.folder, project.containers())
    return project


def running(project: ComposeProject) -> Running:
    """Return what of `project` exists."""
    return Running(project.name, project.containers(), project.leftovers())


def stop(project: ComposeProject, *, volumes: bool, on_line: OnLine) -> None:
    """Remove the containers and networks of `project`, and its volumes when asked to."""
    try:
        project.stop(volumes=volumes, on_line=on_line)
    except CommandFailed as failure:
        raise OutsideError(
            f"{failure}: {failure.lines[-1] if failure.lines else 'it said nothing'}",
            "See what is left with `outgrow ps`, and run it again.",
        ) from None
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted while removing", "Run `outgrow down` again to finish."
        ) from None


def follow(
    project: ComposeProject, services: Sequence[str], lines: int, *, follow_on: bool
) -> Iterator[str]:
    """Yield the last `lines` that the services printed; `follow_on` as long as one runs."""
    return project.follow(services, lines, follow_on=follow_on)


def _addresses(
    containers: Sequence[Container], opened: Sequence[OpenedPort]
) -> tuple[Address, ...]:
    wanted = {port.service for port in opened}
    return tuple(
        Address(container.service, f"http://{address}")
        for container in containers
        if container.service in wanted
        for address in container.ports.values()
    )


def _refuse_taken_ports(prepared: Prepared) -> None:
    ours = {
        int(address.rsplit(":", 1)[-1])
        for container in prepared.project.containers()
        for address in container.ports.values()
    }
    taken = [
        (port, heard)
        for port in prepared.ports
        if port.host not in ours and (heard := listener_on(port.host))
    ]
    if not taken:
        return
    reasons = [
        f"port {port.host} for {port.service} is in use"
        + (f" by {heard.program} (process {heard.pid})" if heard.program else "")
        for port, heard in taken
    ]
    first = taken[0][0]
    other = f"--value {first.variable}={free_port()}" if first.variable else "another `host` port"
    raise OutsideError("; ".join(reasons), f"End what listens there, or take another: {other}")
