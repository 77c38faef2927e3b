"""`outgrow pool`."""

from __future__ import annotations

from outgrow.analysis.connections import Room
from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations.opened import open_strategy
from outgrow.operations.pool import pools


def run_pool(path: str | None, phase: str | None, *, as_json: bool) -> int:
    """Print the arithmetic of connections; 1 when they do not fit into a database."""
    opened = open_strategy(path)
    found = pools(opened, opened.strategy.phases if phase is None else [opened.phase(phase)])
    if as_json:
        print_json("pool", found)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.pool_view import show_pools

        show_pools(out(), found)
    is_short = any(one.room is Room.TOO_MANY and not one.idle for one in found)
    return EXIT_ANSWER_IS_NO if is_short else EXIT_DONE
