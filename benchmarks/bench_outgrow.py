"""Measures what a user waits for, beside the targets: one strategy in process, and commands.

Run `PYTHONPATH=src python benchmarks/bench_outgrow.py`. The strategy is the longest of the
examples. "First" is the first run in this process, with every import and the reading of the
catalogue; the median is of twenty runs after it. Commands are whole processes, warm: the first
of them is left out.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

_RUNS = 20
_COMMAND_RUNS = 10
_ITEMS = 100_000
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@dataclass(frozen=True)
class Measured:
    """What was measured, in seconds; a target of None is only there for comparison."""

    name: str
    target: float | None
    median: float
    first: float


def _longest_example() -> Path:
    return max(_EXAMPLES.glob("*/outgrow.yaml"), key=lambda path: path.stat().st_size)


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _measure(name: str, target: float | None, work: Callable[[], object], runs: int) -> Measured:
    first = _timed(work)
    return Measured(name, target, median(_timed(work) for _ in range(runs)), first)


def _in_process(data: bytes) -> list[Measured]:
    from outgrow.analysis.lint.check import check
    from outgrow.catalog.load import Catalog, load_catalog
    from outgrow.strategy.load import parse_strategy
    from outgrow.strategy.strategy import Strategy

    def check_and_price(strategy: Strategy, independent: Catalog) -> None:
        from outgrow.analysis.costs.phase_costs import phase_costs
        from outgrow.topology.prices import catalogue_for

        check(strategy, independent)
        catalog = catalogue_for(strategy, independent)
        for phase in strategy.phases:
            phase_costs(strategy, catalog, phase)

    text = data.decode()
    read = _measure("read the file", None, lambda: parse_strategy(text), _RUNS)
    strategy = parse_strategy(text).strategy
    known = load_catalog()
    names = "check + resolve + price all phases"
    return [
        read,
        _measure(names, 0.150, lambda: check_and_price(strategy, known), _RUNS),
        _measure(
            f"{names}, catalogue read anew",
            None,
            lambda: check_and_price(strategy, load_catalog()),
            _RUNS,
        ),
        _measure(
            "all of it, from the file on",
            None,
            lambda: check_and_price(parse_strategy(text).strategy, load_catalog()),
            _RUNS,
        ),
    ]


def _many_items() -> list[Measured]:
    from bench_pricing import MIX

    from outgrow.analysis.pricing.parse_item import parse_item
    from outgrow.analysis.pricing.services import price_items
    from outgrow.catalog.load import load_catalog

    written = [MIX[index % len(MIX)] for index in range(_ITEMS)]
    book = load_catalog()
    items = [parse_item(one) for one in written]
    name = f"price {_ITEMS:,} items"
    collected = _measure(f"{name}, collecting garbage", None, lambda: price_items(items, book), 3)
    gc.disable()  # as the command does
    measured = _measure(name, 2.0, lambda: price_items(items, book), 3)
    gc.enable()
    return [measured, collected]


def _commands(example: Path) -> list[Measured]:
    folder = example.parent
    usage = folder / "usage.csv"
    given = ["--usage", str(usage)] if usage.is_file() else ["--set", "users=4000"]
    wanted: list[tuple[float | None, list[str]]] = [
        (0.100, ["--version"]),
        (0.400, ["status", str(folder), *given]),
        (0.400, ["cost", str(folder)]),
        (None, ["cost", str(folder), "--all"]),
        (None, ["check", str(folder)]),
    ]
    return [_command(target, arguments) for target, arguments in wanted]


def _command(target: float | None, arguments: list[str]) -> Measured:
    def run() -> None:
        command = [sys.executable, "-m", "outgrow", *arguments]
        ran = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if b"Traceback" in ran.stderr:
            raise RuntimeError(ran.stderr.decode())

    shown = " ".join(Path(part).name if "/" in part else part for part in arguments)
    return _measure(f"outgrow {shown}", target, run, _COMMAND_RUNS)


def _row(one: Measured) -> str:
    target = "" if one.target is None else f"{one.target * 1000:,.0f}"
    verdict = "" if one.target is None else ("ok" if one.median <= one.target else "MISSED")
    return (
        f"{one.name:<56}{target:>8}{one.median * 1000:>10,.1f}{one.first * 1000:>10,.1f}  {verdict}"
    )


def main() -> None:
    """Print one table of everything, in milliseconds."""
    example = _longest_example()
    print(f"{'ms, ' + example.parent.name:<56}{'target':>8}{'median':>10}{'first':>10}")
    for one in _in_process(example.read_bytes()):
        print(_row(one))
    for one in (*_many_items(), *_commands(example)):
        print(_row(one))


if __name__ == "__main__":
    main()
