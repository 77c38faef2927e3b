"""Where a component on Fargate is: the names that Terraform gives, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from tests.systems import all_systems, opened, system
from tests.terraform import behind_a_cdn, two_regions

from outgrow.operations.deploying.providers.ecs import build, ecs_policy, place_of
from outgrow.render.aws.graph import aws_modules
from outgrow.render.aws.region import regions_of
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import ResourceBlock
from outgrow.strategy.deploys import Deploy


def _blocks(found: System) -> list[ResourceBlock]:
    return [block for module in aws_modules(found).values() for block in module.resources]


def _named(blocks: list[ResourceBlock], kind: str, argument: str) -> set[Any]:
    return {one.arguments[argument] for one in blocks if one.type == kind}


def test_every_service_of_the_examples_is_where_terraform_puts_it() -> None:
    seen = 0
    for name, found in all_systems():
        for region in regions_of(found):
            for part in region.on("aws/fargate"):
                place, blocks = place_of(region, part), _blocks(found)
                assert place.cluster in _named(blocks, "aws_ecs_cluster", "name"), name
                assert place.service in _named(blocks, "aws_ecs_service", "name"), name
                services = {one.name for one in blocks if one.type == "aws_ecs_service"}
                assert place.block in services, name
                kinds = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
                alarms = set().union(*(_named(blocks, kind, "alarm_name") for kind in kinds))
                assert set(place.alarms) <= alarms, name
                seen += 1
    assert seen >= 3


def test_the_pair_is_called_as_terraform_calls_it() -> None:
    seen = 0
    for found in (two_regions(), behind_a_cdn()):
        blocks = _blocks(found)
        for region in regions_of(found):
            for part in region.on("aws/fargate"):
                pair = place_of(region, part).pair
                if pair is None:
                    assert part.name == "worker"
                    continue
                assert {pair.blue, pair.green} <= _named(blocks, "aws_lb_target_group", "name")
                assert pair.role in _named(blocks, "aws_iam_role", "name")
                assert pair.test_port in _named(blocks, "aws_lb_listener", "port")
                seen += 1
    assert seen >= 3


def test_the_api_of_nexod() -> None:
    found = system("nexod", "production")
    (region,) = regions_of(found)
    part = region.part("api")
    assert part is not None
    place = place_of(region, part)
    assert (place.cluster, place.service, place.region) == ("nexod-production", "api", "us-east-1")
    assert "nexod-production-api-p95" in place.alarms


def test_a_canary_without_written_shares_has_one() -> None:
    assert ecs_policy(Deploy(strategy="canary")).shares == (0.1, 1.0)
    assert ecs_policy(Deploy(strategy="rolling"), "canary").shares == (0.1, 1.0)
    written = Deploy.model_validate({"strategy": "canary", "shares": [0.25, 0.5, 0.75]})
    assert ecs_policy(written).shares == (0.25, 0.5, 0.75, 1.0)


def test_building_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = system("nexod", "production")
    part = found.part("api")
    assert part is not None
    state: Any = None
    rollout = build(opened("nexod"), found, part, state)
    assert hasattr(rollout, "begin")
