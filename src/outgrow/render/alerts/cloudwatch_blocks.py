"""Alerts as blocks of CloudWatch alarms, and composite alarms where two windows must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from outgrow.render.alerts.cloudwatch import Alarm, alarm_of, watched_in
from outgrow.render.alerts.published import CloudWatchMetric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    Joined,
    Noted,
    Ref,
    ResourceBlock,
    Value,
)

SECTION = "alarms"
TOPIC = Ref("aws_sns_topic", "alerts", "arn")
COMPOSITE = "aws_cloudwatch_composite_alarm"
_TELLS: Arguments = {"alarm_actions": [TOPIC], "ok_actions": [TOPIC]}


def cloudwatch_alarms(system: System) -> tuple[ResourceBlock, ...]:
    """Return the alarms of every alert of the home region that AWS publishes a metric for."""
    regions = regions_of(system)
    return tuple(alarms_in(regions[0])) if regions else ()


def alarms_in(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the alarms of one region, in the order of the alerts; what is joined comes first."""
    for rule, metric in watched_in(region):
        yield from _blocks_of(region, rule, metric)


def resource_name(rule: AlertRule) -> str:
    """Return the name of the alarm's block: `api_p95`."""
    name = rule.name.replace("-", "_")
    return name if name[:1].isalpha() else f"alarm_{name}"


def _blocks_of(
    region: AwsRegion, rule: AlertRule, metric: CloudWatchMetric
) -> Iterator[ResourceBlock]:
    if rule.short_window_seconds is None:
        yield _block(region, alarm_of(rule, metric), {**_TELLS, "tags": _tags(rule)})
        return
    parts = [
        _block(region, alarm_of(one, metric), {"tags": _tags(one)}) for one in rule.of_one_window()
    ]
    yield from parts
    yield _both(region, rule, parts)


def _both(region: AwsRegion, rule: AlertRule, parts: Sequence[ResourceBlock]) -> ResourceBlock:
    """Return the alarm that tells somebody: both windows are past the threshold."""
    names = [part.ref("alarm_name") for part in parts]
    said: list[Value] = [piece for name in names for piece in (" AND ALARM(", name, ")")]
    return ResourceBlock(
        COMPOSITE,
        resource_name(rule),
        {
            "alarm_name": f"{region.prefix}-{rule.name}",
            "alarm_description": f"{rule.description} ({rule.source})"[:1024],
            "alarm_rule": Joined("ALARM(", *said[1:]),
            **_TELLS,
            "tags": _tags(rule),
        },
        SECTION,
        comment=f"{_one_line(rule.description)}: {rule.source}.",
    )


def _tags(rule: AlertRule) -> dict[str, Value]:
    return {"Severity": rule.severity, "Component": rule.part}


def _block(region: AwsRegion, alarm: Alarm, ends: Arguments) -> ResourceBlock:
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
            **ends,
        },
        SECTION,
        comment=_comment(alarm, has_actions="alarm_actions" in ends),
    )


def _comment(alarm: Alarm, *, has_actions: bool) -> str:
    rule = alarm.rule
    said = f"{_one_line(rule.description)}: {rule.source}."
    return said if has_actions else f"{said}\nTells nobody: the alarm on both windows does."


def _measured(alarm: Alarm) -> Arguments:
    metric = alarm.metric
    if metric.per is not None:
        return {"metric_query": _queries(alarm)}
    if metric.others:
        return {"metric_query": _worst(alarm)}
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
    return [
        share,
        _query("part", metric.name, alarm, metric.dimensions, "Sum"),
        _query("whole", metric.per or "", alarm, metric.dimensions, "Sum"),
    ]


def _worst(alarm: Alarm) -> list[Block]:
    metric = alarm.metric
    things = (metric.dimensions, *metric.others)
    names = [f"node{number}" for number in range(1, len(things) + 1)]
    worst = "MAX" if alarm.comparison == "GreaterThanThreshold" else "MIN"
    first = Block(
        {
            "id": "worst",
            "expression": f"{worst}([{', '.join(names)}])",
            "label": alarm.rule.metric,
            "return_data": True,
        },
        comment="Each of them may be in trouble alone.",
    )
    asked = (
        _query(name, metric.name, alarm, dimensions, alarm.statistic)
        for name, dimensions in zip(names, things, strict=True)
    )
    return [first, *asked]


def _query(
    identifier: str, name: str, alarm: Alarm, dimensions: Mapping[str, Value], statistic: str
) -> Block:
    asked: dict[str, Value | Block | Sequence[Block]] = {
        "namespace": alarm.metric.namespace,
        "metric_name": name,
        "dimensions": dimensions,
        "stat": statistic,
        "period": alarm.period_seconds,
    }
    return Block({"id": identifier, "metric": Block(asked)})


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
