"""The pair of target groups: found as Terraform made it, given once, and then left to ECS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from tests.integration.deploy.ecs.conftest import Pause, Shop, image, policy_of, version
from tests.integration.deploy.ecs.fake_ecs import BALANCER, BLUE, GREEN, REGION, RULE

from outgrow.clients.cloudwatch import CloudWatchSource
from outgrow.clients.ecs_pair import Pair
from outgrow.errors import OutsideError

CANARY = policy_of("canary", shares=[0.1], bake_seconds=120)
ROLE = "arn:aws:iam::123456789012:role/shop-api-shift"
LISTENER = RULE.replace("listener-rule", "listener").rsplit("/", 1)[0]
TESTERS = f"{RULE}-test"


@dataclass
class Balancers:
    """What Elastic Load Balancing answers: two groups, two listeners, a rule on each.

    moto's ARNs are its own; these are those that the fake of ECS knows.
    """

    weights: tuple[int, int] = (1, 0)
    green: bool = True
    rule: bool = True
    tests: bool = True

    def describe_target_groups(self, **asked: list[str]) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        arn = {"b": BLUE, "g": GREEN if self.green else None}[asked["Names"][0]]
        if arn is None:
            raise ClientError({"Error": {"Code": "TargetGroupNotFound"}}, "DescribeTargetGroups")
        return {"TargetGroups": [{"TargetGroupArn": arn, "LoadBalancerArns": ["arn:lb"]}]}

    def describe_listeners(self, **asked: str) -> dict[str, Any]:
        assert asked == {"LoadBalancerArn": "arn:lb"}
        listeners = [{"ListenerArn": LISTENER, "Port": 443}]
        if self.tests:
            listeners.append({"ListenerArn": f"{LISTENER}-test", "Port": 8443})
        return {"Listeners": listeners}

    def describe_rules(self, **asked: str) -> dict[str, Any]:
        default = {
            "RuleArn": "arn:default", "IsDefault": True,
            "Actions": [{"Type": "forward", "TargetGroupArn": BLUE}],
        }  # fmt: skip
        if asked["ListenerArn"] != LISTENER:
            tester = {"Type": "forward", "TargetGroupArn": GREEN}
            return {"Rules": [{"RuleArn": TESTERS, "Actions": [tester]}, default]}
        groups = [
            {"TargetGroupArn": arn, "Weight": weight}
            for arn, weight in zip((BLUE, GREEN), self.weights, strict=True)
        ]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        ours = [{"RuleArn": RULE, "IsDefault": False, "Actions": [forward]}] if self.rule else []
        return {"Rules": [*ours, default]}


@pytest.fixture
def unpaired(shop: Shop) -> Shop:
    """A service that has never been told of its pair, as Terraform leaves it."""
    shop.fake.paired = False
    shop.clients = replace(shop.clients, balancers=Balancers())
    return shop


def test_the_first_version_that_is_shifted_finds_its_pair_given(unpaired: Shop) -> None:
    rollout = unpaired.rollout(CANARY)
    name = rollout.begin(version("b"), "token-1")
    pair, shift = unpaired.fake.calls("UpdateService")
    assert "taskDefinition" not in pair
    assert pair["deploymentConfiguration"]["strategy"] == "ROLLING"
    assert pair["loadBalancers"] == [
        {
            "targetGroupArn": BLUE, "containerName": "api", "containerPort": 8000,
            "advancedConfiguration": {
                "alternateTargetGroupArn": GREEN, "productionListenerRule": RULE,
                "testListenerRule": TESTERS, "roleArn": ROLE,
            },
        }
    ]  # fmt: skip
    assert shift["deploymentConfiguration"]["strategy"] == "CANARY"
    assert unpaired.until_still(rollout, name) == ["running", "done"]
    assert rollout.current() == version("b")


def test_a_pair_that_is_there_is_never_touched_again(unpaired: Shop) -> None:
    rollout = unpaired.rollout(CANARY)
    for letter in "bcd":
        unpaired.until_still(rollout, rollout.begin(version(letter), f"token-{letter}"))
    asked = ["loadBalancers" in one for one in unpaired.fake.calls("UpdateService")]
    assert asked == [True, False, False, False]
    assert unpaired.fake.live == GREEN


def test_without_a_listener_for_testers_there_is_no_rule_for_them(unpaired: Shop) -> None:
    unpaired.clients = replace(unpaired.clients, balancers=Balancers(tests=False))
    unpaired.rollout(CANARY).begin(version("b"), "token-1")
    given = unpaired.fake.calls("UpdateService")[0]["loadBalancers"][0]
    assert "testListenerRule" not in given["advancedConfiguration"]


def test_a_rolling_deploy_needs_no_pair(unpaired: Shop) -> None:
    unpaired.rollout(policy_of("rolling")).begin(version("b"), "token-1")
    (asked,) = unpaired.fake.calls("UpdateService")
    assert "loadBalancers" not in asked


class Killed(BaseException):
    """The process is gone."""


class Dying(Pause):
    """A pause that the process does not survive."""

    def wait(self, seconds: float) -> None:
        raise Killed


def test_a_run_that_was_killed_while_the_pair_was_given_goes_on(unpaired: Shop) -> None:
    with pytest.raises(Killed):
        replace(unpaired, pause=Dying(unpaired.fake)).rollout(CANARY).begin(version("b"), "token-1")
    rollout = unpaired.rollout(CANARY)
    assert rollout.begun(version("b"), "token-1") is None
    name = rollout.begin(version("b"), "token-1")
    assert rollout.begun(version("b"), "token-1") == name
    assert rollout.begun(version("b"), "token-2") is None
    assert len(unpaired.fake.deployments) == 2


def test_a_pair_that_ecs_does_not_take_begins_nothing(unpaired: Shop) -> None:
    unpaired.fake.outcomes[image("a")] = "crashes"
    rollout = unpaired.rollout(CANARY)
    with pytest.raises(OutsideError, match="could not be given its pair of target groups") as error:
        rollout.begin(version("b"), "token-1")
    assert "tasks failed to start" in error.value.reason
    assert rollout.begun(version("b"), "token-1") is None


@pytest.mark.parametrize(
    ("balancers", "reason", "remedy"),
    [
        (Balancers(), None, ""),
        (Balancers(green=False), "the target group g (`aws_lb_target_group.api_green`)", "Apply"),
        (Balancers(rule=False), "a listener rule that forwards to both target groups", "Apply"),
        (Balancers(weights=(0, 1)), "the listener rule sends users to g", "modify-rule"),
    ],
    ids=["all there", "no green", "no rule", "users elsewhere"],
)
def test_preflight_says_what_is_missing(
    unpaired: Shop, balancers: Balancers, reason: str | None, remedy: str
) -> None:
    unpaired.clients = replace(unpaired.clients, balancers=balancers)
    service = unpaired.clients.ecs.describe_services(cluster="shop", services=["api"])["services"]
    found = Pair(unpaired.clients, unpaired.place).problem(service[0])
    if reason is None:
        assert found is None
        return
    assert found is not None
    assert reason in found.reason
    assert remedy in found.remedy


def test_the_pair_is_found_in_moto_as_terraform_builds_it(shop: Shop) -> None:
    balancers = shop.clients.balancers
    with_subnets = boto3.client("ec2", region_name=REGION)
    vpc = with_subnets.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        with_subnets.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"{REGION}{'ab'[at]}"
        )["Subnet"]["SubnetId"]
        for at in range(2)
    ]
    balancer = balancers.create_load_balancer(Name="lb", Subnets=subnets)["LoadBalancers"][0]
    blue, green = (
        balancers.create_target_group(
            Name=name, Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in "bg"
    )
    everything = [{"Field": "path-pattern", "Values": ["/*"]}]
    groups = [
        {"TargetGroupArn": blue, "Weight": 1},
        {"TargetGroupArn": green, "Weight": 0},
    ]
    weighted = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    rules = {}
    for port, default, actions in (
        (443, blue, weighted),
        (8443, green, [{"Type": "forward", "TargetGroupArn": green}]),
    ):
        listener = balancers.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": default}],
        )["Listeners"][0]["ListenerArn"]  # fmt: skip
        rules[port] = balancers.create_rule(
            ListenerArn=listener, Priority=50000, Conditions=everything, Actions=actions
        )["Rules"][0]["RuleArn"]
    one: Any = {"targetGroupArn": blue, "containerName": "api", "containerPort": 8000}
    (found,) = Pair(shop.clients, shop.place).load_balancers({"loadBalancers": [one]})
    assert found == one | {
        "advancedConfiguration": {
            "alternateTargetGroupArn": green, "productionListenerRule": rules[443],
            "testListenerRule": rules[8443], "roleArn": ROLE,
        }
    }  # fmt: skip


# ── Which version is in which target group ─────────────────────────────────────────────────


def test_the_revisions_tell_the_target_group_of_each_version(unpaired: Shop) -> None:
    rollout = unpaired.rollout(CANARY)
    source = rollout.traffic(version("b"))
    assert isinstance(source, CloudWatchSource)
    with pytest.raises(OutsideError, match="not begun"):
        source.find()
    unpaired.until_still(rollout, rollout.begin(version("b"), "token-1"))
    found = source.find()
    assert found.load_balancer == BALANCER
    assert found.sides == {"new": "targetgroup/g/1", "old": "targetgroup/b/1"}
    again = rollout.traffic(version("c"))
    assert isinstance(again, CloudWatchSource)
    rollout.begin(version("c"), "token-2")
    assert again.find().sides == {"new": "targetgroup/b/1", "old": "targetgroup/g/1"}


def test_what_ecs_does_not_tell_is_unknown(unpaired: Shop) -> None:
    unpaired.fake.resolves = False
    rollout = unpaired.rollout(CANARY)
    source = rollout.traffic(version("b"))
    assert isinstance(source, CloudWatchSource)
    rollout.begin(version("b"), "token-1")
    with pytest.raises(OutsideError, match="does not tell yet"):
        source.find()


def test_where_ecs_rolls_both_versions_are_counted_as_one(unpaired: Shop) -> None:
    assert unpaired.rollout(policy_of("rolling")).traffic(version("b")) is None


@pytest.mark.parametrize(
    ("policy", "bakes"), [(policy_of("rolling"), False), (policy_of("blue_green"), True)]
)
def test_ecs_bakes_what_it_shifts(unpaired: Shop, policy: Any, bakes: bool) -> None:
    assert unpaired.rollout(policy).bakes_itself() is bakes
    unpaired.fake.balanced = False
    assert unpaired.rollout(policy).bakes_itself() is False
