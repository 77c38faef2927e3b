"""An alert says the same of a series in outgrow, in CloudWatch and in Prometheus.

Each backend looks at whole windows. What is compared here is the verdict at the end of each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from outgrow.render.alerts.cloudwatch import Alarm, alarm_of, published
from outgrow.render.alerts.published import CloudWatchMetric
from outgrow.render.alerts.rule import AlertRule, Sample, Statistic

WINDOW_SECONDS = 300
_PER_WINDOW = 5

statistics: st.SearchStrategy[Statistic] = st.sampled_from(
    ["average", "sum", "maximum", "minimum", "count"]
)


@st.composite
def rules(draw: st.DrawFn) -> AlertRule:
    return AlertRule(
        name="level",
        metric="level",
        part="api",
        comparison=draw(st.sampled_from(["above", "below"])),
        threshold=Decimal(draw(st.integers(0, 40))),
        statistic=draw(statistics),
        window_seconds=WINDOW_SECONDS,
        windows=draw(st.integers(1, 3)),
        severity="warn",
        description="",
        source="",
        path=(),
        missing_is_breach=draw(st.booleans()),
    )


@st.composite
def rules_of_two_windows(draw: st.DrawFn) -> AlertRule:
    """As burn rates are: a long window, and a short one that divides it."""
    short = draw(st.sampled_from([60, 120, 300]))
    return replace(
        draw(rules()),
        windows=1,
        window_seconds=short * draw(st.integers(2, 6)),
        short_window_seconds=short,
    )


@st.composite
def series(draw: st.DrawFn) -> tuple[list[Sample], int]:
    """Samples in the middle of each minute, some of them missing, and how long it goes on."""
    minutes = draw(st.integers(1, 6)) * _PER_WINDOW
    values = draw(st.lists(st.none() | st.integers(0, 30), min_size=minutes, max_size=minutes))
    samples = [(60.0 * i + 30, float(v)) for i, v in enumerate(values) if v is not None]
    return samples, minutes * 60


metrics = st.builds(
    CloudWatchMetric,
    namespace=st.just("Test"),
    name=st.just("Level"),
    dimensions=st.just({}),
    factor=st.sampled_from([Decimal(1), Decimal(1000), Decimal("0.001"), Decimal(-1)]),
    offset=st.sampled_from([Decimal(0), Decimal(50)]),
)


def cloudwatch(alarm: Alarm, samples: Sequence[Sample], seconds: int) -> tuple[bool, ...]:
    """Return what CloudWatch says after each period: M of the last N data points are past it.

    From the documentation of alarms ("Evaluating an alarm", "Configuring how CloudWatch alarms
    treat missing data"): a missing point counts as past the threshold or not, as it is told.
    """
    points = []
    for start in range(0, seconds, alarm.period_seconds):
        values = [v for at, v in samples if start <= at < start + alarm.period_seconds]
        points.append(_past(alarm, values))
    found = []
    for end in range(1, len(points) + 1):
        last = points[max(end - alarm.evaluations, 0) : end]
        found.append(len(last) == alarm.evaluations and sum(last) >= alarm.datapoints)
    return tuple(found)


def composite(
    alarms: Sequence[Alarm], samples: Sequence[Sample], seconds: int, step: int
) -> tuple[bool, ...]:
    """Return what `ALARM(a) AND ALARM(b)` says at each `step`.

    The window of an alarm slides: at each evaluation it is the last period before ("Alarm
    evaluation window", SlidingWindow, which is the default).
    """
    return tuple(
        all(
            _past(alarm, [v for at, v in samples if end - alarm.period_seconds <= at < end])
            for alarm in alarms
        )
        for end in range(step, seconds + 1, step)
    )


def _past(alarm: Alarm, values: Sequence[float]) -> bool:
    if not values:
        return alarm.treat_missing_data == "breaching"
    known = {
        "Average": math.fsum(values) / len(values),
        "Sum": math.fsum(values),
        "Maximum": max(values),
        "Minimum": min(values),
        "SampleCount": float(len(values)),
    }
    value, level = known[alarm.statistic], float(alarm.threshold)
    return value > level if alarm.comparison == "GreaterThanThreshold" else value < level


def is_on_the_edge(rule: AlertRule, samples: Sequence[Sample], seconds: int) -> bool:
    """Return whether a window's statistic is the threshold itself, but for the last bit."""
    level = float(rule.threshold)
    for start in range(0, seconds, rule.window_seconds):
        values = [v for at, v in samples if start <= at < start + rule.window_seconds]
        if values and math.isclose(math.fsum(values) / len(values), level, abs_tol=1e-9):
            return True
    return False


@given(rules(), series())
def test_cloudwatch_says_what_the_rule_says(
    rule: AlertRule, drawn: tuple[list[Sample], int]
) -> None:
    samples, seconds = drawn
    alarm = alarm_of(rule, CloudWatchMetric("Test", "Level", {}))
    assert cloudwatch(alarm, samples, seconds) == rule.verdicts(samples, seconds)


@given(rules_of_two_windows(), series())
def test_a_composite_alarm_says_what_the_rule_of_two_windows_says(
    rule: AlertRule, drawn: tuple[list[Sample], int]
) -> None:
    samples, seconds = drawn
    short = rule.short_window_seconds or 0
    alarms = [alarm_of(one, CloudWatchMetric("Test", "Level", {})) for one in rule.of_one_window()]
    assert [alarm.period_seconds for alarm in alarms] == [rule.window_seconds, short]
    assert composite(alarms, samples, seconds, short) == rule.verdicts(samples, seconds)


@given(rules(), metrics, series())
def test_a_metric_in_another_unit_or_turned_around_says_the_same(
    rule: AlertRule, metric: CloudWatchMetric, drawn: tuple[list[Sample], int]
) -> None:
    """Free bytes in place of a used share: minimum and maximum change places with the sign."""
    # A sum or a count of something else than the metric itself is another quantity.
    assume(rule.statistic in ("average", "maximum", "minimum"))
    samples, seconds = drawn
    assume(not is_on_the_edge(rule, samples, seconds))
    seen = [(at, float(published(metric, Decimal(value)))) for at, value in samples]
    alarm = alarm_of(rule, metric)
    assert cloudwatch(alarm, seen, seconds) == rule.verdicts(samples, seconds)
