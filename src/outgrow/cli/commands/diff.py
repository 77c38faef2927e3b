"""`outgrow diff`."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE, InputError
from outgrow.operations.diff import Difference, diff_folder, diff_phases
from outgrow.operations.opened import open_strategy


def run_diff(
    words: Sequence[str],
    folder: str | None,
    environment: str | None,
    targets: Sequence[str],
    *,
    stat: bool,
    as_json: bool,
) -> int:
    """Print what changes between two phases, or between a rendered folder and now."""
    found = _difference(words, folder, environment, targets)
    if as_json:
        print_json("diff", found)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.diff_view import show_difference

        show_difference(out(), found, stat=stat)
    return EXIT_DONE


def _difference(
    words: Sequence[str], folder: str | None, environment: str | None, targets: Sequence[str]
) -> Difference:
    if folder is not None:
        if len(words) > 1 or environment is not None:
            raise InputError(
                "with --out, the phase and the environment are those of the folder",
                "`outgrow diff --out DIR [STRATEGY]`.",
            )
        return diff_folder(open_strategy(words[0] if words else None), folder, targets)
    if not 2 <= len(words) <= 3:
        raise InputError(
            "name two phases, or a folder that was rendered with --out",
            "`outgrow diff BEFORE AFTER [STRATEGY]`, or `outgrow diff --out DIR [STRATEGY]`.",
        )
    opened = open_strategy(words[2] if len(words) == 3 else None)
    before, after = opened.phase(words[0]), opened.phase(words[1])
    return diff_phases(opened, before, after, opened.environment(environment), targets)
