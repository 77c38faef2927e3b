"""Alerts in CloudWatch's terms: M of N windows, missing data said outright."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.cloudwatch_metrics import cloudwatch_metric
from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.published import CloudWatchMetric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.system.model import System
from outgrow.render.target import Loss

_STATISTICS = {
    "average": "Average",
    "sum": "Sum",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "count": "SampleCount",
}
_FLIPPED = {"maximum": "Minimum", "minimum": "Maximum"}
# What PutMetricAlarm says of `Period` (AWS SDK for Kotlin 1.5.33, PutMetricAlarmRequest.period,
# docs.aws.amazon.com): "10, 20, 30, and any multiple of 60"; those below a minute only for
# metrics stored at that resolution, which none of AWS's own and none of the agent's is. Period x
# evaluation periods: at most seven days, and at most one day for periods below one hour.
_MINUTE_SECONDS = 60
_HOUR_SECONDS = 3600
_DAY_SECONDS = 86_400
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm in CloudWatch's own terms.

    It fires when `datapoints` of the last `evaluations` periods are past `threshold`. A
    period without data is past it or not, as `treat_missing_data` says.
    """

    rule: AlertRule
    metric: CloudWatchMetric
    statistic: str
    comparison: str
    threshold: Decimal
    period_seconds: int
    evaluations: int
    datapoints: int
    treat_missing_data: str

    @property
    def is_percentile(self) -> bool:
        """Return whether the statistic is a percentile (`p95`)."""
        return self.statistic.startswith("p")


def watched_in(region: AwsRegion) -> Iterator[tuple[AlertRule, CloudWatchMetric]]:
    """Yield each alert that AWS publishes a metric for in `region`, with the metric."""
    for rule in alerts_of(region.system).rules:
        metric = cloudwatch_metric(region, rule)
        if metric is not None:
            yield rule, metric


def window_losses(system: System) -> Iterator[Loss]:
    """Yield a loss for each alert whose windows an alarm cannot have; it has the nearest."""
    regions = regions_of(system)
    for rule, _ in watched_in(regions[0]) if regions else ():
        for one in rule.of_one_window():
            period = period_of(one.window_seconds)
            count = evaluations_of(one.window_seconds, one.windows)
            if (period, count) != (one.window_seconds, one.windows):
                yield _window_loss(one, period, count)


def alarm_of(rule: AlertRule, metric: CloudWatchMetric) -> Alarm:
    """Return a rule of one window as an alarm on `metric`, its threshold in CloudWatch's unit."""
    turned = metric.factor < 0
    above = (rule.comparison == "above") != turned
    statistic = _STATISTICS[rule.statistic]
    if rule.percentile is not None:
        statistic = f"p{rule.percentile.normalize():f}"
    elif turned:
        statistic = _FLIPPED.get(rule.statistic, statistic)
    evaluations = evaluations_of(rule.window_seconds, rule.windows)
    return Alarm(
        rule=rule,
        metric=metric,
        statistic=statistic,
        comparison="GreaterThanThreshold" if above else "LessThanThreshold",
        threshold=published(metric, rule.threshold),
        period_seconds=period_of(rule.window_seconds),
        evaluations=evaluations,
        datapoints=evaluations,
        treat_missing_data="breaching" if rule.missing_is_breach else "notBreaching",
    )


def published(metric: CloudWatchMetric, value: Decimal) -> Decimal:
    """Return a canonical value in the unit in which CloudWatch publishes the metric."""
    return ((value - metric.offset) / metric.factor).quantize(_PLACES).normalize()


def period_of(window_seconds: int) -> int:
    """Return the shortest period that CloudWatch takes and that is no shorter, in seconds.

    Above seven days it is seven days. `window_losses` tells of every one that differs.
    """
    minutes = max(-(-window_seconds // _MINUTE_SECONDS), 1)
    return min(minutes * _MINUTE_SECONDS, 7 * _DAY_SECONDS)


def evaluations_of(window_seconds: int, windows: int) -> int:
    """Return how many of `windows` an alarm looks at: all, or as many as CloudWatch takes."""
    period = period_of(window_seconds)
    most = _DAY_SECONDS if period < _HOUR_SECONDS else 7 * _DAY_SECONDS
    return min(windows, most // period)


def _window_loss(rule: AlertRule, period: int, count: int) -> Loss:
    return Loss(
        "cloudwatch-window",
        rule.path,
        f"{_windows(rule.windows, rule.window_seconds)} of the alert {rule.name}",
        "CloudWatch takes whole minutes, and at most a day of windows below an hour or seven "
        f"days of others; its alarm looks at {_windows(count, period)}",
        "choose such windows, or let Prometheus watch it",
    )


def _windows(count: int, seconds: int) -> str:
    return f"{count} {'window' if count == 1 else 'windows'} of {seconds} s"
