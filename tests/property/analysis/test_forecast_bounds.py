"""Any series that a usage file can hold is forecast without an exception, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from outgrow.analysis.forecast.forecast import Forecast, forecast
from outgrow.analysis.usage.usage import Series

START = datetime(2026, 1, 1, tzinfo=UTC)
values = st.one_of(
    st.integers(0, 10**18).map(Decimal),
    st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False),
)
gaps = st.lists(st.integers(1, 10**7), min_size=6, max_size=40)


@given(gaps, st.data(), values)
def test_dates_come_in_order_within_the_horizon(
    seconds: list[int], data: st.DataObject, target: Decimal
) -> None:
    moment, points = START, []
    for gap in seconds:
        moment += timedelta(seconds=gap)
        points.append((moment, data.draw(values)))
    made = forecast(Series("users", tuple(points)))
    assert isinstance(made, Forecast)
    found = made.crossing(target)
    known = [date for date in (found.earliest, found.likely, found.latest) if date is not None]
    assert known == sorted(known)
    assert all(moment <= date <= moment + made.horizon for date in known)
    middle = made.at(moment + made.horizon / 2)
    assert 0 <= middle.low <= middle.likely <= middle.high
