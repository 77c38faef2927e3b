"""Measures rendering: all targets of the largest strategy, in process, beside its target of 2 s.

Run `PYTHONPATH=src python benchmarks/bench_render.py`. No other tool that can be had here renders
the same from one description, so there is nothing to stand beside it. "First" is the first run in
this process, with every import; the median is of the runs after it. Seconds are of the
processor: rendering waits for nothing, and a busy machine does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import process_time

_RUNS = 7
_TARGET = 2.0
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def _rendered(example: str, phase: str, every: bool) -> tuple[float, int, int, int]:
    """Return seconds, targets, files and bytes of one rendering; `every`: those asked for too."""
    start = process_time()
    from outgrow.operations.opened import open_strategy
    from outgrow.operations.rendered import every_target, rendered_tree, system_of

    opened = open_strategy(str(_EXAMPLES / example / "outgrow.yaml"))
    system = system_of(opened, phase, None)
    targets = every_target()
    sizes = [len(data) for _, data in rendered_tree(opened, system, targets, None).files.values()]
    used = [one for one in targets if one.applies(system)]
    if every:
        others = [one for one in targets if one not in used]
        sizes += [len(file.text) for one in others for file in one.render(system).files]
        used += others
    return process_time() - start, len(used), len(sizes), sum(sizes)


def _phases(example: str) -> Sequence[str]:
    from outgrow.operations.opened import open_strategy

    return tuple(open_strategy(str(_EXAMPLES / example / "outgrow.yaml")).strategy.phases)


def main() -> None:
    """Print a table; exit 1 where the target is missed."""
    missed = False
    wanted = [("nexod", "production"), *(("floyo", phase) for phase in _phases("floyo"))]
    print(
        f"{'strategy, phase':<30}{'targets':>8}{'files':>7}{'KB':>6}{'median s':>10}{'first s':>9}"
    )
    for example, phase in wanted:
        for every in (False, True):
            first = _rendered(example, phase, every)
            times = [_rendered(example, phase, every)[0] for _ in range(_RUNS)]
            name = f"{example}, {phase}{', all' if every else ''}"
            numbers = f"{first[1]:>8}{first[2]:>7}{first[3] // 1000:>6}"
            slow = max(median(times), first[0]) >= _TARGET
            verdict = "MISSED" if slow else "ok"
            print(f"{name:<30}{numbers}{median(times):>10.2f}{first[0]:>9.2f}  {verdict}")
            missed = missed or slow
    sys.exit(missed)


if __name__ == "__main__":
    main()
