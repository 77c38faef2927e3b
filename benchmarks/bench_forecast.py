"""Measure the forecast on real series, beside naive drift, and print a table.

    PYTHONPATH=src python benchmarks/bench_forecast.py series.csv.gz

The file has the columns `set,id,season,date,value`. From several moments of each series
(`_ORIGINS`) the rest is forecast from what came before alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from outgrow.analysis.forecast.forecast import Forecast, forecast
from outgrow.analysis.usage.usage import Point, Series

_ORIGINS = (0.4, 0.55, 0.7, 0.85)
_AHEAD = {"pypi": (1, 3, 6, 12), "stars": (4, 13, 26, 52), "nab": (12, 36, 72, 100)}
_DEFAULT_AHEAD = (1, 4, 12)


@dataclass
class Score:
    """Sums over all forecasts of one kind."""

    count: int = 0
    covered: int = 0
    error: float = 0.0
    drift_error: float = 0.0


def main(path: str) -> None:
    """Print the table of values and the table of crossing dates."""
    values: dict[tuple[str, int], Score] = defaultdict(Score)
    dates: dict[str, Score] = defaultdict(Score)
    milliseconds = []
    for kind, series in _read(Path(path)):
        for share in _ORIGINS:
            known = int(len(series.points) * share)
            past = Series(series.metric, series.points[:known])
            begun = time.perf_counter()
            made = forecast(past)
            milliseconds.append((time.perf_counter() - begun) * 1000)
            if isinstance(made, Forecast):
                _score_values(kind, series.points, known, made, values)
                _score_dates(kind, series.points, known, made, dates)
    _print(values, dates, milliseconds)


def _read(path: Path) -> list[tuple[str, Series]]:
    points: dict[tuple[str, str], list[Point]] = defaultdict(list)
    with gzip.open(path) as packed:
        for row in csv.DictReader(io.TextIOWrapper(packed)):
            moment = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
            points[row["set"], row["id"]].append((moment, Decimal(row["value"])))
    return [
        (kind, Series(name, tuple(sorted(dict(found).items()))))
        for (kind, name), found in points.items()
    ]


def _drift(points: tuple[Point, ...], known: int) -> float:
    (first, before), (last, after) = points[0], points[known - 1]
    return float(after - before) / (last - first).total_seconds()


def _score_values(
    kind: str,
    points: tuple[Point, ...],
    known: int,
    made: Forecast,
    values: dict[tuple[str, int], Score],
) -> None:
    steps = [abs(float(b[1] - a[1])) for a, b in pairwise(points[:known])]
    scale = sum(steps) / len(steps) or 1.0
    origin, last = points[known - 1]
    for ahead in _AHEAD.get(kind, _DEFAULT_AHEAD):
        if known - 1 + ahead >= len(points):
            continue
        moment, came = points[known - 1 + ahead]
        said = made.at(moment)
        drifted = float(last) + _drift(points, known) * (moment - origin).total_seconds()
        score = values[kind, ahead]
        score.count += 1
        score.covered += said.low <= came <= said.high
        score.error += abs(float(said.likely - came)) / scale
        score.drift_error += abs(max(drifted, 0.0) - float(came)) / scale


def _score_dates(
    kind: str, points: tuple[Point, ...], known: int, made: Forecast, dates: dict[str, Score]
) -> None:
    """Ask for the date of a value that was reached: half of the coming rise within the horizon.

    Only rises of several usual steps are asked for; less is noise and not growth.
    """
    origin, last = points[known - 1]
    ahead = [one for one in points[known:] if one[0] - origin <= made.horizon]
    top = max((value for _, value in ahead), default=last)
    if last <= 0 or top <= last * Decimal("1.1"):
        return
    target = last + (top - last) / 2
    reached = next(moment for moment, value in ahead if value >= target)
    said = made.crossing(target)
    score = dates[kind]
    score.count += 1
    score.covered += (said.earliest is not None and said.earliest <= reached) and (
        said.latest is None or reached <= said.latest
    )
    away = (reached - origin).total_seconds()
    likely = (said.likely or origin + made.horizon) - origin
    score.error += abs(likely.total_seconds() - away) / away
    slope = _drift(points, known)
    drifted = float(target - last) / slope if slope > 0 else made.horizon.total_seconds()
    drifted = min(drifted, made.horizon.total_seconds())
    score.drift_error += abs(drifted - away) / away


def _print(
    values: dict[tuple[str, int], Score], dates: dict[str, Score], milliseconds: list[float]
) -> None:
    print("| series | points ahead | forecasts | in the interval | error | naive drift |")
    print("| --- | --: | --: | --: | --: | --: |")
    for (kind, ahead), score in sorted(values.items()):
        print(f"| {kind} | {ahead} | {_cells(score)} |")
    print()
    print("| series | dates asked | in the interval | error of the date | naive drift |")
    print("| --- | --: | --: | --: | --: |")
    for kind, score in sorted(dates.items()):
        print(f"| {kind} | {_cells(score)} |")
    milliseconds.sort()
    middle, worst = milliseconds[len(milliseconds) // 2], milliseconds[-1]
    print(f"\n{len(milliseconds)} forecasts, {middle:.1f} ms each (median), {worst:.1f} ms at most")


def _cells(score: Score) -> str:
    count = score.count
    covered = f"{100 * score.covered / count:.0f} %"
    return f"{count} | {covered} | {score.error / count:.2f} | {score.drift_error / count:.2f}"


if __name__ == "__main__":
    main(sys.argv[1])
