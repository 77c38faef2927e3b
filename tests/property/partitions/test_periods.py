"""Whatever the dates: periods leave no gap and do not overlap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from outgrow.partitions.bounds import partly_covered, uncovered
from outgrow.partitions.facts import Dates, Existing
from outgrow.partitions.names import TableName, shortened, table_name
from outgrow.partitions.periods import (
    Every,
    Period,
    count_between,
    day_of,
    label,
    period_of,
    periods_between,
    shifted,
)
from outgrow.partitions.plan import MOST_PARTITIONS, wanted_periods
from outgrow.partitions.policy import Policy

DAYS = st.dates(date(1, 2, 1), date(9989, 12, 31))
EVERY: st.SearchStrategy[Every] = st.sampled_from(["day", "week", "month"])
SPANS = st.tuples(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 900)).map(
    lambda one: (one[0], one[0] + timedelta(days=one[1]))
)


@given(DAYS, EVERY)
def test_a_day_lies_in_its_period_and_in_no_neighbour(day: date, every: Every) -> None:
    period = period_of(day, every)
    assert period.holds(day)
    assert not shifted(period, every, 1).holds(day)
    assert not shifted(period, every, -1).holds(day)


@given(DAYS, EVERY)
def test_each_period_begins_where_the_one_before_ends(day: date, every: Every) -> None:
    period = period_of(day, every)
    assert shifted(period, every, 1).first == period.after
    assert shifted(period, every, -1).after == period.first
    assert period_of(period.first, every) == period


@given(SPANS, EVERY)
def test_a_span_is_covered_without_gap_or_overlap(span: tuple[date, date], every: Every) -> None:
    first, last = span
    periods = periods_between(first, last, every)
    assert periods[0].holds(first)
    assert periods[-1].holds(last)
    assert all(one.after == two.first for one, two in pairwise(periods))
    assert abs(len(periods) - count_between(first, last, every)) <= 1 + len(periods) // 30


@given(SPANS, EVERY)
def test_no_two_periods_have_the_same_name(span: tuple[date, date], every: Every) -> None:
    names = [label(one, every) for one in periods_between(*span, every)]
    assert len(set(names)) == len(names)
    assert names == sorted(names)


@given(DAYS)
def test_weeks_begin_on_monday_and_have_seven_days(day: date) -> None:
    week = period_of(day, "week")
    assert week.first.weekday() == 0
    assert week.after - week.first == timedelta(days=7)
    assert label(week, "week") == "{:04d}w{:02d}".format(*day.isocalendar()[:2])


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_moment_belongs_to_its_day_in_utc_whatever_the_zone(
    moment: datetime, zone: timezone
) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert day_of(aware.astimezone(zone)) == day_of(aware) == moment.date() == day_of(moment)


@given(
    st.lists(SPANS, max_size=6),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(0, 12),
    EVERY,
)
def test_what_is_made_never_overlaps_what_is_there(
    spans: list[tuple[date, date]], today: date, ahead: int, every: Every
) -> None:
    there = tuple(
        Existing(TableName("public", f"p{i}"), Period(a, b + timedelta(days=1)), "", False, 0, 0)
        for i, (a, b) in enumerate(spans)
    )
    now = period_of(today, every)
    wanted = periods_between(now.first, shifted(now, every, ahead).first, every)
    made = uncovered(wanted, there)
    half = partly_covered(wanted, there)
    for one in made:
        assert all(
            one.after <= other.bounds.first or one.first >= other.bounds.after
            for other in there
            if other.bounds
        )
    for one in wanted:
        days = [one.first + timedelta(days=n) for n in range((one.after - one.first).days)]
        held = [any(p.bounds and p.bounds.holds(day) for p in there) for day in days]
        assert (one in made) == (not any(held))
        assert (one in half) == (any(held) and not all(held))


@given(SPANS, st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 24), EVERY)
def test_a_split_covers_every_row_and_what_is_needed_ahead(
    span: tuple[date, date], today: date, ahead: int, every: Every
) -> None:
    policy = Policy(table_name("events"), "db", "at", every, ahead)
    wanted = wanted_periods(policy, Dates(*span, missing=False, out_of_range=False), today)
    assert all(one.after == two.first for one, two in pairwise(wanted))
    last = shifted(period_of(today, every), every, ahead)
    if len(wanted) <= MOST_PARTITIONS:
        assert wanted[0].first <= min(span[0], today)
        assert wanted[-1].after > max(span[1], last.first)


@given(st.text(min_size=1, max_size=80), st.sampled_from(["_p2026_01", "_og_new", "_p2026w05"]))
def test_names_stay_short_enough_and_keep_their_end(name: str, suffix: str) -> None:
    short = shortened(name, suffix)
    assert len(short.encode(errors="surrogatepass")) <= 63 or len(name) == 0
    assert short.endswith(suffix)
