"""Queries of CloudWatch, by the table that its alarms come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal

from outgrow.render.alerts.cloudwatch_metrics import cloudwatch_metric
from outgrow.render.alerts.coverage import has_cloudwatch
from outgrow.render.alerts.published import CloudWatchMetric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.grafana.cloudwatch_dimensions import dimension_of, published_in
from outgrow.render.grafana.panel import JsonObject, Query
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import Part, System

_COUNTS = "requests_per_second"
_DIGITS = Context(prec=10)


def cloudwatch_query(
    system: System, part: Part, metric: str, percentile: Decimal | None, legend: str
) -> Query | None:
    """Return how to ask CloudWatch for a canonical metric of `part`, or None."""
    regions = regions_of(system)
    if not regions or not has_cloudwatch(system):
        return None
    asked = "error_rate_percent" if metric == _COUNTS else metric
    found = cloudwatch_metric(regions[0], _rule(part, asked, percentile))
    if found is None or (metric == _COUNTS and found.per is None):
        return None
    return _query(regions[0], part, found, metric, percentile, legend)


def _rule(part: Part, metric: str, percentile: Decimal | None) -> AlertRule:
    return AlertRule(
        name=metric,
        metric=metric,
        part=part.name,
        comparison="above",
        threshold=Decimal(0),
        statistic="average",
        window_seconds=60,
        windows=1,
        severity="info",
        description="",
        source="",
        path=part.path,
        percentile=percentile,
    )


def _query(
    region: AwsRegion,
    part: Part,
    found: CloudWatchMetric,
    metric: str,
    percentile: Decimal | None,
    legend: str,
) -> Query:
    things = [
        {key: dimension_of(region, part, found, key, value) for key, value in thing.items()}
        for thing in (found.dimensions, *found.others)
    ]
    stem = safe_name(f"{part.name}-{metric}").replace("-", "_")
    asked = [
        _Asked(region, found, {key: one.text for key, one in thing.items()}, legend)
        for thing in things
    ]
    base = asked[0]
    variables = tuple(
        one.variable for thing in things for one in thing.values() if one.variable is not None
    )
    targets: tuple[JsonObject, ...]
    if metric == _COUNTS:
        counted = base.metric(found.per or "", "Sum", f"{stem}_n", hidden=True)
        targets = (counted, base.math(f"{stem}_n / PERIOD({stem}_n)", stem))
    elif found.per is not None:
        one = base.metric(found.name, "Sum", f"{stem}_part", hidden=True)
        all_ = base.metric(found.per, "Sum", f"{stem}_all", hidden=True)
        share = f"100 * FILL({stem}_part, 0) / {stem}_all"
        targets = (one, all_, base.math(share, stem))
    else:
        statistic = "Average" if percentile is None else f"p{percentile:f}"
        targets = tuple(
            one
            for number, each in enumerate(asked, 1)
            for one in _level(*_numbered(each, stem, number, len(asked)), found, statistic)
        )
    return Query("cloudwatch", targets, variables)


def _numbered(base: _Asked, stem: str, number: int, count: int) -> tuple[_Asked, str]:
    """Return what to ask and the stem of its ids, told apart where several things are asked."""
    if count == 1:
        return base, stem
    return replace(base, legend=f"{base.legend} {number}"), f"{stem}_{number}"


def _level(
    base: _Asked, stem: str, found: CloudWatchMetric, statistic: str
) -> tuple[JsonObject, ...]:
    if found.factor == 1 and found.offset == 0:
        return (base.metric(found.name, statistic, stem, hidden=False),)
    published = base.metric(found.name, statistic, f"{stem}_raw", hidden=True)
    scaled = f"{_number(found.offset)} + {_number(found.factor)} * {stem}_raw"
    return (published, base.math(scaled.removeprefix("0 + "), stem))


def _number(value: Decimal) -> str:
    return f"{value.normalize(_DIGITS):f}" if value else "0"


@dataclass(frozen=True, slots=True)
class _Asked:
    region: AwsRegion
    found: CloudWatchMetric
    dimensions: dict[str, str]
    legend: str

    @property
    def where(self) -> str:
        return published_in(self.region, self.found)

    def metric(self, name: str, statistic: str, id_: str, *, hidden: bool) -> JsonObject:
        """Return a target for a metric as AWS publishes it."""
        return {
            "id": id_,
            "hide": hidden,
            "queryMode": "Metrics",
            "metricQueryType": 0,
            "metricEditorMode": 0,
            "region": self.where,
            "namespace": self.found.namespace,
            "metricName": name,
            "dimensions": dict(self.dimensions),
            "matchExact": True,
            "statistic": statistic,
            "period": "",
            "label": self.legend,
        }

    def math(self, expression: str, id_: str) -> JsonObject:
        """Return a target that computes with others, which it calls by their ids."""
        return {
            "id": id_,
            "hide": False,
            "queryMode": "Metrics",
            "metricQueryType": 0,
            "metricEditorMode": 1,
            "region": self.where,
            "expression": expression,
            "period": "",
            "label": self.legend,
        }
