"""Whether a condition holds, in a sentence with the numbers; unknown is never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from outgrow.analysis.figures import figure, length, percent, spread
from outgrow.analysis.signals.comparison import Comparison, comparison_of
from outgrow.analysis.signals.outcome import (
    Outcome,
    State,
    at_least_k,
    between,
    capped,
    settled,
    unknown,
)
from outgrow.analysis.signals.outlook import Outlook
from outgrow.analysis.signals.over_time import (
    Window,
    change,
    last_interval,
    lasted_since,
    rate_per_day,
    rates,
    window_length,
    window_of,
)
from outgrow.analysis.status.limits import FoundLimit, find_limit
from outgrow.analysis.usage.readings import Missing, Reading, Readings, why_missing
from outgrow.analysis.usage.usage import Series
from outgrow.strategy.signals import Band, Condition, Signal, Trend
from outgrow.topology.model import Topology

# A date and an expiring plan warn this long before.
NEAR_DATE = timedelta(days=30)
_RATE_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What conditions are judged by: values, the limits of the phase, the named signals."""

    readings: Readings
    topology: Topology | None = None
    signals: Mapping[str, Signal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The metric a condition looks at, and the limit it is a share of."""

    reading: Reading | Missing
    series: Series | None
    limit: FoundLimit | None = None

    @property
    def share_of(self) -> Decimal | None:
        return self.limit.resolved.limit.value if self.limit else None

    @property
    def because(self) -> str:
        parts = [self.reading.because, self.limit.because if self.limit else ""]
        return "; ".join(part for part in parts if part)


def evaluate(condition: Condition, evidence: Evidence) -> Outcome:
    """Return whether `condition` holds on `evidence`, and why.

    A duration on a group or a named signal applies to each of its conditions. A group holds
    as soon as enough of it does, whatever is unknown.
    """
    return _evaluate(condition, evidence, ())


def _evaluate(condition: Condition, evidence: Evidence, within: tuple[str, ...]) -> Outcome:
    if condition.signal is not None:
        outcome = _named(condition, evidence, within)
    elif condition.on_or_after is not None:
        outcome = _dated(condition, evidence)
    elif (group := condition.any or condition.all or condition.of) is not None:
        children = [_evaluate(_lasting(one, condition), evidence, within) for one in group]
        outcome = at_least_k(_needed(condition, len(group)), children, condition)
    else:
        outcome = _compared(condition, evidence)
    return capped(outcome, State.WARN) if condition.band is Band.WARN else outcome


def _needed(condition: Condition, total: int) -> int:
    if condition.of is not None:
        return min(condition.at_least_k or 1, total)
    return 1 if condition.any is not None else total


def _lasting(child: Condition, group: Condition) -> Condition:
    """Return `child` with the group's duration, unless it has one of its own."""
    if window_length(group.for_days, group.for_seconds) is None:
        return child
    if window_length(child.for_days, child.for_seconds) is not None:
        return child
    return child.model_copy(update={"for_days": group.for_days, "for_seconds": group.for_seconds})


def _named(condition: Condition, evidence: Evidence, within: tuple[str, ...]) -> Outcome:
    name = condition.signal or ""
    signal = evidence.signals.get(name)
    if signal is None:
        return unknown(f"unknown because there is no signal called {name!r}", condition)
    if name in within:
        return unknown(f"unknown because the signal {name!r} refers to itself", condition)
    inner = _evaluate(_lasting(signal.when, condition), evidence, (*within, name))
    return replace(inner, condition=condition, reason=f"{name}: {inner.reason}", children=(inner,))


def _dated(condition: Condition, evidence: Evidence) -> Outcome:
    due = condition.on_or_after
    assert due is not None
    today = evidence.readings.now.date()
    if today >= due:
        return settled(State.HOLDS, f"{due.isoformat()} has come", condition)
    ahead = due - today
    near = window_length(condition.warn, None) or NEAR_DATE
    state = State.WARN if ahead <= near else State.NO
    return settled(state, f"{due.isoformat()} comes in {ahead.days} days", condition)


def _compared(condition: Condition, evidence: Evidence) -> Outcome:
    subject = _subject(condition, evidence)
    if isinstance(subject, Outcome):
        return subject
    reading = subject.reading
    if isinstance(reading, Missing):
        return unknown(why_missing(reading), condition, reading, subject.because)
    lasting = window_length(condition.for_days, condition.for_seconds)
    if condition.trend is not None:
        return _trending(condition, subject, condition.trend)
    comparison = comparison_of(condition, subject.share_of)
    assert comparison is not None  # the model demands a trend or a comparison
    if condition.rate_of is not None:
        return _growing(condition, subject, comparison, lasting)
    if condition.within_days is not None:
        outlook = Outlook(reading, subject.series, comparison, evidence.readings.now)
        return outlook.judged(condition, subject.because)
    if lasting is not None:
        return _lasted(condition, subject, comparison, lasting)
    return _present(condition, subject, reading, comparison)


def _subject(condition: Condition, evidence: Evidence) -> _Subject | Outcome:
    if condition.limit is not None:
        return _limit_subject(condition, condition.limit, evidence)
    metric = condition.metric or condition.rate_of or ""
    return _Subject(evidence.readings.read(metric), evidence.readings.series(metric))


def _limit_subject(condition: Condition, name: str, evidence: Evidence) -> _Subject | Outcome:
    topology = evidence.topology
    if topology is None:
        return unknown(f"unknown because no phase gives the limit {name}", condition)
    found = find_limit(topology, name)
    if found is None:
        return _limit_not_found(condition, name, topology)
    if found.resolved.limit.value is None:
        said = (
            f" (the source says {found.resolved.limit.text!r})" if found.resolved.limit.text else ""
        )
        reason = f"unknown because nobody gives a value for the limit {found.name}{said}"
        return unknown(reason, condition, because=found.because)
    reading = evidence.readings.first_of(found.resolved.metrics)
    return _Subject(reading, evidence.readings.series(reading.metric), found)


def _limit_not_found(condition: Condition, name: str, topology: Topology) -> Outcome:
    component, dot, _ = name.rpartition(".")
    if dot and not topology.of(component):
        reason = f"{component} is not part of {topology.phase}, so its limit cannot be reached"
        return settled(State.NO, reason, condition)
    offered = " or ".join(r.offering_id for r in topology.of(component)) or topology.phase
    return unknown(f"unknown because {offered} has no limit {name} in the catalogue", condition)


def _present(
    condition: Condition, subject: _Subject, reading: Reading, comparison: Comparison
) -> Outcome:
    low, high = comparison.state_of(reading.value.low), comparison.state_of(reading.value.high)
    value = _value_in_words(subject, reading)
    if low is high:
        reason = f"{value}, {comparison.in_words(low)}"
        return settled(low, reason, condition, subject.because)
    wanted = comparison.in_words(State.HOLDS)
    reason = f"{value}: it may or may not be {wanted}"
    return between(low, high, reason, condition, subject.because)


def _value_in_words(subject: _Subject, reading: Reading) -> str:
    estimated = "" if reading.measured else "estimated "
    words = f"{reading.metric} is {estimated}{spread(reading.value)}"
    if not subject.share_of:
        return words
    share = reading.value.likely / subject.share_of
    limit = subject.limit.name if subject.limit else ""
    return f"{words}, {percent(share)} of the limit {limit} of {figure(subject.share_of)}"


def _lasted(
    condition: Condition, subject: _Subject, comparison: Comparison, wanted: timedelta
) -> Outcome:
    series = subject.series
    if series is None:
        return _no_record(condition, subject)
    now = comparison.state_of(series.points[-1][1])
    value = f"{series.metric} is {figure(series.points[-1][1])}"
    if now is not State.HOLDS:
        return settled(now, f"{value}, {comparison.in_words(now)}", condition, subject.because)
    window = window_of(series, wanted)
    since = lasted_since(window.points, lambda v: comparison.state_of(v) is State.HOLDS)
    assert since is not None  # the newest value passes
    passing = f"{value}, {comparison.in_words(State.HOLDS)}"
    if since > window.points[0][0]:
        lasted = length(series.points[-1][0] - since)
        reason = f"{passing}, for {lasted} of the {length(wanted)} it must last"
        return settled(State.WARN, reason, condition, subject.because)
    if window.gap:
        return _too_short(condition, subject, f"{passing}, but {window.gap}", State.WARN)
    return settled(State.HOLDS, f"{passing}, for {length(wanted)} now", condition, subject.because)


def _growing(
    condition: Condition, subject: _Subject, comparison: Comparison, lasting: timedelta | None
) -> Outcome:
    series = subject.series
    if series is None:
        return _no_record(condition, subject)
    # Without a duration the growth of a week counts, or since the last value if that is longer.
    wanted = lasting or max(_RATE_WINDOW, last_interval(series))
    window = window_of(series, wanted)
    rate = None if window.gap else rate_per_day(window)
    if rate is None:
        reason = f"how fast {series.metric} grows: {window.gap or 'one value alone'}"
        return _too_short(condition, subject, reason)
    state = comparison.state_of(rate)
    spoken = f"{series.metric} grows by {figure(rate)} a day over {length(wanted)}"
    return settled(state, f"{spoken}, {comparison.in_words(state)}", condition, subject.because)


def _trending(condition: Condition, subject: _Subject, trend: Trend) -> Outcome:
    series = subject.series
    if series is None:
        return _no_record(condition, subject)
    if condition.rate_of is not None:
        series = rates(series)
    wanted = window_length(trend.over_days, None)
    assert wanted is not None
    window = window_of(series, wanted) if series.points else None
    if window is None or window.gap:
        gap = window.gap if window else "one value alone"
        return _too_short(condition, subject, f"the trend of {series.metric}: {gap}")
    return _judge_trend(condition, subject, trend, series.metric, window)


def _judge_trend(
    condition: Condition, subject: _Subject, trend: Trend, metric: str, window: Window
) -> Outcome:
    found = change(window)
    moved = found.amount if trend.direction == "rising" else -found.amount
    over = f"over {length(window.wanted)}"
    wanted = f"{trend.direction}" + (f" by {percent(trend.by_share)}" if trend.by_share else "")
    # Without a share, a trend must at least stand out from the noise of the series.
    holds = moved > 2 * found.noise if trend.by_share is None else moved > 0
    if found.start <= 0:
        spoken = f"{metric} changed by {figure(found.amount)} from zero {over}"
    else:
        holds = holds and moved / found.start >= (trend.by_share or 0)
        spoken = f"{metric} changed by {percent(found.amount / found.start)} {over}"
    state = State.HOLDS if holds else State.NO
    verb = wanted if holds else f"not {wanted}"
    return settled(state, f"{spoken}, {verb}", condition, subject.because)


def _no_record(condition: Condition, subject: _Subject) -> Outcome:
    metric = subject.reading.metric
    reason = f"unknown because {metric} is only estimated, and an estimate has no record"
    missing = Missing(metric, f"{metric} was never measured")
    return unknown(reason, condition, missing, subject.because)


def _too_short(
    condition: Condition, subject: _Subject, what: str, least: State = State.NO
) -> Outcome:
    missing = Missing(subject.reading.metric, f"the record is too short ({what})")
    outcome = unknown(f"unknown because the record is too short: {what}", condition, missing)
    return replace(outcome, least=least, because=subject.because)
