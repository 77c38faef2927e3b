"""`outgrow env show` and `exec`."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE, InputError
from outgrow.operations.env import bound_variables, process_environment, run_with
from outgrow.operations.environments.listing import active_environment
from outgrow.operations.environments.profiles import Profiles
from outgrow.operations.environments.sources import Sources
from outgrow.operations.opened import open_strategy


def run_show(
    path: str | None,
    phase: str | None,
    environment: str | None,
    component: str | None,
    *,
    reveal: bool,
    as_json: bool,
) -> int:
    """Print the variables of a component, no secret among their values unless `reveal`."""
    if reveal and as_json:
        raise InputError(
            "--reveal is for people, and --json for programs",
            "Programs get the values with `outgrow env exec`.",
        )
    opened, process = open_strategy(path), process_environment()
    if reveal:
        return _reveal(Profiles(opened, process), phase, environment, component)
    shown = bound_variables(opened, phase, environment, component, process).shown
    if as_json:
        print_json("env show", shown)
        return EXIT_DONE
    from outgrow.cli.views.env_view import print_variables

    print_variables(shown)
    return EXIT_DONE


def run_exec(
    command: list[str],
    path: str | None,
    phase: str | None,
    environment: str | None,
    component: str | None,
) -> int:
    """Start `command` with the variables of a component; it takes the place of this process."""
    process = process_environment()
    profiles = Profiles(open_strategy(path), process)
    if phase is None and environment is None:
        environment = active_environment(profiles)
    places = Sources(profiles.folder)
    bound = bound_variables(profiles.opened, phase, environment, component, process, places)
    shown = bound.shown
    place = f"phase {shown.phase} in {shown.environment}"
    print(f"==> {shown.strategy}: {shown.component}, {place}", file=sys.stderr)
    run_with(bound, command, process)


def _reveal(
    profiles: Profiles, phase: str | None, environment: str | None, component: str | None
) -> int:
    from outgrow.cli.confirm import confirm_at_terminal
    from outgrow.cli.views.env_view import print_variables

    opened, process = profiles.opened, profiles.process
    shown = bound_variables(opened, phase, environment, component, process).shown
    confirm_at_terminal(f"Show the secrets of {shown.component}?", shown.environment)
    places = Sources(profiles.folder)
    bound = bound_variables(opened, phase, environment, component, process, places)
    print_variables(bound.shown, bound.values)
    return EXIT_DONE
