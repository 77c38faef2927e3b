"""`outgrow check`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.operations.check import check_strategies
from outgrow.operations.measured import moment


def run_check(
    strategies: list[str],
    now: str | None,
    *,
    claims: bool,
    strict: bool,
    explain: bool,
    as_json: bool,
) -> int:
    """Print what was found in each strategy; return the worst exit code."""
    checked = check_strategies(strategies, moment(now).date())
    if as_json:
        print_json("check", checked)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.check_view import show_checked

        console = out()
        for one in checked:
            show_checked(console, one, claims=claims, explain=explain)
    return max(one.exit_code(strict) for one in checked)
