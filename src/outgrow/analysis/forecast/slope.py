"""A slope that outliers cannot bend: the median over pairs of points (Theil's method)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

_ALL_PAIRS_UP_TO = 12


def typical_slope(times: Sequence[float], values: Sequence[float]) -> float:
    """Return the median slope between points; 0 for fewer than two instants.

    Few points are compared each with each. Many are compared with the one half the series
    further on (Theil's incomplete method): as many slopes as points instead of their square.
    """
    count = len(times)
    half = 1 if count <= _ALL_PAIRS_UP_TO else count // 2
    slopes = []
    for i in range(count - half):
        further = range(i + 1, count) if half == 1 else (i + half,)
        for j in further:
            if times[j] > times[i]:
                slopes.append((values[j] - values[i]) / (times[j] - times[i]))
    return median(slopes) if slopes else 0.0
