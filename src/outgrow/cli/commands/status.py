"""`outgrow status`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.operations.measured import moment
from outgrow.operations.opened import open_strategy
from outgrow.operations.status import assess_usage


def run_status(
    path: str | None,
    usage: list[str],
    values: list[str],
    phase: str | None,
    environment: str | None,
    now: str | None,
    *,
    explain: bool,
    as_json: bool,
) -> int:
    """Print the assessment; return 0 to stay, 1 to move now, 2 when too little is known."""
    opened = open_strategy(path)
    found = assess_usage(opened, usage, values, phase, environment, moment(now))
    if as_json:
        print_json("status", found)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.status_view import show_assessment

        show_assessment(out(), found, explain=explain)
    return found.exit_code
