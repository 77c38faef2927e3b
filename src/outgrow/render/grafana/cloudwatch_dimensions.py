"""Names of things on AWS: those that Terraform gives, and variables for those AWS chooses."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.alerts.published import CloudWatchMetric
from outgrow.render.aws.region import AwsRegion
from outgrow.render.grafana.panel import JsonObject, Variable
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Ref, Value
from outgrow.render.writers.json_text import Json

_CLOUDFRONT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a dimension is called, and the variable that finds it out where only AWS knows."""

    text: str
    variable: Variable | None = None


def published_in(region: AwsRegion, found: CloudWatchMetric) -> str:
    """Return the region that publishes a metric: CloudFront's are all in one."""
    is_global = found.dimensions.get("Region") == "Global"
    return _CLOUDFRONT_REGION if is_global else region.region


def dimension_of(
    region: AwsRegion, part: Part, found: CloudWatchMetric, key: str, value: Value
) -> Dimension:
    """Return `value` as a target writes it, with the variable that finds it where one must."""
    if isinstance(value, str):
        return Dimension(value)
    if isinstance(value, Joined):
        pieces = [dimension_of(region, part, found, key, one) for one in value.parts]
        variable = next((one.variable for one in pieces if one.variable), None)
        return Dimension("".join(one.text for one in pieces), variable)
    if not isinstance(value, Ref):
        raise TypeError(f"{type(value).__name__} does not name a dimension")
    known = _known(region, part, value)
    if known is not None:
        return Dimension(known)
    name = f"{key}_{value.name}".lower()
    return Dimension(f"${{{name}}}", Variable(name, _lookup(region, part, found, key, value)))


def _known(region: AwsRegion, part: Part, ref: Ref) -> str | None:
    """Return the name that Terraform gives to what `ref` points at, or None for AWS's own."""
    named = f"{region.prefix}-{part.name}"
    replica = ref.name.removeprefix(region.name(part)).replace("_", "-")
    return {
        "aws_ecs_cluster": region.prefix,
        "aws_ecs_service": part.name,
        "aws_db_instance": named + replica,
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
    return {
        "refId": "CloudWatchVariableQueryEditor-VariableQuery",
        "queryType": "dimensionValues",
        "region": published_in(region, found),
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
