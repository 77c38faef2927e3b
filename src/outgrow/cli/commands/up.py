"""`outgrow up`, `down`, `logs` and `ps`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outgrow.cli.json_view import print_json
from outgrow.cli.target_line import print_target
from outgrow.cli.views.run_view import RunReport, print_failed, print_running, print_up
from outgrow.clients.docker import ComposeProject, Leftovers
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, EXIT_OUTSIDE_FAILED, InputError
from outgrow.operations.local_run.prepare import Wishes, chosen_system
from outgrow.operations.local_run.values import STAND_IN
from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.up import follow, project_of, ready_to_start, running, start, stop


@dataclass(frozen=True, slots=True)
class UpOptions:
    """How a phase is started."""

    values: tuple[str, ...]
    files: tuple[str, ...]
    timeout_seconds: float
    build: bool
    keep: bool
    fill: bool
    project: str | None
    detach: bool
    verbose: bool
    as_json: bool


def run_up(path: str | None, phase: str | None, environment: str | None, options: UpOptions) -> int:
    """Start a phase on this machine; return 1 when it does not get healthy.

    Return 3 when that is because a disk is full, a port is taken or a registry does not answer.
    """
    opened = open_strategy(path)
    _announce(opened, phase, environment, "up")
    wishes = Wishes(
        values=_values(options.values),
        files=tuple(_existing(file) for file in options.files),
        fill=STAND_IN if options.fill else None,
        project=options.project,
    )
    prepared = ready_to_start(opened, phase, environment, wishes)
    system = prepared.system
    report = RunReport(verbose=options.verbose)
    report.step(f"{system.name}: phase {system.phase} in {system.environment}, on this machine")
    for loss in prepared.losses:
        report.step(f"not shown here: {loss.what}")
    with ended_like_interrupted():
        result, outcome = start(
            prepared,
            report,
            timeout_seconds=options.timeout_seconds,
            build=options.build,
            keep=options.keep,
        )
    if options.as_json:
        print_json("up", result)
    elif result.ok:
        print_up(result)
    if not outcome.ok:
        print_failed(outcome, options.timeout_seconds)
        return EXIT_OUTSIDE_FAILED if outcome.outside_failed else EXIT_ANSWER_IS_NO
    if not options.detach and not options.as_json and sys.stdout.isatty():
        _follow_until_interrupted(prepared.project)
    return EXIT_DONE


def run_down(
    path: str | None,
    phase: str | None,
    environment: str | None,
    name: str | None,
    *,
    volumes: bool,
    keep_data: bool,
    as_json: bool,
) -> int:
    """Remove what `up` made, after saying what that is."""
    if volumes and keep_data:
        raise InputError("--volumes and --keep-data say the opposite", "Give one of them.")
    opened = open_strategy(path)
    _announce(opened, phase, environment, "down")
    project = project_of(opened, phase, environment, name)
    found = running(project)
    left = found.leftovers
    report = RunReport(verbose=False)
    report.step(f"{found.project}: {len(found.containers)} containers, {_named(left)}")
    if left.volumes and not volumes and not keep_data:
        volumes = _agreed("Remove the volumes, with the data in them?")
    stop(project, volumes=volumes, on_line=report.line)
    after = running(project)
    if as_json:
        print_json("down", after)
        return EXIT_DONE
    kept = ", ".join(after.leftovers.volumes)
    report.step("removed" + (f"; kept with their data: {kept}" if kept else ""))
    return EXIT_DONE


def run_ps(
    path: str | None,
    phase: str | None,
    environment: str | None,
    name: str | None,
    *,
    as_json: bool,
) -> int:
    """Print the containers of a phase on this machine; return 1 when there are none."""
    found = running(project_of(open_strategy(path), phase, environment, name))
    if as_json:
        print_json("ps", found)
    else:
        print_running(found)
    return EXIT_DONE if found.containers else EXIT_ANSWER_IS_NO


def run_logs(
    path: str | None,
    phase: str | None,
    environment: str | None,
    name: str | None,
    services: list[str],
    *,
    lines: int,
    follow_on: bool,
) -> int:
    """Print what the containers of a phase have printed."""
    project = project_of(open_strategy(path), phase, environment, name)
    known = sorted({one.service for one in project.containers()})
    if unknown := sorted(set(services) - set(known)):
        raise InputError(
            f"there is no service {unknown[0]!r} running",
            f"There are: {', '.join(known) or 'none; start them with `outgrow up`'}.",
        )
    with _interruptible():
        for line in follow(project, services, lines, follow_on=follow_on):
            print(line, flush=True)
    return EXIT_DONE


def _announce(opened: Opened, phase: str | None, environment: str | None, what: str) -> None:
    """Say which environment is about to be started or ended, on this machine."""
    system = chosen_system(opened, phase, environment)
    told = f"{what} phase {system.phase} on this machine"
    print_target(opened.strategy.name, system.environment, system.settings.rules, told)


def _follow_until_interrupted(project: ComposeProject) -> None:
    print("\nFollowing the logs; Ctrl-C ends that, `outgrow down` ends the rest.", file=sys.stderr)
    with _interruptible():
        for line in follow(project, (), 0, follow_on=True):
            print(line, flush=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end what only looks, without an error."""
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr)


def _named(left: Leftovers) -> str:
    networks = ", ".join(left.networks) or "none"
    return f"networks: {networks}, volumes: {', '.join(left.volumes) or 'none'}"


def _agreed(question: str) -> bool:
    """Return whether the person at the terminal says yes; nobody there means no."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower().startswith("y")


def _values(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise InputError(f"{one.split('=')[0]!r} is not KEY=VALUE", "Write --value PORT=8001.")
        found[key] = value
    return found


def _existing(file: str) -> Path:
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{file}: there is no such file", "Check the path given with --file.")
    return path
