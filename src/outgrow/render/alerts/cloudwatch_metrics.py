"""What CloudWatch calls each canonical metric: namespace, name, dimensions and unit.

One table, and nothing else, says what AWS publishes. A metric that is not in it for a service
has no alarm: `cloudwatch_metric` returns None and the target reports a loss. In particular
AWS/EC2 knows nothing of memory and disks; both come from the CloudWatch agent (`CWAgent`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from outgrow.render.alerts.published import CloudWatchMetric, Find
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.alerts.store_metrics import (
    cache,
    documentdb,
    rds,
    rds_connections_share,
    rds_memory,
    rds_replication_lag,
    rds_used,
)
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.releases import is_shifted
from outgrow.render.aws.traffic import balancer_of, is_single
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Ref, Value


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


def machine_dimensions(region: AwsRegion, part: Part) -> Mapping[str, Value]:
    """Return the dimension that names a machine, its group, or its nodes."""
    name = region.name(part)
    if region.is_node(part):
        steps = ("resources", 0, "autoscaling_groups", 0, "name")
        return {"AutoScalingGroupName": Ref("aws_eks_node_group", name, steps)}
    if is_single(region, part):
        return {"InstanceId": Ref("aws_instance", name, "id")}
    return {"AutoScalingGroupName": Ref("aws_autoscaling_group", name, "name")}


def _is_latency(rule: AlertRule) -> bool:
    return rule.percentile is not None and rule.metric.startswith("latency_p")


def _balanced(name: str, factor: int = 1, per: str | None = None) -> Find:
    def find(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
        balancer = balancer_of(region, part)
        if balancer is None or balancer.service != "aws/alb":
            return None  # a network load balancer counts connections, not requests
        target, lb = region.name(part), region.name(balancer)
        dimensions: dict[str, Value] = {"LoadBalancer": Ref("aws_lb", lb, "arn_suffix")}
        notes = ["The load balancer measures in seconds."] if factor == 1000 else []
        if is_shifted(region, part):
            notes.append(
                "Users are with one target group or the other, so that of the whole load"
                " balancer counts."
            )
        else:
            dimensions["TargetGroup"] = Ref("aws_lb_target_group", target, "arn_suffix")
        return CloudWatchMetric(
            "AWS/ApplicationELB", name, dimensions, Decimal(factor), per=per, note=" ".join(notes)
        )

    return find


def _healthy(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    if not is_shifted(region, part):
        return _balanced("HealthyHostCount")(region, part)
    # A load balancer counts them by target group alone, and either may be the empty one.
    why = "Users are with one target group or the other; ECS counts the tasks of both."
    running = _fargate("RunningTaskCount")(region, part)
    return replace(running, namespace="ECS/ContainerInsights", note=why) if running else None


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


_MICRO_TO_MILLI = Decimal("0.001")
# (canonical metric, service of the part) -> what AWS publishes. "*" is any service: what is
# measured in front of the part, by its load balancer.
_TABLE: Mapping[tuple[str, str], Find] = {
    ("latency_percentile_ms", "*"): _balanced("TargetResponseTime", 1000),
    ("latency_percentile_ms", "aws/lambda"): _lambda("Duration"),
    ("error_rate_percent", "*"): _balanced("HTTPCode_Target_5XX_Count", per="RequestCount"),
    ("error_rate_percent", "aws/cloudfront"): _cdn_errors,
    ("error_rate_percent", "aws/lambda"): _lambda("Errors", per="Invocations"),
    ("healthy_instances", "*"): _healthy,
    ("cpu_used_percent", "aws/ec2"): _machine("AWS/EC2", "CPUUtilization"),
    ("cpu_used_percent", "aws/fargate"): _fargate("CPUUtilization"),
    ("cpu_used_percent", "aws/rds-postgresql"): rds("CPUUtilization"),
    ("cpu_used_percent", "aws/elasticache"): cache("EngineCPUUtilization"),
    ("cpu_used_percent", "aws/documentdb"): documentdb("CPUUtilization"),
    ("cpu_credit_balance", "aws/ec2"): _machine("AWS/EC2", "CPUCreditBalance"),
    ("cpu_credit_balance", "aws/rds-postgresql"): rds("CPUCreditBalance"),
    ("network_in_bytes", "aws/ec2"): _machine("AWS/EC2", "NetworkIn"),
    ("memory_used_percent", "aws/ec2"): _machine("CWAgent", "mem_used_percent"),
    ("memory_used_percent", "aws/fargate"): _fargate("MemoryUtilization"),
    ("memory_used_percent", "aws/rds-postgresql"): rds_memory,
    ("memory_used_percent", "aws/elasticache"): cache("DatabaseMemoryUsagePercentage"),
    ("disk_used_percent", "aws/ec2"): _machine("CWAgent", "disk_used_percent"),
    ("disk_used_percent", "aws/rds-postgresql"): rds_used(share=True),
    ("free_storage_gb", "aws/rds-postgresql"): rds("FreeStorageSpace", Decimal(1) / 10**9),
    ("storage_gb", "aws/rds-postgresql"): rds_used(share=False),
    ("database_gb", "aws/rds-postgresql"): rds_used(share=False),
    ("storage_gb", "aws/documentdb"): documentdb("VolumeBytesUsed", Decimal(1) / 10**9),
    ("storage_gb", "aws/elasticache"): cache("BytesUsedForCache", Decimal(1) / 10**9),
    ("connections", "aws/rds-postgresql"): rds("DatabaseConnections"),
    ("connections", "aws/documentdb"): documentdb("DatabaseConnections"),
    ("connections", "aws/elasticache"): cache("CurrConnections"),
    ("connections_used_percent", "aws/rds-postgresql"): rds_connections_share,
    ("latency_ms", "aws/elasticache"): cache(
        "GetTypeCmdsLatency", _MICRO_TO_MILLI, "The latency of reads, in microseconds."
    ),
    ("replication_lag_seconds", "aws/rds-postgresql"): rds_replication_lag,
    ("certificate_days_left", "aws/alb"): _certificate("main"),
    ("certificate_days_left", "aws/cloudfront"): _certificate("cdn"),
}
CLOUDWATCH_METRICS = frozenset(metric for metric, _ in _TABLE)
