"""`outgrow decide` and `outgrow matrix`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE
from outgrow.operations.decide import decide, matrix
from outgrow.operations.measured import moment
from outgrow.operations.opened import open_strategy


def run_decide(
    path: str | None, values: list[str], usage: list[str], now: str | None, *, as_json: bool
) -> int:
    """Print the path through the decision tree, with the reason for every branch."""
    opened = open_strategy(path)
    found = decide(opened, usage, values, moment(now))
    if as_json:
        print_json("decide", found)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.decide_view import show_decision

        show_decision(out(), found)
    return EXIT_DONE


def run_matrix(path: str | None, *, as_json: bool) -> int:
    """Print the options side by side."""
    found = matrix(open_strategy(path))
    if as_json:
        print_json("matrix", found)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.matrix_view import show_matrix

        show_matrix(out(), found)
    return EXIT_DONE
