"""What is watched: targets, signals, alerts, where they go, and how long records are kept."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.signals.condition_words import describe
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Code,
    Column,
    Details,
    Muted,
    Row,
    Section,
    Table,
    Text,
    Tone,
    joined,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.words import (
    NOTHING,
    duration,
    number,
    percent,
    warn_words,
    words,
)
from outgrow.strategy.signals import Condition
from outgrow.strategy.strategy import Strategy
from outgrow.strategy.targets import Alert, Target

_SEVERITY: dict[str, Tone] = {"info": "plain", "warn": "warn", "page": "bad"}


def watching(facts: StrategyFacts) -> Section:
    """Return targets, signals, alerts, channels, metrics and retention."""
    strategy = facts.strategy
    blocks: list[Block] = []
    for part in (_targets, _signals, _alerts, _channels, _metrics, _retention):
        blocks += part(strategy)
    return Section("watching", "What is watched", tuple(blocks), short="Targets and alerts")


def _targets(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Target"),
        Column("Aim"),
        Column("Metric"),
        Column("Good is", numeric=True),
        Column("Alert when", numeric=True),
        Column("Over"),
    )
    rows = tuple(_target_row(name, one) for name, one in strategy.targets.items())
    if rows:
        yield without_empty(Table("Latency and other targets", columns, rows))


def _target_row(name: str, one: Target) -> Row:
    percentile = f" p{number(one.percentile)}" if one.percentile is not None else ""
    unit = _unit_of(one.metric)
    good = (
        f"below {_value(one.below, unit)}"
        if one.above is None
        else f"above {_value(one.above, unit)}"
    )
    alert = NOTHING
    if one.alert_above is not None:
        alert = f"above {_value(one.alert_above, unit)}"
    elif one.alert_below is not None:
        alert = f"below {_value(one.alert_below, unit)}"
    return Row(
        (
            text(Code(name)),
            text(f"{_AIMS.get(one.aim, words(one.aim))}{percentile}"),
            text(Code(one.metric)),
            text(good),
            text(alert),
            text(NOTHING if one.window_seconds is None else duration(one.window_seconds)),
        )
    )


_AIMS = {"ttfb": "time to first byte", "lcp": "largest contentful paint"}
_UNIT_ENDINGS = (("_ms", " ms"), ("_seconds", " s"), ("_percent", " %"), ("_gb", " GB"))


def _unit_of(metric: str) -> str:
    return next((unit for ending, unit in _UNIT_ENDINGS if metric.endswith(ending)), "")


def _value(value: Decimal | None, unit: str) -> str:
    return f"{number(value)}{unit}"


def _signals(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Signal"),
        Column("Component"),
        Column("Fires when", wide=True),
        Column("Means", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name)),
                text(Code(one.component) if one.component else NOTHING),
                _fires(one.when),
                text(one.description or NOTHING),
            )
        )
        for name, one in strategy.signals.items()
    )
    if rows:
        yield without_empty(Table("Signals: reasons to move", columns, rows))


def _fires(when: Condition) -> Text:
    warns = warn_words(when)
    return text(describe(when), *((BREAK, Muted(f"warns from {warns}")) if warns else ()))


def _alerts(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Alert"),
        Column("Level"),
        Column("Raised when", wide=True),
        Column("In phases"),
        Column("Tells"),
        Column("What to do", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name)),
                text(Badge(one.severity, _SEVERITY[one.severity])),
                _raised(one),
                text(", ".join(one.phases) or "all"),
                joined([text(Code(channel)) for channel in one.to]) or text(NOTHING),
                text(one.description or NOTHING),
            )
        )
        for name, one in strategy.alerts.items()
    )
    if rows:
        yield without_empty(Table("Alerts and their thresholds", columns, rows))


def _raised(one: Alert) -> Text:
    if one.event is not None:
        return text("event ", Code(one.event))
    subject = one.metric or one.limit or ""
    named = f"{one.component}.{subject}" if one.limit and one.component else subject
    level = _level(one, _unit_of(subject))
    times = f", {one.windows} times in a row" if one.windows > 1 else ""
    over = f" over {duration(one.window_seconds)}{times}"
    kind = "use of " if one.limit else f"{one.statistic} of "
    return text(kind, Code(named), f" {level}", "" if one.limit else over)


def _level(one: Alert, unit: str) -> str:
    if one.above_share is not None:
        return f"above {percent(one.above_share)}"
    if one.above is not None:
        return f"above {_value(one.above, unit)}"
    return f"below {_value(one.below, unit)}"


def _channels(strategy: Strategy) -> Iterable[Block]:
    columns = (Column("Channel"), Column("Kind"), Column("To"), Column("Address kept in"))
    rows = tuple(
        Row(
            (
                text(Code(name)),
                text(one.kind),
                text(one.to or NOTHING),
                text(Code(one.secret) if one.secret else NOTHING),
            )
        )
        for name, one in strategy.channels.items()
    )
    if rows:
        yield without_empty(Table("Where alerts go", columns, rows))


def _metrics(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Metric"),
        Column("Type"),
        Column("Component"),
        Column("Labels"),
        Column("What it says", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name)),
                text(one.kind),
                text(Code(one.component) if one.component else NOTHING),
                text(", ".join(one.labels) or NOTHING),
                text(one.description or NOTHING),
            )
        )
        for name, one in strategy.metrics.items()
    )
    if rows:
        yield without_empty(Table("Metrics that the application exposes", columns, rows))


def _retention(strategy: Strategy) -> Iterable[Block]:
    kept = strategy.retention
    said = tuple(
        (title, text(f"{days} days"))
        for title, days in (
            ("Metrics are kept", kept.metrics_days),
            ("Logs are kept", kept.logs_days),
            ("Backups are kept", kept.backups_days),
            ("Traces are kept", kept.traces_days),
        )
        if days is not None
    )
    if said:
        yield Details(said)
