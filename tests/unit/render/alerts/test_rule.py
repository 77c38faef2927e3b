"""What a rule of a long and a short window says of a series: a burn rate of an error budget."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.render.alerts.rule import AlertRule, Sample

MINUTE_SECONDS = 60


def burning(**changes: bool) -> AlertRule:
    return AlertRule(
        name="burn",
        metric="error_rate_percent",
        part="api",
        comparison="above",
        threshold=Decimal(10),
        statistic="average",
        window_seconds=60 * MINUTE_SECONDS,
        windows=1,
        severity="page",
        description="",
        source="",
        path=(),
        short_window_seconds=5 * MINUTE_SECONDS,
        **changes,
    )


def samples(*levels: tuple[float, int]) -> list[Sample]:
    """A value in the middle of each minute: `(value, minutes)` one after another."""
    values = [value for value, minutes in levels for _ in range(minutes)]
    return [(60.0 * minute + 30, value) for minute, value in enumerate(values)]


def at_the_end(rule: AlertRule, *levels: tuple[float, int]) -> bool:
    seconds = 60 * sum(minutes for _, minutes in levels)
    return rule.verdicts(samples(*levels), seconds)[-1]


@pytest.mark.parametrize(
    ("levels", "fires"),
    [
        (((0, 60), (50, 20)), True),
        (((0, 60), (15, 5)), False),  # a moment's trouble: the hour hardly notices
        (((50, 60), (0, 5)), False),  # it is over: the short window says so
        (((50, 61), (0, 4)), False),  # a fifth of it is left, which is exactly the level
        (((50, 62), (0, 3)), True),
        (((0, 120),), False),
    ],
)
def test_it_fires_while_both_windows_are_past_the_threshold(
    levels: tuple[tuple[float, int], ...], fires: bool
) -> None:
    assert at_the_end(burning(), *levels) == fires


def test_the_long_window_slides_by_the_short_one() -> None:
    verdicts = burning().verdicts(samples((0, 60), (50, 60), (0, 60)), 180 * MINUTE_SECONDS)
    assert len(verdicts) == 180 // 5
    first, last = verdicts.index(True), len(verdicts) - 1 - verdicts[::-1].index(True)
    # 50 % for 15 of 60 minutes is 12.5 %: past 10 % for the first time at minute 75.
    assert (first + 1) * 5 == 75
    assert (last + 1) * 5 == 120


def test_no_data_is_past_the_threshold_only_where_silence_is_the_alarm() -> None:
    assert burning().verdicts([], 3600)[-1] is False
    assert burning(missing_is_breach=True).verdicts([], 3600)[-1] is True


def test_a_rule_of_one_window_is_itself() -> None:
    both = burning().of_one_window()
    assert [(one.name, one.window_seconds) for one in both] == [
        ("burn-long", 3600),
        ("burn-short", 300),
    ]
    assert both[0].of_one_window() == (both[0],)
