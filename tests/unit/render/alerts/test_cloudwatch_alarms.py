"""What the alarms of AWS watch: the right metric, in the right unit, on the right thing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.systems import all_systems, system
from tests.terraform import two_regions
from tests.unit.render.written_systems import written_system

from outgrow.render import terraform_aws
from outgrow.render.alerts.cloudwatch_blocks import cloudwatch_alarms
from outgrow.render.alerts.promql import prom_metric
from outgrow.render.cloudwatch.target import TARGET
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Joined, Noted, Ref, ResourceBlock


def _alarm(example: str, phase: str, name: str) -> ResourceBlock:
    return next(b for b in cloudwatch_alarms(system(example, phase)) if b.name == name)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Noted) else value


def _queries(alarm: ResourceBlock) -> list[Mapping[str, Any]]:
    queries: Any = alarm.arguments["metric_query"]
    return [query.arguments for query in queries]


def _asked(alarm: ResourceBlock) -> list[Mapping[str, Any]]:
    return [query["metric"].arguments for query in _queries(alarm) if "metric" in query]


def _database(settings: str, alert: str = "") -> System:
    return written_system(
        f"""
components: {{db: {{kind: postgres}}}}
phases:
  one:
    use: {{db: {{offering: aws/rds-postgresql/db.m6g.large, settings: {{{settings}}}}}}}
alerts: {{{alert}}}
"""
    )


_CACHE = """
components: {{cache: {{kind: redis}}}}
phases:
  one:
    use:
      cache: {{offering: aws/elasticache-redis/cache.m6g.large, settings: {{nodes: {}}}}}
alerts: {{{}}}
"""


def test_memory_of_a_machine_comes_from_the_agent_and_never_from_ec2() -> None:
    alarm = _alarm("pocketable", "scale-start", "high_memory")
    assert alarm.arguments["namespace"] == "CWAgent"
    assert alarm.arguments["metric_name"] == "mem_used_percent"
    assert alarm.arguments["dimensions"] == {"InstanceId": Ref("aws_instance", "machine", "id")}
    assert alarm.arguments["evaluation_periods"] == alarm.arguments["datapoints_to_alarm"] == 2


def test_no_alarm_asks_ec2_for_memory_or_disks() -> None:
    asked = [
        block.arguments["metric_name"]
        for _, found in all_systems()
        for block in cloudwatch_alarms(found)
        if block.arguments.get("namespace") == "AWS/EC2"
    ]
    assert asked
    assert set(asked) <= {"CPUCreditBalance", "CPUUtilization", "NetworkIn"}


def test_a_latency_in_milliseconds_is_compared_with_the_load_balancers_seconds() -> None:
    alarm = _alarm("nexod", "production", "api_p95")
    assert _plain(alarm.arguments["threshold"]) == Decimal("0.5")
    assert alarm.arguments["extended_statistic"] == "p95"
    assert "statistic" not in alarm.arguments


def test_a_used_share_of_a_disk_that_does_not_grow_is_asked_for_as_free_bytes() -> None:
    settings = "storage_gb: 100, max_storage_gb: 100"
    found = {b.name: b for b in cloudwatch_alarms(_database(settings))}
    alarm = found["db_disk_used_percent"].arguments
    assert alarm["comparison_operator"] == "LessThanThreshold"
    assert _plain(alarm["threshold"]) == Decimal(15 * 1024**3)
    assert "db_free_storage_gb" not in found


@pytest.mark.parametrize("most", ["", ", max_storage_gb: 300"])
def test_a_disk_that_grows_is_watched_by_its_free_bytes_and_never_by_a_share(most: str) -> None:
    """RDS publishes free bytes, and not of how many: a share of the first size is no share."""
    found = {b.name: b for b in cloudwatch_alarms(_database(f"storage_gb: 100{most}"))}
    assert "db_disk_used_percent" not in found
    alarm = found["db_free_storage_gb"].arguments
    assert alarm["metric_name"] == "FreeStorageSpace"
    assert alarm["comparison_operator"] == "LessThanThreshold"
    assert _plain(alarm["threshold"]) == Decimal(5 * 10**9)  # RDS adds some at 10 % free


@pytest.mark.parametrize("metric", ["disk_used_percent", "storage_gb"])
def test_an_alert_on_the_used_share_of_a_disk_that_grows_is_told_as_lost(metric: str) -> None:
    found = _database("storage_gb: 100", f"disk: {{metric: db.{metric}, above: 80}}")
    losses = {one.code: one for one in TARGET.render(found).losses}
    lost = losses["cloudwatch-no-such-metric"]
    assert lost.path == ("alerts", "disk")
    assert "free_storage_gb" in lost.instead


def test_prometheus_counts_from_the_size_up_to_which_storage_grows() -> None:
    found = _database("storage_gb: 100, max_storage_gb: 300")
    part = found.part("db")
    assert part is not None
    metric = prom_metric(found, part, "disk_used_percent")
    assert metric is not None
    assert metric.expression.endswith(f"/ {300 * 1024**3}")


def test_machines_of_a_group_are_named_by_their_group() -> None:
    alarm = _alarm("pocketable", "horizontal", "high_memory")
    group = Ref("aws_autoscaling_group", "machine", "name")
    assert alarm.arguments["dimensions"] == {"AutoScalingGroupName": group}


def test_a_cache_is_watched_at_every_node_and_the_worst_counts() -> None:
    alarm = _alarm("nexod", "production", "cache_memory_used_percent")
    group = Ref("aws_elasticache_replication_group", "cache", "id")
    worst, *nodes = _queries(alarm)
    assert worst["expression"] == "MAX([node1, node2])"
    assert [query["metric"].arguments["dimensions"] for query in nodes] == [
        {"CacheClusterId": Joined(group, "-001")},
        {"CacheClusterId": Joined(group, "-002")},
    ]


def test_the_lowest_node_is_the_worst_where_an_alert_is_on_too_little() -> None:
    found = written_system(_CACHE.format(3, "few: {metric: cache.connections, below: 5}"))
    alarm = next(b for b in cloudwatch_alarms(found) if b.name == "few")
    assert _queries(alarm)[0]["expression"] == "MIN([node1, node2, node3])"


def test_a_cache_of_one_node_needs_no_mathematics() -> None:
    found = written_system(_CACHE.format(1, "many: {metric: cache.connections, above: 500}"))
    alarm = next(b for b in cloudwatch_alarms(found) if b.name == "many")
    assert "metric_query" not in alarm.arguments


def test_the_lag_of_replicas_is_asked_of_the_replicas() -> None:
    lag = "lag: {metric: db.replication_lag_seconds, above: 30}"
    blocks = cloudwatch_alarms(_database("storage_gb: 100, replicas: 2", lag))
    queries = _queries(next(b for b in blocks if b.name == "lag"))[1:]
    named = [query["metric"].arguments["dimensions"]["DBInstanceIdentifier"] for query in queries]
    assert named == [Ref("aws_db_instance", f"db_replica_{n}", "identifier") for n in (1, 2)]
    assert "lag" not in {b.name for b in cloudwatch_alarms(_database("storage_gb: 100", lag))}


@pytest.mark.parametrize(
    ("seconds", "windows", "period", "periods"),
    [
        (30, 1, 60, 1),  # AWS's own metrics have one value a minute
        (90, 2, 120, 2),
        (300, 300, 300, 288),  # a day, for periods below an hour
        (3600, 200, 3600, 168),  # seven days for others
        (700_000, 1, 604_800, 1),
    ],
)
def test_a_window_that_cloudwatch_does_not_take_is_told_as_lost(
    seconds: int, windows: int, period: int, periods: int
) -> None:
    alert = f"many: {{metric: cache.connections, above: 5, window_seconds: {seconds}"
    found = written_system(_CACHE.format(1, f"{alert}, windows: {windows}}}"))
    alarm = next(b for b in cloudwatch_alarms(found) if b.name == "many")
    assert alarm.arguments["period"] == period
    assert alarm.arguments["evaluation_periods"] == periods
    assert alarm.arguments["datapoints_to_alarm"] == periods
    for target in (TARGET, terraform_aws.TARGET):
        told = [one for one in target.render(found).losses if one.code == "cloudwatch-window"]
        assert [one.path for one in told] == [("alerts", "many")], target.name
        assert f"of {seconds} s" in told[0].what
        assert f"of {period} s" in told[0].why


@pytest.mark.parametrize(
    ("seconds", "windows"), [(60, 1440), (300, 288), (3600, 168), (86_400, 7), (604_800, 1)]
)
def test_a_window_that_cloudwatch_takes_is_kept_and_no_loss(seconds: int, windows: int) -> None:
    alert = f"many: {{metric: cache.connections, above: 5, window_seconds: {seconds}"
    found = written_system(_CACHE.format(1, f"{alert}, windows: {windows}}}"))
    alarm = next(b for b in cloudwatch_alarms(found) if b.name == "many")
    asked = (alarm.arguments["period"], alarm.arguments["evaluation_periods"])
    assert asked == (seconds, windows)
    assert "cloudwatch-window" not in {one.code for one in TARGET.render(found).losses}


def test_a_burn_rate_tells_somebody_when_both_of_its_windows_burn() -> None:
    blocks = {b.name: b for b in cloudwatch_alarms(two_regions())}
    both = blocks["available_fast_burn"]
    assert both.type == "aws_cloudwatch_composite_alarm"
    parts = [blocks["available_fast_burn_long"], blocks["available_fast_burn_short"]]
    first, second = (part.ref("alarm_name") for part in parts)
    rule = Joined("ALARM(", first, ")", " AND ALARM(", second, ")")
    assert both.arguments["alarm_rule"] == rule
    assert both.arguments["alarm_actions"] == [Ref("aws_sns_topic", "alerts", "arn")]
    for part, seconds in zip(parts, (3600, 300), strict=True):
        assert {q.get("period") for q in _asked(part)} == {seconds}
        assert _plain(part.arguments["threshold"]) == Decimal("1.44")  # 14.4 x 0.1 %
        assert "alarm_actions" not in part.arguments


def test_every_alarm_says_what_missing_data_means_and_whom_it_tells() -> None:
    told = [Ref("aws_sns_topic", "alerts", "arn")]
    for name, found in (*all_systems(), ("two-regions", two_regions())):
        blocks = cloudwatch_alarms(found)
        rules = [block.arguments.get("alarm_rule") for block in blocks]
        joined = {p for rule in rules if isinstance(rule, Joined) for p in rule.parts}
        for block in blocks:
            if block.type == "aws_cloudwatch_metric_alarm":
                missing = _plain(block.arguments["treat_missing_data"])
                assert missing in ("breaching", "notBreaching"), name
            tells = block.arguments.get("alarm_actions") == told
            assert tells != (block.ref("alarm_name") in joined), f"{name}: {block.name}"


def test_names_of_alarms_are_unique() -> None:
    for name, found in all_systems():
        names = [block.name for block in cloudwatch_alarms(found)]
        assert len(names) == len(set(names)), name
