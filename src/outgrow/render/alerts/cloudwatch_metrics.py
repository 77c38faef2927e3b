"""What CloudWatch calls each canonical metric: namespace, name, dimensions and unit.

One table, and nothing else, says what AWS publishes. A metric that is not in it for a service
has no alarm: `cloudwatch_metric` returns None and the target reports a loss. In particular
AWS/EC2 knows nothing of memory and disks; both come from the CloudWatch agent (`CWAgent`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.region import COMPUTE_SERVICES, AwsRegion
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Ref, Value

GIB = 1024**3
_GB_PER_GIB = Decimal(GIB) / 10**9
_BYTES_PER_CONNECTION = 9_531_392  # RDS: max_connections = memory in bytes / this, 5000 at most
_MOST_CONNECTIONS = 5000


@dataclass(frozen=True, slots=True)
class CloudWatchMetric:
    """A metric of CloudWatch, and how its value becomes the canonical one.

    canonical = `offset` + `factor` x published. `name` is divided by `per` where the canonical
    metric is a share of two counts.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, Value]
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    per: str | None = None
    note: str = ""


Find = Callable[[AwsRegion, Part], CloudWatchMetric | None]


def cloudwatch_metric(region: AwsRegion, rule: AlertRule) -> CloudWatchMetric | None:
    """Return what AWS publishes for the rule's metric of its part, or None for nothing."""
    part = region.part(rule.part)
    if part is None:
        return None
    metric = "latency_percentile_ms" if _is_latency(rule) else rule.metric
    for service in (part.service, "*"):
        find = _TABLE.get((metric, service))
        found = find(region, part) if find else None
        if found is not None:
            return found
    return None


def balancer_of(region: AwsRegion, part: Part) -> Part | None:
    """Return the application load balancer that sends requests to `part`, or None."""
    host = region.part(part.runs_on) if part.runs_on else part
    if part.listens is None or host is None or host.service not in COMPUTE_SERVICES:
        return None
    return next((b for b in region.on("aws/alb") if part.name in b.links), None)


def machine_dimensions(region: AwsRegion, part: Part) -> Mapping[str, Value]:
    """Return the dimension that names a machine, its group, or its nodes."""
    name = region.name(part)
    if region.is_node(part):
        steps = ("resources", 0, "autoscaling_groups", 0, "name")
        return {"AutoScalingGroupName": Ref("aws_eks_node_group", name, steps)}
    if is_single(region, part):
        return {"InstanceId": Ref("aws_instance", name, "id")}
    return {"AutoScalingGroupName": Ref("aws_autoscaling_group", name, "name")}


def is_single(region: AwsRegion, machine: Part) -> bool:
    """Return whether `machine` stands alone, outside of an Auto Scaling group."""
    carried = (machine, *region.hosted_by(machine))
    return machine.instances.maximum == 1 and not any(balancer_of(region, p) for p in carried)


def max_connections(part: Part) -> int | None:
    """Return how many connections a PostgreSQL accepts: its limit, or RDS's own formula."""
    limit = next((r.limit.value for r in part.resource.limits if r.limit.name == "connections"), 0)
    if limit:
        return int(limit)
    if part.size.assumed or part.service != "aws/rds-postgresql":
        return None
    return min(int(part.size.memory_gib * GIB / _BYTES_PER_CONNECTION), _MOST_CONNECTIONS)


def _is_latency(rule: AlertRule) -> bool:
    return rule.percentile is not None and rule.metric.startswith("latency_p")


def _balanced(name: str, factor: int = 1, per: str | None = None) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
        balancer = balancer_of(region, part)
        if balancer is None:
            return None
        target, lb = region.name(part), region.name(balancer)
        dimensions: dict[str, Value] = {
            "LoadBalancer": Ref("aws_lb", lb, "arn_suffix"),
            "TargetGroup": Ref("aws_lb_target_group", target, "arn_suffix"),
        }
        note = "The load balancer measures in seconds." if factor == 1000 else ""
        return CloudWatchMetric(
            "AWS/ApplicationELB", name, dimensions, Decimal(factor), per=per, note=note
        )

    return find


# The agent's metrics as Container Insights calls them on the machines of a cluster.
_NODE_METRICS = {
    "mem_used_percent": "node_memory_utilization",
    "disk_used_percent": "node_filesystem_utilization",
}


def _machine(namespace: str, name: str) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        note = "AWS/EC2 does not publish it; the CloudWatch agent does."
        agent = namespace == "CWAgent"
        if agent and region.is_node(part) and region.cluster is not None:
            cluster = Ref("aws_eks_cluster", region.name(region.cluster), "name")
            insight = _NODE_METRICS[name]
            why = "The add-on amazon-cloudwatch-observability publishes it."
            return CloudWatchMetric(
                "ContainerInsights", insight, {"ClusterName": cluster}, note=why
            )
        return CloudWatchMetric(
            namespace, name, machine_dimensions(region, part), note=note if agent else ""
        )

    return find


def _fargate(name: str) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        return CloudWatchMetric(
            "AWS/ECS",
            name,
            {
                "ClusterName": Ref("aws_ecs_cluster", "main", "name"),
                "ServiceName": Ref("aws_ecs_service", region.name(part), "name"),
            },
        )

    return find


def _rds(name: str, factor: Decimal = Decimal(1)) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        identifier = region.database(part)
        return CloudWatchMetric("AWS/RDS", name, {"DBInstanceIdentifier": identifier}, factor)

    return find


def _rds_connections_share(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    most = max_connections(part)
    if most is None:
        return None
    found = _rds("DatabaseConnections", Decimal(100) / most)(region, part)
    stated = any(reach.limit.name == "connections" for reach in part.resource.limits)
    said = "The strategy counts with" if stated else "It accepts"
    return _noted(found, f"{said} {most} connections.") if found else None


def _rds_used(share: bool) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
        storage = part.setting("storage_gb")
        if not isinstance(storage, Decimal) or not storage:
            return None
        whole = Decimal(100) if share else storage * _GB_PER_GIB
        per_byte = -(Decimal(100) / (storage * GIB) if share else Decimal(1) / 10**9)
        identifier = region.database(part)
        note = f"RDS publishes the free bytes of the {storage:f} GB it starts with."
        return CloudWatchMetric(
            "AWS/RDS",
            "FreeStorageSpace",
            {"DBInstanceIdentifier": identifier},
            per_byte,
            whole,
            note=note,
        )

    return find


def _rds_memory(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    if part.size.assumed:
        return None
    identifier = region.database(part)
    per_byte = -Decimal(100) / (part.size.memory_gib * GIB)
    return CloudWatchMetric(
        "AWS/RDS",
        "FreeableMemory",
        {"DBInstanceIdentifier": identifier},
        per_byte,
        Decimal(100),
        note=f"RDS publishes the free bytes of {part.size.memory_gib} GiB.",
    )


def _cache(name: str, factor: Decimal = Decimal(1), note: str = "") -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        group = Ref("aws_elasticache_replication_group", region.name(part), "id")
        return CloudWatchMetric(
            "AWS/ElastiCache",
            name,
            {"CacheClusterId": Joined(group, "-001")},
            factor,
            note=note,
        )

    return find


def _documentdb(name: str, factor: Decimal = Decimal(1)) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        cluster = Ref("aws_docdb_cluster", region.name(part), "cluster_identifier")
        return CloudWatchMetric("AWS/DocDB", name, {"DBClusterIdentifier": cluster}, factor)

    return find


def _lambda(name: str, per: str | None = None) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        function = Ref("aws_lambda_function", region.name(part), "function_name")
        return CloudWatchMetric("AWS/Lambda", name, {"FunctionName": function}, per=per)

    return find


def _certificate(name: str) -> Find:
    def find(region: AwsRegion, _: Part) -> CloudWatchMetric | None:
        if name == "cdn" and region.region != "us-east-1":
            return None  # a certificate of CloudFront and its metric stand in us-east-1 only
        arn = Ref("aws_acm_certificate", name, "arn")
        return CloudWatchMetric("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": arn})

    return find


def _cdn_errors(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    if region.region != "us-east-1":
        return None
    distribution = Ref("aws_cloudfront_distribution", region.name(part), "id")
    return CloudWatchMetric(
        "AWS/CloudFront", "5xxErrorRate", {"DistributionId": distribution, "Region": "Global"}
    )


def _noted(metric: CloudWatchMetric, note: str) -> CloudWatchMetric:
    return CloudWatchMetric(
        metric.namespace, metric.name, metric.dimensions, metric.factor, metric.offset, None, note
    )


_MICRO_TO_MILLI = Decimal("0.001")
# (canonical metric, service of the part) -> what AWS publishes. "*" is any service: what is
# measured in front of the part, by its load balancer.
_TABLE: Mapping[tuple[str, str], Find] = {
    ("latency_percentile_ms", "*"): _balanced("TargetResponseTime", 1000),
    ("latency_percentile_ms", "aws/lambda"): _lambda("Duration"),
    ("error_rate_percent", "*"): _balanced("HTTPCode_Target_5XX_Count", per="RequestCount"),
    ("error_rate_percent", "aws/cloudfront"): _cdn_errors,
    ("error_rate_percent", "aws/lambda"): _lambda("Errors", per="Invocations"),
    ("healthy_instances", "*"): _balanced("HealthyHostCount"),
    ("cpu_used_percent", "aws/ec2"): _machine("AWS/EC2", "CPUUtilization"),
    ("cpu_used_percent", "aws/fargate"): _fargate("CPUUtilization"),
    ("cpu_used_percent", "aws/rds-postgresql"): _rds("CPUUtilization"),
    ("cpu_used_percent", "aws/elasticache"): _cache("EngineCPUUtilization"),
    ("cpu_used_percent", "aws/documentdb"): _documentdb("CPUUtilization"),
    ("cpu_credit_balance", "aws/ec2"): _machine("AWS/EC2", "CPUCreditBalance"),
    ("cpu_credit_balance", "aws/rds-postgresql"): _rds("CPUCreditBalance"),
    ("network_in_bytes", "aws/ec2"): _machine("AWS/EC2", "NetworkIn"),
    ("memory_used_percent", "aws/ec2"): _machine("CWAgent", "mem_used_percent"),
    ("memory_used_percent", "aws/fargate"): _fargate("MemoryUtilization"),
    ("memory_used_percent", "aws/rds-postgresql"): _rds_memory,
    ("memory_used_percent", "aws/elasticache"): _cache("DatabaseMemoryUsagePercentage"),
    ("disk_used_percent", "aws/ec2"): _machine("CWAgent", "disk_used_percent"),
    ("disk_used_percent", "aws/rds-postgresql"): _rds_used(share=True),
    ("storage_gb", "aws/rds-postgresql"): _rds_used(share=False),
    ("database_gb", "aws/rds-postgresql"): _rds_used(share=False),
    ("storage_gb", "aws/documentdb"): _documentdb("VolumeBytesUsed", Decimal(1) / 10**9),
    ("storage_gb", "aws/elasticache"): _cache("BytesUsedForCache", Decimal(1) / 10**9),
    ("connections", "aws/rds-postgresql"): _rds("DatabaseConnections"),
    ("connections", "aws/documentdb"): _documentdb("DatabaseConnections"),
    ("connections", "aws/elasticache"): _cache("CurrConnections"),
    ("connections_used_percent", "aws/rds-postgresql"): _rds_connections_share,
    ("latency_ms", "aws/elasticache"): _cache(
        "GetTypeCmdsLatency", _MICRO_TO_MILLI, "The latency of reads, in microseconds."
    ),
    ("replication_lag_seconds", "aws/rds-postgresql"): _rds("ReplicaLag"),
    ("certificate_days_left", "aws/alb"): _certificate("main"),
    ("certificate_days_left", "aws/cloudfront"): _certificate("cdn"),
}
CLOUDWATCH_METRICS = frozenset(metric for metric, _ in _TABLE)
