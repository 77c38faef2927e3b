"""Queries of CloudWatch, by the table that its alarms come from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from outgrow.render.alerts.cloudwatch_metrics import CloudWatchMetric, cloudwatch_metric
from outgrow.render.alerts.coverage import has_cloudwatch
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.grafana.json_text import Json, JsonObject
from outgrow.render.grafana.panel import Query, Variable
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import Part, System
from outgrow.render.writers.expressions import Joined, Ref, Value

CLOUDFRONT_REGION = "us-east-1"
_COUNTS = "requests_per_second"
_DIGITS = Context(prec=10)


@dataclass(frozen=True, slots=True)
class _Dimension:
    """What a dimension is called, and the variable that finds it out where only AWS knows."""

    text: str
    variable: Variable | None = None


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
    dimensions = {
        key: _dimension(region, part, found, key, value) for key, value in found.dimensions.items()
    }
    stem = safe_name(f"{part.name}-{metric}").replace("-", "_")
    base = _Asked(region, found, {key: one.text for key, one in dimensions.items()}, legend)
    variables = tuple(one.variable for one in dimensions.values() if one.variable is not None)
    if metric == _COUNTS:
        counted = base.metric(found.per or "", "Sum", f"{stem}_n", hidden=True)
        targets = (counted, base.math(f"{stem}_n / PERIOD({stem}_n)", stem))
    elif found.per is not None:
        one = base.metric(found.name, "Sum", f"{stem}_part", hidden=True)
        all_ = base.metric(found.per, "Sum", f"{stem}_all", hidden=True)
        share = f"100 * FILL({stem}_part, 0) / {stem}_all"
        targets = (one, all_, base.math(share, stem))
    else:
        targets = _level(base, found, "Average" if percentile is None else f"p{percentile:f}", stem)
    return Query("cloudwatch", targets, variables)


def _level(
    base: _Asked, found: CloudWatchMetric, statistic: str, stem: str
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
        is_global = self.dimensions.get("Region") == "Global"
        return CLOUDFRONT_REGION if is_global else self.region.region

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


def _dimension(
    region: AwsRegion, part: Part, found: CloudWatchMetric, key: str, value: Value
) -> _Dimension:
    if isinstance(value, str):
        return _Dimension(value)
    if isinstance(value, Joined):
        pieces = [_dimension(region, part, found, key, one) for one in value.parts]
        variable = next((one.variable for one in pieces if one.variable), None)
        return _Dimension("".join(one.text for one in pieces), variable)
    if not isinstance(value, Ref):
        raise TypeError(f"{type(value).__name__} does not name a dimension")
    known = _known(region, part, value)
    if known is not None:
        return _Dimension(known)
    name = f"{key}_{value.name}".lower()
    return _Dimension(f"${{{name}}}", Variable(name, _lookup(region, part, found, key, value)))


def _known(region: AwsRegion, part: Part, ref: Ref) -> str | None:
    """Return the name that Terraform gives to what `ref` points at, or None for AWS's own."""
    named = f"{region.prefix}-{part.name}"
    return {
        "aws_ecs_cluster": region.prefix,
        "aws_ecs_service": part.name,
        "aws_db_instance": named,
        "aws_docdb_cluster": named,
        "aws_elasticache_replication_group": region.short_name(part.name, 40),
        "aws_autoscaling_group": region.global_name(part.name),
    }.get(ref.type)


def _lookup(
    region: AwsRegion, part: Part, found: CloudWatchMetric, key: str, ref: Ref
) -> JsonObject:
    """Return a query variable that finds an identifier which AWS chose."""
    name = f"{key}_{ref.name}".lower()
    if key == "InstanceId":
        query = _instance_query(region, part)
    else:
        query = _dimension_query(region, found, key)
    pattern = _pattern(region, key, ref)
    return {
        "name": name,
        "label": f"{key} of {part.name}",
        "type": "query",
        "query": query,
        "regex": pattern,
        "refresh": 1,
        "sort": 1,
        # What a pattern finds needs no choosing.
        "hide": 2 if pattern or key == "InstanceId" else 0,
        "multi": False,
        "includeAll": False,
        "current": {},
        "options": [],
    }


def _dimension_query(region: AwsRegion, found: CloudWatchMetric, key: str) -> JsonObject:
    is_global = found.dimensions.get("Region") == "Global"
    return {
        "refId": "CloudWatchVariableQueryEditor-VariableQuery",
        "queryType": "dimensionValues",
        "region": CLOUDFRONT_REGION if is_global else region.region,
        "namespace": found.namespace,
        "metricName": found.name,
        "dimensionKey": key,
        "dimensionFilters": {},
    }


def _instance_query(region: AwsRegion, part: Part) -> JsonObject:
    tags: list[Json] = [f"{region.prefix}-{part.name}"]
    return {
        "refId": "CloudWatchVariableQueryEditor-VariableQuery",
        "queryType": "ec2InstanceAttributes",
        "region": region.region,
        "attributeName": "InstanceId",
        "ec2Filters": {"tag:Name": tags},
    }


def _pattern(region: AwsRegion, key: str, ref: Ref) -> str:
    named = region.short_name(ref.name.replace("_", "-"))
    return {
        "LoadBalancer": rf"/^app\/{named}\//",
        "TargetGroup": rf"/^targetgroup\/{named}\//",
        "AutoScalingGroupName": "/^eks-/",
    }.get(key, "")
