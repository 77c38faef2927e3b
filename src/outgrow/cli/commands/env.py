"""`outgrow env show` and `exec`."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE
from outgrow.operations.env import bound_variables, process_environment, run_with
from outgrow.operations.opened import open_strategy


def run_show(
    path: str | None,
    phase: str | None,
    environment: str | None,
    component: str | None,
    *,
    as_json: bool,
) -> int:
    """Print the variables of a component, no secret among their values."""
    process = process_environment()
    shown = bound_variables(open_strategy(path), phase, environment, component, process).shown
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
    bound = bound_variables(open_strategy(path), phase, environment, component, process)
    shown = bound.shown
    place = f"phase {shown.phase} in {shown.environment}"
    print(f"==> {shown.strategy}: {shown.component}, {place}", file=sys.stderr)
    run_with(bound, command, process)
