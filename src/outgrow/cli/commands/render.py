"""`outgrow render`."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE, InputError
from outgrow.operations.opened import open_strategy
from outgrow.operations.render import RenderOptions, offered_targets, render_all, render_phase


def run_render(
    path: str | None,
    phase: str | None,
    environment: str | None,
    out: str,
    options: RenderOptions,
    *,
    every: bool,
    list_targets: bool,
    as_json: bool,
) -> int:
    """Render a phase, or say what would become of each file; return 1 for a loss or conflict."""
    _refuse_several_ways(options)
    opened = open_strategy(path)
    named, place = opened.phase(phase), opened.environment(environment)
    if list_targets:
        return _list_targets(offered_targets(opened, named, place), as_json)
    tell = _tell if sys.stderr.isatty() else None
    if every:
        report = render_all(opened, out, options, tell)
    else:
        report = render_phase(opened, named, place, out, options, tell)
    if as_json:
        print_json("render", report)
    else:
        from outgrow.cli.console import out as console
        from outgrow.cli.console import talk
        from outgrow.cli.views.render_view import show_losses, show_trees

        show_losses(talk(), report, accepted=options.accept_loss)
        show_trees(console(), report)
    return report.exit_code


def _refuse_several_ways(options: RenderOptions) -> None:
    """Raise InputError when more than one flag says what is to become of the files."""
    ways = {"--check": options.check, "--merge": options.merge, "--restore": options.restore}
    given = [flag for flag, wanted in ways.items() if wanted]
    if len(given) > 1:
        raise InputError(
            f"{' and '.join(given)} cannot be given together",
            "--check writes nothing, --merge joins edits, --restore brings back what was removed: "
            "give one, then run again with the next (--dry-run shows what one would do).",
        )


def _list_targets(targets: tuple[object, ...], as_json: bool) -> int:
    if as_json:
        print_json("render", targets)
        return EXIT_DONE
    from outgrow.cli.console import out
    from outgrow.cli.views.render_view import show_targets

    show_targets(out(), targets)  # type: ignore[arg-type]
    return EXIT_DONE


def _tell(words: str) -> None:
    print(words, file=sys.stderr)
