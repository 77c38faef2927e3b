"""When a metric first reaches a value: the likely date, and the earliest and the latest.

`outgrow status` prints it as one line. It looks no further ahead than the record reaches
back, because nothing in the record shows how such a forecast would do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from outgrow.analysis.figures import day, figure, length
from outgrow.analysis.forecast.curves import FEWEST_POINTS, Fit, fit, thinned
from outgrow.analysis.usage.usage import Series
from outgrow.strategy.fields import Spread

_FURTHEST = timedelta(days=730)
_STEPS = 64
_SECONDS_PER_DAY = 86_400.0
# A wandering series touches a value before it stays beyond it: by the reflection principle
# twice as likely, which is the normal 95th percentile where the interval's end is the 90th.
_FIRST_TOUCH = 1.28


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a value is first reached; None where that is not within `horizon` of the record's end.

    Four of five crossings are meant to fall between `earliest` and `latest`.
    """

    value: Decimal
    likely: datetime | None
    earliest: datetime | None
    latest: datetime | None
    horizon: timedelta
    because: str

    def in_words(self) -> str:
        """Return the likely date with its interval, or that it does not come in sight."""
        if self.earliest is None:
            return f"not {self._within}"
        if self.likely is None:
            return f"not likely {self._within}, at the earliest {day(self.earliest)}"
        when = f"{day(self.earliest)} or later"
        if self.latest is not None:
            when = f"between {day(self.earliest)} and {day(self.latest)}"
        return f"likely {day(self.likely)} ({when})"

    @property
    def _within(self) -> str:
        limited = "" if self.horizon == _FURTHEST else " that the record lets one look ahead"
        return f"within {length(self.horizon)}{limited}"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a series goes on from its last point, as far as `horizon`."""

    series: Series
    fitted: Fit
    horizon: timedelta

    def at(self, moment: datetime) -> Spread:
        """Return the likely value at `moment`, and the interval meant to hold 4 of 5."""
        days = (moment - self.series.points[-1][0]).total_seconds() / _SECONDS_PER_DAY
        low, likely, high = (
            Decimal(str(curve(days)))
            for curve in (self.fitted.low, self.fitted.likely, self.fitted.high)
        )
        return Spread(low=low, likely=likely, high=high)

    def crossing(self, value: Decimal) -> Crossing:
        """Return when the series first reaches `value`, from below or from above."""
        origin, last = self.series.points[-1]
        upward = last < value
        if last == value:
            return Crossing(value, origin, origin, origin, self.horizon, self._because(value))
        soon, late = (self.fitted.high, self.fitted.low)
        if not upward:
            soon, late = late, soon
        earliest = self._reaches(lambda days: soon(days, _FIRST_TOUCH), float(value), upward)
        likely = self._reaches(self.fitted.likely, float(value), upward)
        latest = self._reaches(late, float(value), upward)
        if likely is not None:  # curves that turn may leave the search a step out of order
            earliest = min(earliest or likely, likely)
            latest = None if latest is None else max(latest, likely)
        return Crossing(value, likely, earliest, latest, self.horizon, self._because(value))

    def _because(self, value: Decimal) -> str:
        series = self.series
        return (
            f"{series.metric} reaches {figure(value)}: continued from {len(series.points)} values, "
            f"{day(series.points[0][0])} to {day(series.points[-1][0])} ({series.source}), by the "
            f"median of the curves that did best on the record itself"
        )

    def _reaches(
        self, curve: Callable[[float], float], value: float, upward: bool
    ) -> datetime | None:
        end = self.horizon.total_seconds() / _SECONDS_PER_DAY
        before = 0.0
        for step in range(1, _STEPS + 1):
            after = end * step / _STEPS
            if (curve(after) >= value) == upward or curve(after) == value:
                return self.series.points[-1][0] + timedelta(
                    days=_narrow(curve, value, upward, before, after)
                )
            before = after
        return None


def _narrow(
    curve: Callable[[float], float], value: float, upward: bool, before: float, after: float
) -> float:
    for _ in range(20):
        middle = (before + after) / 2
        if (curve(middle) >= value) == upward:
            after = middle
        else:
            before = middle
    return after


def forecast(series: Series) -> Forecast | str:
    """Return the forecast of `series`, or why there is none."""
    count = len(series.points)
    if count < FEWEST_POINTS:
        return (
            f"{series.metric} has {count} value{'s' * (count != 1)}; "
            f"a forecast needs at least {FEWEST_POINTS}"
        )
    points = thinned(series.points)
    start = points[0][0]
    times = [(moment - start).total_seconds() / _SECONDS_PER_DAY for moment, _ in points]
    fitted = fit(times, [float(value) for _, value in points])
    assert fitted is not None  # there are enough points
    return Forecast(series, fitted, min(_FURTHEST, series.span))
