"""Scales and round ticks for a chart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

_WIDE = 20.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps a value to pixels, by its logarithm where the range is wide."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Return the pixel of `value`; what lies outside is moved to the nearest end."""
        inside = min(max(value, self.low), self.high)
        if self.high == self.low:
            return self.start
        if self.log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def is_wide(values: list[float]) -> bool:
    """Return whether values differ so much that only logarithms show them all."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) / min(positive) >= _WIDE


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most about `most` round values from `low` to `high`."""
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 10, 100 ... between the ends, with 2 and 5 where there are few of them."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    ticks = [factor * 10.0**power for power in powers for factor in factors]
    return [tick for tick in ticks if low <= tick * 1.0000001 and tick <= high * 1.0000001]


def short_number(value: float) -> str:
    """Return `500`, `1k`, `2.5k`, `100k`, `3M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{Decimal(str(round(value / size, 2))).normalize():f}{letter}"
    return f"{Decimal(str(round(value, 2))).normalize():f}"
