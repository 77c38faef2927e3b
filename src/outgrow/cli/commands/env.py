"""`outgrow env` as far as it changes nothing: list, current, show, diff, check and exec."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, InputError
from outgrow.operations.env import bound_variables, process_environment, run_with
from outgrow.operations.environments.checking import Asked, check_environment
from outgrow.operations.environments.listing import (
    active_files,
    compare_environments,
    list_environments,
)
from outgrow.operations.environments.profiles import Profiles
from outgrow.operations.environments.sources import Sources
from outgrow.operations.opened import open_strategy


def profiles_of(path: str | None, component: str | None = None) -> Profiles:
    """Return the profiles of the strategy at `path`."""
    return Profiles(open_strategy(path), process_environment(), component)


def run_list(path: str | None, component: str | None, *, as_json: bool) -> int:
    """Print the environments."""
    listed = list_environments(profiles_of(path, component))
    if as_json:
        print_json("env list", listed)
        return EXIT_DONE
    from outgrow.cli.views.environments_view import print_list

    print_list(listed)
    return EXIT_DONE


def run_current(path: str | None, file: str | None, *, as_json: bool) -> int:
    """Print what is active; return 1 when nothing is."""
    found = active_files(profiles_of(path), file)
    if as_json:
        print_json("env current", found)
    else:
        from outgrow.cli.views.environments_view import print_current

        print_current(found)
    return EXIT_DONE if any(one.environment for one in found) else EXIT_ANSWER_IS_NO


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


def run_diff(
    first: str, second: str, path: str | None, component: str | None, *, as_json: bool
) -> int:
    """Print how two environments differ."""
    compared = compare_environments(profiles_of(path, component), first, second)
    if as_json:
        print_json("env diff", compared)
        return EXIT_DONE
    from outgrow.cli.views.environments_view import print_compared

    print_compared(compared)
    return EXIT_DONE


def run_check(
    name: str, path: str | None, component: str | None, asked: Asked, *, as_json: bool
) -> int:
    """Print what is wrong with an environment; return 1 when anything is."""
    checked = check_environment(profiles_of(path, component), name, asked)
    if as_json:
        print_json("env check", checked)
    else:
        from outgrow.cli.views.environments_view import print_check

        print_check(checked)
    return EXIT_DONE if checked.ok else EXIT_ANSWER_IS_NO


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
