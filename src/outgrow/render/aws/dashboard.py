"""A dashboard of CloudWatch: what one looks at first when something is slow or dear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.documentdb import DOCUMENTDB
from outgrow.render.aws.elasticache import ELASTICACHE, nodes_of
from outgrow.render.aws.hosts import balanced, distributed
from outgrow.render.aws.rds_facts import RDS
from outgrow.render.aws.region import AwsRegion
from outgrow.render.writers.expressions import JsonText, Ref, ResourceBlock, Value

_SECTION = "dashboard"
_WIDTH, _HEIGHT = 12, 6
_COLUMNS = 2
Metric = Sequence[Value]


def dashboard_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the dashboard of a region, where there is something to show."""
    shown = list(_graphs(region))
    if not shown:
        return
    if region.is_home:
        shown.append(_cost())
    widgets: list[Value] = [_placed(widget, number) for number, widget in enumerate(shown)]
    yield ResourceBlock(
        "aws_cloudwatch_dashboard",
        "main",
        {
            "dashboard_name": region.global_name("overview"),
            "dashboard_body": JsonText({"widgets": widgets}),
        },
        section=_SECTION,
    )


def _graphs(region: AwsRegion) -> Iterator[dict[str, Value]]:
    yield from _balancers(region)
    yield from _services(region)
    yield from _databases(region)
    yield from _caches(region)
    yield from _distributions(region)


def _placed(properties: dict[str, Value], number: int) -> Value:
    return {
        "type": "metric",
        "x": number % _COLUMNS * _WIDTH,
        "y": number // _COLUMNS * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": properties,
    }


def _graph(
    region: str, title: str, metrics: Sequence[Metric], period: int = 60, **more: Value
) -> dict[str, Value]:
    listed: list[Value] = [list(metric) for metric in metrics]
    shown: dict[str, Value] = {"title": title, "region": region, "view": "timeSeries"}
    return {**shown, "period": period, "metrics": listed, **more}


def _balancers(region: AwsRegion) -> Iterator[dict[str, Value]]:
    seen = dict.fromkeys(region.name(balancer) for balancer, _part in balanced(region))
    for name in seen:
        by: Metric = ("LoadBalancer", Ref("aws_lb", name, "arn_suffix"))
        space = "AWS/ApplicationELB"
        time: list[Metric] = [
            (space, "TargetResponseTime", *by, {"stat": stat}) for stat in ("p50", "p95", "p99")
        ]
        yield _graph(region.region, f"{name}: seconds to answer", time)
        counts: list[Metric] = [
            (space, metric, *by, {"stat": "Sum"})
            for metric in (
                "RequestCount",
                "HTTPCode_Target_4XX_Count",
                "HTTPCode_Target_5XX_Count",
                "HTTPCode_ELB_5XX_Count",
            )
        ]
        yield _graph(region.region, f"{name}: requests and errors", counts)


def _services(region: AwsRegion) -> Iterator[dict[str, Value]]:
    services = region.on("aws/fargate")
    if not services:
        return
    cluster = Ref("aws_ecs_cluster", "main", "name")
    used: list[Metric] = [
        (
            "AWS/ECS",
            metric,
            "ClusterName",
            cluster,
            "ServiceName",
            Ref("aws_ecs_service", region.name(part), "name"),
        )
        for part in services
        for metric in ("CPUUtilization", "MemoryUtilization")
    ]
    yield _graph(region.region, "Services: per cent of processor and memory", used)


def _databases(region: AwsRegion) -> Iterator[dict[str, Value]]:
    for part in region.on(RDS):
        by: Metric = ("DBInstanceIdentifier", region.database(part))
        yield from _database(region, part.name, "AWS/RDS", by)
    for part in region.on(DOCUMENTDB) if region.is_home else ():
        by = ("DBClusterIdentifier", Ref("aws_docdb_cluster", region.name(part), "id"))
        yield from _database(region, part.name, "AWS/DocDB", by)


def _database(region: AwsRegion, name: str, space: str, by: Metric) -> Iterator[dict[str, Value]]:
    right: dict[str, Value] = {"yAxis": "right"}
    load: list[Metric] = [
        (space, "CPUUtilization", *by),
        (space, "DatabaseConnections", *by, right),
    ]
    yield _graph(region.region, f"{name}: per cent of processor, and connections", load)
    left = "FreeStorageSpace" if space == "AWS/RDS" else "VolumeBytesUsed"
    room: list[Metric] = [(space, left, *by), (space, "FreeableMemory", *by, right)]
    yield _graph(region.region, f"{name}: storage and free memory, in bytes", room, 300)


def _caches(region: AwsRegion) -> Iterator[dict[str, Value]]:
    for part in region.on(ELASTICACHE):
        # ElastiCache numbers the nodes of a replication group itself: name-001, name-002.
        group = region.short_name(part.name, 40)
        nodes = [f"{group}-{number:03d}" for number in range(1, nodes_of(part) + 1)]
        used: list[Metric] = [
            ("AWS/ElastiCache", metric, "CacheClusterId", node)
            for node in nodes
            for metric in ("CacheHitRate", "DatabaseMemoryUsagePercentage", "EngineCPUUtilization")
        ]
        yield _graph(region.region, f"{part.name}: per cent of hits, memory and processor", used)


def _distributions(region: AwsRegion) -> Iterator[dict[str, Value]]:
    for part in distributed(region):
        by: Metric = (
            "DistributionId",
            Ref("aws_cloudfront_distribution", region.name(part), "id"),
            "Region",
            "Global",
        )
        counts: list[Metric] = [
            ("AWS/CloudFront", "Requests", *by, {"stat": "Sum"}),
            ("AWS/CloudFront", "5xxErrorRate", *by, {"stat": "Average", "yAxis": "right"}),
        ]
        yield _graph("us-east-1", f"{part.name}: requests, and per cent of errors", counts, 300)


def _cost() -> dict[str, Value]:
    charged: Metric = ("AWS/Billing", "EstimatedCharges", "Currency", "USD", {"stat": "Maximum"})
    return _graph("us-east-1", "Cost of the account so far this month, in USD", [charged], 21_600)
