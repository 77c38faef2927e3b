"""When a series first reaches a value, and when nothing honest can be said."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from outgrow.analysis.forecast.forecast import Crossing, Forecast, forecast
from outgrow.analysis.usage.usage import Series

START = datetime(2026, 1, 1, tzinfo=UTC)


def weekly(value: Callable[[int], float], count: int = 40) -> Series:
    return Series(
        "users",
        tuple((START + timedelta(weeks=i), Decimal(str(round(value(i), 6)))) for i in range(count)),
        "usage.csv",
    )


def crossing(series: Series, value: float) -> Crossing:
    made = forecast(series)
    assert isinstance(made, Forecast)
    return made.crossing(Decimal(str(value)))


def days_between(moment: datetime | None, expected: datetime) -> float:
    assert moment is not None
    return abs((moment - expected).total_seconds()) / 86_400


def test_a_straight_line_is_continued() -> None:
    found = crossing(weekly(lambda i: 100 + 10 * i), 590)
    assert days_between(found.likely, START + timedelta(weeks=49)) < 7


def test_steady_doubling_is_continued_as_doubling() -> None:
    found = crossing(weekly(lambda i: 10 * 2 ** (i / 10)), 10 * 2 ** (50 / 10))
    assert days_between(found.likely, START + timedelta(weeks=50)) < 10


def test_the_interval_holds_the_likely_date() -> None:
    found = crossing(weekly(lambda i: 100 + 10 * i + 25 * math.sin(i * 1.7)), 560)
    assert found.earliest is not None
    assert found.likely is not None
    assert found.earliest <= found.likely
    assert found.latest is None or found.likely <= found.latest


def test_a_flat_series_never_reaches_twice_its_value() -> None:
    found = crossing(weekly(lambda i: 100 + 3 * math.sin(i * 2.3)), 200)
    assert (found.earliest, found.likely, found.latest) == (None, None, None)


def test_a_falling_series_reaches_lower_values() -> None:
    found = crossing(weekly(lambda i: 1000 - 10 * i), 560)
    assert days_between(found.likely, START + timedelta(weeks=44)) < 10


def test_nothing_is_said_further_ahead_than_the_record_reaches_back() -> None:
    found = crossing(weekly(lambda i: 100 + 10 * i, 20), 600)
    assert found.horizon == timedelta(weeks=19)
    assert found.likely is None


def test_few_values_are_no_forecast_and_say_how_many_are_missing() -> None:
    assert forecast(weekly(lambda i: i, 3)) == ("users has 3 values; a forecast needs at least 6")


def test_a_value_that_is_reached_is_crossed_at_the_last_point() -> None:
    series = weekly(lambda i: 10 * i)
    assert crossing(series, 390).likely == series.points[-1][0]


def test_zeros_are_no_obstacle() -> None:
    found = crossing(weekly(lambda i: max(0, i - 10) * 5), 200)
    assert found.likely is not None


def test_the_interval_widens_with_the_distance() -> None:
    made = forecast(weekly(lambda i: 100 + 10 * i + 25 * math.sin(i * 1.7)))
    assert isinstance(made, Forecast)
    end = made.series.points[-1][0]
    near, far = made.at(end + timedelta(weeks=1)), made.at(end + timedelta(weeks=20))
    assert near.low <= near.likely <= near.high
    assert far.high - far.low > near.high - near.low


def test_the_forecast_says_what_it_was_made_from() -> None:
    because = crossing(weekly(lambda i: 100 + 10 * i), 590).because
    assert "40 values, 2026-01-01 to 2026-10-01 (usage.csv)" in because
