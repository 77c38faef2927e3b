"""Alerts as CloudWatch alarms: M of N windows, missing data said outright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.cloudwatch_metrics import CloudWatchMetric, cloudwatch_metric
from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Block, Noted, Ref, ResourceBlock, Value

SECTION = "alarms"
TOPIC = Ref("aws_sns_topic", "alerts", "arn")
_STATISTICS = {
    "average": "Average",
    "sum": "Sum",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "count": "SampleCount",
}
_FLIPPED = {"maximum": "Minimum", "minimum": "Maximum"}
_LONGEST_PERIOD_SECONDS = 86400
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


def cloudwatch_alarms(system: System) -> tuple[ResourceBlock, ...]:
    """Return an alarm for every alert of the home region that AWS publishes a metric for."""
    regions = regions_of(system)
    return tuple(alarms_in(regions[0])) if regions else ()


def alarms_in(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the alarms of one region, in the order of the alerts."""
    for alarm in alarms_of(region):
        yield _block(region, alarm)


def alarms_of(region: AwsRegion) -> Iterator[Alarm]:
    """Yield the alarms of one region in CloudWatch's terms."""
    for rule in alerts_of(region.system).rules:
        metric = cloudwatch_metric(region, rule)
        if metric is not None:
            yield alarm_of(rule, metric)


def alarm_of(rule: AlertRule, metric: CloudWatchMetric) -> Alarm:
    """Return `rule` as an alarm on `metric`: same windows, threshold in CloudWatch's unit."""
    turned = metric.factor < 0
    above = (rule.comparison == "above") != turned
    statistic = _STATISTICS[rule.statistic]
    if rule.percentile is not None:
        statistic = f"p{rule.percentile.normalize():f}"
    elif turned:
        statistic = _FLIPPED.get(rule.statistic, statistic)
    return Alarm(
        rule=rule,
        metric=metric,
        statistic=statistic,
        comparison="GreaterThanThreshold" if above else "LessThanThreshold",
        threshold=published(metric, rule.threshold),
        period_seconds=period_of(rule.window_seconds),
        evaluations=rule.windows,
        datapoints=rule.windows,
        treat_missing_data="breaching" if rule.missing_is_breach else "notBreaching",
    )


def published(metric: CloudWatchMetric, value: Decimal) -> Decimal:
    """Return a canonical value in the unit in which CloudWatch publishes the metric."""
    return ((value - metric.offset) / metric.factor).quantize(_PLACES).normalize()


def period_of(window_seconds: int) -> int:
    """Return the nearest period that CloudWatch takes: 10, 30 or whole minutes up to a day."""
    if window_seconds in (10, 30):
        return window_seconds
    minutes = -(-window_seconds // 60)
    return min(max(minutes, 1) * 60, _LONGEST_PERIOD_SECONDS)


def resource_name(rule: AlertRule) -> str:
    """Return the name of the alarm's block: `api_p95`."""
    name = rule.name.replace("-", "_")
    return name if name[:1].isalpha() else f"alarm_{name}"


def _block(region: AwsRegion, alarm: Alarm) -> ResourceBlock:
    rule = alarm.rule
    return ResourceBlock(
        "aws_cloudwatch_metric_alarm",
        resource_name(rule),
        {
            "alarm_name": f"{region.prefix}-{rule.name}",
            "alarm_description": f"{rule.description} ({rule.source})"[:1024],
            "comparison_operator": alarm.comparison,
            "threshold": _threshold(alarm),
            "evaluation_periods": alarm.evaluations,
            "datapoints_to_alarm": alarm.datapoints,
            **_measured(alarm),
            "treat_missing_data": _missing(alarm),
            "alarm_actions": [TOPIC],
            "ok_actions": [TOPIC],
            "tags": {"Severity": rule.severity, "Component": rule.part},
        },
        SECTION,
        comment=f"{_one_line(rule.description)}: {rule.source}.",
    )


def _measured(alarm: Alarm) -> dict[str, Value | Block | Sequence[Block]]:
    metric = alarm.metric
    if metric.per is not None:
        return {"metric_query": _queries(alarm)}
    kind = "extended_statistic" if alarm.is_percentile else "statistic"
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": metric.dimensions,
        kind: alarm.statistic,
        "period": alarm.period_seconds,
    }


def _queries(alarm: Alarm) -> list[Block]:
    metric = alarm.metric
    share = Block(
        {
            "id": "share",
            "expression": "100 * FILL(part, 0) / whole",
            "label": alarm.rule.metric,
            "return_data": True,
        },
        comment="No requests at all is no data, and no alarm; no errors is 0 %.",
    )
    return [share, _count("part", metric.name, alarm), _count("whole", metric.per or "", alarm)]


def _count(identifier: str, name: str, alarm: Alarm) -> Block:
    counted: dict[str, Value | Block | Sequence[Block]] = {
        "namespace": alarm.metric.namespace,
        "metric_name": name,
        "dimensions": alarm.metric.dimensions,
        "stat": "Sum",
        "period": alarm.period_seconds,
    }
    return Block({"id": identifier, "metric": Block(counted)})


def _threshold(alarm: Alarm) -> Value:
    rule, metric = alarm.rule, alarm.metric
    if metric.factor == 1 and metric.offset == 0:
        return Noted(alarm.threshold, metric.note) if metric.note else alarm.threshold
    meant = f"{rule.metric} {rule.comparison} {rule.threshold.normalize():f}."
    return Noted(alarm.threshold, f"{meant} {metric.note}".strip())


def _missing(alarm: Alarm) -> Value:
    if alarm.treat_missing_data == "breaching":
        return Noted("breaching", "What is down says nothing, so silence is an alarm.")
    return "notBreaching"


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
