"""The pair of target groups between which ECS shifts the users of a service.

Terraform's provider 5.100 cannot tell a service of its pair, so what Terraform has built is
found by its names and given to the service here. From then on ECS owns it: which of the two
groups has the users changes with every deployment.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from outgrow.clients.ecs_place import EcsClients, EcsPlace, PairNames
from outgrow.clients.ecs_refusals import AwsRefusal, asking
from outgrow.deploy.values import Problem

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import LoadBalancerTypeDef, ServiceTypeDef

_NEEDED = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A listener rule: its ARN, its port, and how much of the traffic each target group gets."""

    arn: str
    port: int
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FoundPair:
    """What was found of a pair, "" or None for what was not."""

    blue: str
    green: str
    production: _Rule | None
    test: _Rule | None

    def other(self, group: str) -> str:
        """Return the target group that is not `group`, "" where `group` is none of the two."""
        return {self.blue: self.green, self.green: self.blue}.get(group, "")


def lacks_pair(service: ServiceTypeDef) -> bool:
    """Return whether ECS cannot shift the users of a service between two target groups yet.

    What has no load balancer is shifted by other means, or not at all.
    """
    balancers = service.get("loadBalancers", [])
    return any(
        not one.get("advancedConfiguration", {}).get(key) for one in balancers for key in _NEEDED
    )


class Pair:
    """The pair of one service, as Terraform has built it."""

    def __init__(self, clients: EcsClients, place: EcsPlace) -> None:
        self._balancers = clients.balancers
        self._place = place

    def load_balancers(self, service: ServiceTypeDef) -> Sequence[LoadBalancerTypeDef]:
        """Return the load balancers of `service` with the pair that each is to have.

        Raises AwsRefusal where something of it is missing.
        """
        problem, found = self._look(service)
        if problem is not None or found is None:
            raise _refusal(problem)
        return [self._with_pair(one, found) for one in service.get("loadBalancers", [])]

    def problem(self, service: ServiceTypeDef) -> Problem | None:
        """Return what is missing of the pair, and which Terraform makes it; None for nothing."""
        return self._look(service)[0]

    def _look(self, service: ServiceTypeDef) -> tuple[Problem | None, FoundPair | None]:
        names = self._place.pair
        if names is None:
            return self._unknown(), None
        found = self._found(names)
        missing = list(self._missing(names, found))
        if missing:
            return self._not_there(missing), found
        groups = [one.get("targetGroupArn", "") for one in service.get("loadBalancers", [])]
        return next(filter(None, (self._misplaced(one, found) for one in groups)), None), found

    def _with_pair(self, one: LoadBalancerTypeDef, found: FoundPair) -> LoadBalancerTypeDef:
        assert self._place.pair is not None
        assert found.production is not None  # `_look` has seen both
        group = one.get("targetGroupArn", "")
        advanced = {
            "alternateTargetGroupArn": found.other(group),
            "productionListenerRule": found.production.arn,
            "roleArn": _role_arn(group, self._place.pair.role),
        }
        if found.test is not None:
            advanced["testListenerRule"] = found.test.arn
        return cast("LoadBalancerTypeDef", {**one, "advancedConfiguration": advanced})

    def _found(self, names: PairNames) -> FoundPair:
        blue, green = self._group(names.blue), self._group(names.green)
        arns = {str(one.get("TargetGroupArn", "")) for one in (blue, green)} - {""}
        balancers = [
            arn for one in (blue, green) for arn in cast("list[str]", one.get("LoadBalancerArns"))
        ]
        rules = [
            rule
            for balancer in dict.fromkeys(balancers)
            for rule in self._rules(balancer)
            if arns & set(rule.weights)
        ]
        users = [one for one in rules if one.port != names.test_port and arns <= set(one.weights)]
        testers = [one for one in rules if one.port == names.test_port]
        return FoundPair(
            blue=str(blue.get("TargetGroupArn", "")),
            green=str(green.get("TargetGroupArn", "")),
            production=next(iter(users), None),
            test=next(iter(testers), None),
        )

    def _group(self, name: str) -> Mapping[str, object]:
        try:
            with asking("Elastic Load Balancing", "describe target groups"):
                found = self._balancers.describe_target_groups(Names=[name])
        except AwsRefusal as refusal:
            if refusal.code != "TargetGroupNotFound":
                raise
            return {"LoadBalancerArns": []}
        return cast("Mapping[str, object]", found["TargetGroups"][0])

    def _rules(self, balancer: str) -> Iterator[_Rule]:
        with asking("Elastic Load Balancing", "describe listeners"):
            found = self._balancers.describe_listeners(LoadBalancerArn=balancer)
        for listener in found["Listeners"]:
            with asking("Elastic Load Balancing", "describe listener rules"):
                rules = self._balancers.describe_rules(ListenerArn=listener["ListenerArn"])
            for one in rules["Rules"]:
                # A default action has an ARN of its own, and is not what Terraform made for it.
                if not one.get("IsDefault"):
                    yield _Rule(one["RuleArn"], listener.get("Port", 0), _weights(one))

    def _missing(self, names: PairNames, found: FoundPair) -> Iterator[str]:
        block = self._place.block or self._place.service.replace("-", "_")
        if not found.blue:
            yield f"the target group {names.blue} (`aws_lb_target_group.{block}`)"
        if not found.green:
            yield f"the target group {names.green} (`aws_lb_target_group.{block}_green`)"
        if found.production is None:
            yield (
                "a listener rule that forwards to both target groups"
                f" (`aws_lb_listener_rule.{block}`)"
            )

    def _not_there(self, missing: Sequence[str]) -> Problem:
        block = self._place.block or self._place.service.replace("-", "_")
        return Problem(
            f"{self._place.service} has no second target group that ECS could shift users to;"
            f" there is not: {'; '.join(missing)}",
            "Apply the Terraform that `outgrow render --target terraform-aws` makes of a strategy"
            " with `deploy.strategy: canary` or `blue_green`; it has them, and the role"
            f" `aws_iam_role.{block}_shift`. Or write `deploy.strategy: rolling`.",
        )

    def _unknown(self) -> Problem:
        return Problem(
            f"{self._place.service} has no second target group that ECS could shift users to, and"
            " no load balancer of the strategy stands before it",
            "Give the service its `advancedConfiguration` yourself (`aws ecs update-service"
            " --load-balancers`), or write `deploy.strategy: rolling`.",
        )

    def _misplaced(self, group: str, found: FoundPair) -> Problem | None:
        """Return why a pair must not be given to a service whose tasks are in `group`."""
        assert found.production is not None  # asked for only where nothing is missing
        service = self._place.service
        if not found.other(group):
            return Problem(
                f"the tasks of {service} are in the target group {_name(group)}, which is none of"
                f" {_name(found.blue)} and {_name(found.green)}",
                "Apply the Terraform that outgrow renders for it, or check the account.",
            )
        if not found.production.weights.get(group):
            return Problem(
                f"the tasks of {service} are in the target group {_name(group)}, and the listener"
                f" rule sends users to {_name(found.other(group))}",
                "Set the weights of the rule to the group that has the tasks: `aws elbv2"
                f" modify-rule --rule-arn {found.production.arn}`.",
            )
        return None


def _weights(rule: Mapping[str, Any]) -> dict[str, int]:
    """Return the weight of each target group that a rule forwards to."""
    found: dict[str, int] = {}
    for action in rule.get("Actions", []):
        if action.get("Type") != "forward":
            continue
        if action.get("TargetGroupArn"):
            found[action["TargetGroupArn"]] = 1
        for group in action.get("ForwardConfig", {}).get("TargetGroups", []):
            found[group["TargetGroupArn"]] = group.get("Weight", 1)
    return found


def _role_arn(group: str, role: str) -> str:
    """Return the ARN of a role in the account, and the partition, of a target group."""
    _, partition, _, _, account, *_ = group.split(":")
    return f"arn:{partition}:iam::{account}:role/{role}"


def _name(group: str) -> str:
    """Return the name in the ARN of a target group."""
    return group.split(":targetgroup/")[-1].split("/")[0] or "none"


def _refusal(problem: Problem | None) -> AwsRefusal:
    assert problem is not None
    return AwsRefusal(problem.reason, problem.remedy)
