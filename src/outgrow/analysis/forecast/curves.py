"""Simple ways to continue a series, and the judgement of which of them to trust.

Every curve is a level and a slope, on the raw or the logarithmic scale, fitted to a recent
part of the record. Each is tried at earlier moments of the same series, where the outcome is
known; the median of the six that did best is the forecast, and their errors are its width.
benchmarks/bench_forecast.py measures it on real series beside naive drift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from outgrow.analysis.forecast.slope import typical_slope
from outgrow.analysis.usage.usage import Point

FEWEST_POINTS = 6
_MOST_POINTS = 240
_BEST = 6
_TRIALS = 12
_AHEAD = (0.05, 0.15, 0.3, 0.6, 1.0)  # shares of what follows a trial's origin
_RECENT = 24
_SHRINKS = (1.0, 0.5)  # growth slows more often than it continues, so half slopes compete
_WIDEST_LOG = 50.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A level at the end of the record and its change a day, perhaps of the logarithm."""

    log: bool
    level: float
    slope: float

    def at(self, days: float) -> float:
        """Return the value `days` after the record's end, never below zero."""
        value = self.level + self.slope * days
        return math.exp(min(value, _WIDEST_LOG)) if self.log else max(value, 0.0)


@dataclass(frozen=True, slots=True)
class Fit:
    """The chosen curves, and how far off they were: `width` after a day, growing with time.

    On the logarithmic scale the width is a factor, otherwise a distance.
    """

    curves: tuple[Curve, ...]
    log: bool
    width: float
    growth: float

    def likely(self, days: float) -> float:
        """Return the median of the curves."""
        return median(curve.at(days) for curve in self.curves)

    def low(self, days: float, widen: float = 1.0) -> float:
        """Return the lower end of the interval, `widen` times as far off."""
        return self._off(days, -widen)

    def high(self, days: float, widen: float = 1.0) -> float:
        """Return the upper end of the interval, `widen` times as far off."""
        return self._off(days, widen)

    def _off(self, days: float, times: float) -> float:
        off = times * self.width * days**self.growth if days > 0 else 0.0
        likely = self.likely(days)
        if self.log:
            return likely * math.exp(max(-_WIDEST_LOG, min(off, _WIDEST_LOG)))
        return max(likely + off, 0.0)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What each curve said at an earlier moment, and what came."""

    days: float
    came: float
    said: tuple[float, ...]


def thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the points that are fitted: of a long record evenly many, the newest among them."""
    stride = max(1, math.ceil(len(points) / _MOST_POINTS))
    return points[::-1][::stride][::-1]


def fit(times: Sequence[float], values: Sequence[float]) -> Fit | None:
    """Return the fit of `values` over `times` (days, ascending), None for too few points."""
    if len(times) < FEWEST_POINTS:
        return None
    logs = [math.log(value) for value in values] if min(values) > 0 else None
    trials = _trials(times, values, logs)
    best = _best(trials)
    curves = _curves(times, values, logs)
    chosen = tuple(curves[i] for i in best)
    log = 2 * sum(curve.log for curve in chosen) >= len(chosen)
    width, growth = _spread_of(trials, best, log)
    return Fit(chosen, log, width, growth)


def _trials(
    times: Sequence[float], values: Sequence[float], logs: Sequence[float] | None
) -> list[_Trial]:
    count = len(times)
    first = max(4, count // 3)
    steps = [first + round(i * (count - 1 - first) / _TRIALS) for i in range(_TRIALS)]
    trials = []
    for origin in sorted(set(steps)):
        curves = _curves(times[:origin], values[:origin], logs[:origin] if logs else None)
        left = count - origin
        for j in sorted({min(count - 1, origin - 1 + max(1, round(s * left))) for s in _AHEAD}):
            days = times[j] - times[origin - 1]
            trials.append(_Trial(days, values[j], tuple(curve.at(days) for curve in curves)))
    return trials


def _curves(
    times: Sequence[float], values: Sequence[float], logs: Sequence[float] | None
) -> list[Curve]:
    """Return the candidates, always as many and in the same order."""
    count = len(times)
    drift = (values[-1] - values[0]) / (times[-1] - times[0])
    curves = [Curve(False, values[-1], drift)]
    for log, ys in ((False, values), (True, logs)):
        if ys is None:
            continue
        curves.append(Curve(log, ys[-1], 0.0))
        for length in (count, count // 2, count // 4, 8):
            part = max(min(length, count), min(count, 4))
            slope = typical_slope(times[-part:], ys[-part:])
            curves += [Curve(log, ys[-1], slope * shrink) for shrink in _SHRINKS]
            curves.append(Curve(log, median(ys[-min(part, _RECENT) :]), 0.0))
    return curves


def _best(trials: list[_Trial]) -> list[int]:
    def score(i: int) -> float:
        return fmean(abs(trial.said[i] - trial.came) / math.sqrt(trial.days) for trial in trials)

    return sorted(range(len(trials[0].said)), key=score)[:_BEST]


def _spread_of(trials: list[_Trial], best: list[int], log: bool) -> tuple[float, float]:
    """Return how wide the interval is after a day, and with which power of time it grows.

    Meant to hold four out of five outcomes. The curves were chosen on the same trials, so
    their errors there flatter them: the 85th percentile is taken and widened by 15 %.
    """
    errors = []
    for trial in trials:
        said = median(trial.said[i] for i in best)
        error = math.log(trial.came / max(said, 1e-9)) if log else trial.came - said
        errors.append((trial.days, abs(error)))
    growth = _growth(errors)
    scaled = sorted(error / days**growth for days, error in errors)
    rank = math.ceil((len(scaled) + 1) * 0.85)
    widen = 1.15 if rank <= len(scaled) else 1.5
    return scaled[min(rank, len(scaled)) - 1] * widen, growth


def _growth(errors: list[tuple[float, float]]) -> float:
    """Return the power of time by which errors grow, pulled towards 0.7 when they are few."""
    points = [(math.log(days), math.log(error)) for days, error in errors if error > 1e-12]
    if len(points) < 2:
        return 0.7
    x0, y0 = fmean(x for x, _ in points), fmean(y for _, y in points)
    variance = sum((x - x0) ** 2 for x, _ in points)
    slope = sum((x - x0) * (y - y0) for x, y in points) / variance if variance else 0.7
    weight = len(points) / (len(points) + 30)
    return min(1.2, max(0.3, slope * weight + 0.7 * (1 - weight)))
