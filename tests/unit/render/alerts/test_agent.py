from __future__ import annotations

import json

from tests.systems import all_systems

from outgrow.render.alerts.cloudwatch_blocks import cloudwatch_alarms
from outgrow.render.cloudwatch.agent import agent_json
from outgrow.render.cloudwatch.target import TARGET


def test_the_agent_publishes_every_metric_that_an_alarm_asks_it_for() -> None:
    metrics = json.loads(agent_json())["metrics"]
    published = {
        name if name.startswith(kind) else f"{kind}_{name}"
        for kind, settings in metrics["metrics_collected"].items()
        for name in settings["measurement"]
    }
    asked = {
        str(block.arguments["metric_name"])
        for _, system in all_systems()
        for block in cloudwatch_alarms(system)
        if block.arguments.get("namespace") == metrics["namespace"]
    }
    assert asked
    assert asked <= published


def test_the_agent_sums_up_by_the_dimensions_that_alarms_name() -> None:
    summed = json.loads(agent_json())["metrics"]["aggregation_dimensions"]
    for name, system in all_systems():
        for block in cloudwatch_alarms(system):
            dimensions = block.arguments.get("dimensions")
            if block.arguments.get("namespace") == "CWAgent" and isinstance(dimensions, dict):
                assert sorted(dimensions) in summed, name


def test_a_phase_with_machines_gets_the_agent_and_one_without_does_not() -> None:
    for name, system in all_systems():
        has_machine = any(part.service == "aws/ec2" for part in system.parts)
        paths = [file.path for file in TARGET.render(system).files]
        assert ("amazon-cloudwatch-agent.json" in paths) == has_machine, name
