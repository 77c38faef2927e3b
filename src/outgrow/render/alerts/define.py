"""From a system to its alerts: those it states, and those that what it runs must have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from outgrow.diagnostics import Path
from outgrow.render.alerts.must_haves import must_haves
from outgrow.render.alerts.rule import AlertRule, Alerts, EventAlert, Severity
from outgrow.render.aws.rds_facts import RDS, storage_grows, storage_limit_gb
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import Part, System
from outgrow.render.target import Loss
from outgrow.strategy.targets import Alert, Target

_PERCENTILE = re.compile(r"_p(\d{1,2}(?:_\d)?)_")
_DEFAULT_WINDOW_SECONDS = 300
_DISK_LIMITS = ("database_gb", "storage_gb")
# Google's SRE workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts": 2 % of a month's error
# budget in an hour, 5 % in six hours. The short window is a twelfth: it ends the alert soon after
# the errors end.
_BURN_RATES: tuple[tuple[str, int, int, Decimal, Severity], ...] = (
    ("fast", 3600, 300, Decimal("14.4"), "page"),
    ("slow", 21_600, 1800, Decimal(6), "warn"),
)


def alerts_of(system: System) -> Alerts:
    """Return every alert that applies to this phase and environment, the stated ones first.

    A stated one takes the place of one that outgrow would add on the same metric and part.
    """
    stated = (*_written(system), *_of_targets(system))
    taken = {(rule.part, rule.metric) for rule in stated}
    added = (rule for rule in must_haves(system) if (rule.part, rule.metric) not in taken)
    return Alerts(_named_apart((*stated, *added)), tuple(_events(system)))


def unmet_alerts(system: System) -> Iterator[tuple[str, Path, str]]:
    """Yield name, path and reason of stated alerts that no level can be given to here."""
    for name, alert in system.strategy.alerts.items():
        if _applies(system, alert) and alert.limit is not None:
            part = _part_of(system, alert.component, alert.limit)
            if part is not None and _limit_value(part, alert.limit) is None:
                yield name, ("alerts", name), f"{part.component} has no known {alert.limit} here"


def alert_losses(system: System, target: str) -> tuple[Loss, ...]:
    """Return a loss of `target` for every stated alert on a limit with no known value."""
    return tuple(
        Loss(
            f"{target}-unknown-limit",
            path,
            f"the alert {name}",
            why,
            "give the limit a value under the phase's `use`, or write the level itself",
        )
        for name, path, why in unmet_alerts(system)
    )


def metric_name(written: str, part: Part | None) -> str:
    """Return the canonical name: `api.latency_p95_ms` of the part `api` is `latency_p95_ms`."""
    prefix, dot, rest = written.partition(".")
    known = part is not None and prefix in (part.component, part.name)
    return rest if dot and known else written


def percentile_of(metric: str) -> Decimal | None:
    """Return 95 for `latency_p95_ms`, None for a metric without a percentile."""
    found = _PERCENTILE.search(f"_{metric}_")
    return Decimal(found.group(1).replace("_", ".")) if found else None


def _written(system: System) -> Iterator[AlertRule]:
    for name, alert in system.strategy.alerts.items():
        subject = alert.metric or alert.limit
        if subject is None or not _applies(system, alert):
            continue
        part = _part_of(system, alert.component, subject)
        level = _level(part, alert)
        if part is not None and level is not None:
            yield _written_rule(system, name, alert, part, level)


def _written_rule(system: System, name: str, alert: Alert, part: Part, level: Decimal) -> AlertRule:
    metric = metric_name(alert.metric or alert.limit or "", part)
    return AlertRule(
        name=safe_name(name),
        metric=metric,
        part=part.name,
        comparison="below" if alert.below is not None else "above",
        threshold=level,
        statistic=alert.statistic,
        window_seconds=int(alert.window_seconds),
        windows=max(alert.windows, 1),
        severity=alert.severity,
        description=alert.description or _sentence(part, metric),
        source=system.where("alerts", name),
        path=("alerts", name),
        channels=tuple(alert.to),
        percentile=percentile_of(metric),
    )


def _level(part: Part | None, alert: Alert) -> Decimal | None:
    if alert.above_share is None:
        return alert.above if alert.above is not None else alert.below
    if part is None or alert.limit is None:
        return None
    value = _limit_value(part, alert.limit)
    return None if value is None else value * alert.above_share


def _limit_value(part: Part, name: str) -> Decimal | None:
    bare = metric_name(name, part)
    found = (r.limit.value for r in part.resource.limits if r.limit.name in (name, bare))
    stated = next((value for value in found if value is not None), None)
    return _disk_gb(part) if stated is None and bare in _DISK_LIMITS else stated


def _disk_gb(part: Part) -> Decimal | None:
    """Return the disk that the phase rents for a part: what is on it cannot be larger.

    Where RDS adds storage by itself, that is the size at which it ends to.
    """
    if part.service == RDS and storage_grows(part):
        return Decimal(storage_limit_gb(part)[0])
    size = part.setting("storage_gb")
    return size if isinstance(size, Decimal) and size else None


def _of_targets(system: System) -> Iterator[AlertRule]:
    for name, target in system.strategy.targets.items():
        part = _part_of(system, target.component, target.metric)
        if part is None:
            continue
        if target.aim == "availability" and target.above is not None:
            yield from _burn_rates(system, name, part, target.above)
        for comparison, level in (("above", target.alert_above), ("below", target.alert_below)):
            if level is not None:
                yield _target_rule(system, name, target, part, comparison, level)


def _target_rule(
    system: System, name: str, target: Target, part: Part, comparison: str, level: Decimal
) -> AlertRule:
    metric = metric_name(target.metric, part)
    aim = f"below {target.below}" if target.below is not None else f"above {target.above}"
    return AlertRule(
        name=safe_name(name),
        metric=metric,
        part=part.name,
        comparison="above" if comparison == "above" else "below",
        threshold=level,
        statistic="average",
        window_seconds=int(target.window_seconds or _DEFAULT_WINDOW_SECONDS),
        windows=1,
        severity="warn",
        description=f"{_sentence(part, metric)}; the target is {aim}",
        source=system.where("targets", name),
        path=("targets", name),
        percentile=target.percentile or percentile_of(metric),
    )


def _burn_rates(system: System, name: str, part: Part, aim: Decimal) -> Iterator[AlertRule]:
    budget = (Decimal(100) - aim) if aim > 1 else (Decimal(1) - aim) * 100
    for speed, seconds, short_seconds, factor, severity in _BURN_RATES:
        yield AlertRule(
            name=f"{safe_name(name)}-{speed}-burn",
            metric="error_rate_percent",
            part=part.name,
            comparison="above",
            threshold=min(budget * factor, Decimal(99)),
            statistic="average",
            window_seconds=seconds,
            windows=1,
            severity=severity,
            description=(
                f"{part.component} burns its error budget of {budget.normalize():f} % "
                f"{factor} times as fast as a month allows"
            ),
            source=system.where("targets", name),
            path=("targets", name),
            short_window_seconds=short_seconds,
        )


def _events(system: System) -> Iterator[EventAlert]:
    for name, alert in system.strategy.alerts.items():
        if alert.event is None or not _applies(system, alert):
            continue
        part = _part_of(system, alert.component, alert.event)
        if part is not None:
            yield EventAlert(
                name=safe_name(name),
                event=alert.event,
                part=part.name,
                severity=alert.severity,
                description=alert.description or f"{part.component}: {alert.event}",
                source=system.where("alerts", name),
                path=("alerts", name),
                channels=tuple(alert.to),
            )


def _applies(system: System, alert: Alert) -> bool:
    return not alert.phases or system.phase in alert.phases


def _part_of(system: System, component: str | None, metric: str) -> Part | None:
    """Return the part that an alert is about: the one named, or the one its metric begins with."""
    if component is not None:
        return system.part(component)
    named = system.part(metric.partition(".")[0])
    if named is not None:
        return named
    owner = system.strategy.metrics.get(metric)
    return system.part(owner.component) if owner and owner.component else None


def _sentence(part: Part, metric: str) -> str:
    return f"{metric} of {part.component} is past its level"


def _named_apart(rules: tuple[AlertRule, ...]) -> tuple[AlertRule, ...]:
    """Return `rules`, the later one of two with the same name called after its part as well."""
    seen: set[str] = set()
    result = []
    for rule in rules:
        name = rule.name if rule.name not in seen else f"{rule.part}-{rule.name}-{rule.comparison}"
        number = 2
        while name in seen:
            name, number = f"{rule.name}-{number}", number + 1
        seen.add(name)
        result.append(replace(rule, name=name))
    return tuple(result)
