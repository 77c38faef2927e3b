"""Measures rendering: every target of the phase with the most files, for each example.

Run `PYTHONPATH=src python benchmarks/bench_render.py`. Medians of five: in process, and into a
folder that is current already, so that nothing is written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.render import RenderOptions, render_phase
from outgrow.operations.rendered import RenderedTree, every_target, rendered_tree, system_of

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
_TARGET_SECONDS = 2.0
_RUNS = 5


def _rendered(opened: Opened, phase: str) -> RenderedTree:
    return rendered_tree(opened, system_of(opened, phase, None), every_target(), None)


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _median(work: Callable[[], object]) -> float:
    return median(_seconds(work) for _ in range(_RUNS))


def _rows(opened: Opened) -> Iterator[str]:
    trees = {phase: _rendered(opened, phase) for phase in opened.strategy.phases}
    largest = max(trees, key=lambda phase: len(trees[phase].files))
    name, files = f"{opened.strategy.name}, {largest}", len(trees[largest].files)
    yield _row(f"{name}, in process", files, _median(lambda: _rendered(opened, largest)))
    with tempfile.TemporaryDirectory() as folder:
        options = RenderOptions(accept_loss=True)

        def render() -> object:
            return render_phase(opened, largest, None, folder, options)

        render()
        yield _row(f"{name}, into its folder again", files, _median(render))


def _row(name: str, files: int, seconds: float) -> str:
    verdict = "ok" if seconds <= _TARGET_SECONDS else "MISSED"
    return f"{name:<56}{files:>6}{seconds * 1000:>10,.0f}  {verdict}"


def main() -> None:
    """Print a table in milliseconds."""
    print(f"{'ms; target 2,000':<56}{'files':>6}{'median':>10}")
    for path in sorted(_EXAMPLES.glob("*/outgrow.yaml")):
        for row in _rows(open_strategy(str(path))):
            print(row)


if __name__ == "__main__":
    main()
