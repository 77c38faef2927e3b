"""What the alarms of AWS watch: the right metric, in the right unit, on the right thing."""

from __future__ import annotations

from decimal import Decimal

from tests.systems import all_systems, system

from outgrow.render.alerts.cloudwatch import cloudwatch_alarms
from outgrow.render.writers.expressions import Joined, Noted, Ref, ResourceBlock


def _alarm(example: str, phase: str, name: str) -> ResourceBlock:
    return next(b for b in cloudwatch_alarms(system(example, phase)) if b.name == name)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Noted) else value


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


def test_a_used_share_of_a_disk_is_asked_for_as_free_bytes() -> None:
    alarm = _alarm("nexod", "production", "db_disk_used_percent")
    assert alarm.arguments["comparison_operator"] == "LessThanThreshold"
    assert _plain(alarm.arguments["threshold"]) == Decimal(15 * 1024**3)


def test_machines_of_a_group_are_named_by_their_group() -> None:
    alarm = _alarm("pocketable", "horizontal", "high_memory")
    group = Ref("aws_autoscaling_group", "machine", "name")
    assert alarm.arguments["dimensions"] == {"AutoScalingGroupName": group}


def test_a_cache_is_watched_at_its_first_node() -> None:
    alarm = _alarm("nexod", "production", "cache_memory_used_percent")
    group = Ref("aws_elasticache_replication_group", "cache", "id")
    assert alarm.arguments["dimensions"] == {"CacheClusterId": Joined(group, "-001")}


def test_every_alarm_says_what_missing_data_means_and_whom_it_tells() -> None:
    for name, found in all_systems():
        for block in cloudwatch_alarms(found):
            missing = _plain(block.arguments["treat_missing_data"])
            assert missing in ("breaching", "notBreaching"), name
            assert block.arguments["alarm_actions"] == [Ref("aws_sns_topic", "alerts", "arn")]


def test_names_of_alarms_are_unique() -> None:
    for name, found in all_systems():
        names = [block.name for block in cloudwatch_alarms(found)]
        assert len(names) == len(set(names)), name
