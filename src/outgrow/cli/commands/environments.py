"""`outgrow env list`, `current`, `diff` and `check`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations.environments.checking import Asked, check_environment
from outgrow.operations.environments.listing import (
    active_files,
    compare_environments,
    list_environments,
)
from outgrow.operations.environments.profiles import Profiles, open_profiles
from outgrow.operations.opened import open_strategy


def profiles_of(path: str | None, component: str | None = None) -> Profiles:
    """Return the profiles of the strategy at `path`."""
    return open_profiles(open_strategy(path), component)


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
