"""What explains why a version does not work on ECS: its tasks, and what the balancer saw of them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outgrow.clients.ecs_definitions import Revision
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import AwsRefusal, asking, shortened
from outgrow.clients.ecs_tasks import Tasks, short, why_stopped
from outgrow.deploy.values import Evidence, Probe

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef, ServiceTypeDef, TaskTypeDef

_MOST_TASKS = 5
_KILLED = 137


class Explained:
    """Looks at the tasks of a revision, and says of each what is wrong with it."""

    def __init__(self, clients: EcsClients, place: EcsPlace, tasks: Tasks) -> None:
        self._balancers = clients.balancers
        self._place = place
        self._tasks = tasks

    def of(self, service: ServiceTypeDef, revision: Revision) -> tuple[Evidence, ...]:
        """Return one piece for each task of `revision` that does not work, newest first.

        With no such task, what the service itself says of it, where it says anything.
        """
        targets = self._targets(service)
        found = [
            self._task(revision, task, targets)
            for task in self._broken(revision, targets)[:_MOST_TASKS]
        ]
        return tuple(found) or self._events(service, revision)

    def _broken(self, revision: Revision, targets: Mapping[str, str]) -> list[TaskTypeDef]:
        stopped = self._tasks.of_service(running=False)
        running = [
            one
            for one in self._tasks.of_service(running=True)
            if one.get("healthStatus") == "UNHEALTHY" or targets.get(_address(one))
        ]
        ours = [one for one in (*running, *stopped) if one.get("taskDefinitionArn") == revision.arn]
        return sorted(ours, key=lambda one: str(one.get("createdAt", "")), reverse=True)

    def _task(self, revision: Revision, task: TaskTypeDef, targets: Mapping[str, str]) -> Evidence:
        wanted = revision.container(self._place.container)
        name = wanted["name"] if wanted else self._place.container
        empty: ContainerTypeDef = {}
        container = next((c for c in task.get("containers", []) if c.get("name") == name), empty)
        said = [f"ECS: {why_stopped(task, container)}"] if _has_reason(task, container) else []
        if container.get("healthStatus") == "UNHEALTHY":
            said.append("the container's own health check fails")
        why = targets.get(_address(task))
        code = container.get("exitCode")
        return Evidence(
            slot=short(task.get("taskArn", "")),
            # The balancer does not tell how long its question took.
            probe=Probe(short(task.get("taskArn", "")), False, why, None) if why else None,
            lines=(*said, *self._tasks.lines(revision, task, name)),
            listening=None,
            expected_port=_port(revision, name),
            exit_code=code,
            out_of_memory=_is_out_of_memory(task, container),
        )

    def _targets(self, service: ServiceTypeDef) -> Mapping[str, str]:
        """Return why targets are not healthy, by their address."""
        groups = []
        for one in service.get("loadBalancers", []):
            other = one.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
            groups += [group for group in (one.get("targetGroupArn"), other) if group]
        found: dict[str, str] = {}
        for group in dict.fromkeys(groups):
            found |= self._unhealthy(group)
        return found

    def _unhealthy(self, group: str) -> dict[str, str]:
        try:
            with asking("Elastic Load Balancing", "describe the health of targets"):
                answer = self._balancers.describe_target_health(TargetGroupArn=group)
        except AwsRefusal:
            return {}  # The tasks tell enough; evidence must not fail for want of one right.
        found = {}
        for one in answer["TargetHealthDescriptions"]:
            health = one["TargetHealth"]
            if health["State"] in ("unhealthy", "unavailable", "initial"):
                said = (health["State"], health.get("Reason", ""), health.get("Description", ""))
                found[one["Target"]["Id"]] = shortened(", ".join(word for word in said if word))
        return found

    def _events(self, service: ServiceTypeDef, revision: Revision) -> tuple[Evidence, ...]:
        said = tuple(shortened(one.get("message", "")) for one in service.get("events", [])[:5])
        if not said:
            return ()
        return (
            Evidence(
                slot=self._place.service,
                probe=None,
                lines=said,
                listening=None,
                expected_port=_port(revision, self._place.container),
            ),
        )


def _address(task: TaskTypeDef) -> str:
    """Return the address by which a load balancer knows a task: the one of its interface."""
    for attachment in task.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail.get("name") == "privateIPv4Address":
                return detail.get("value", "")
    return ""


def _port(revision: Revision, name: str) -> int | None:
    container = revision.container(name)
    ports = container.get("portMappings", []) if container else []
    return ports[0].get("containerPort") if ports else None


def _has_reason(task: TaskTypeDef, container: ContainerTypeDef) -> bool:
    return bool(task.get("stoppedReason") or container.get("reason"))


def _is_out_of_memory(task: TaskTypeDef, container: ContainerTypeDef) -> bool:
    said = f"{task.get('stoppedReason', '')} {container.get('reason', '')}"
    return "OutOfMemory" in said or (
        container.get("exitCode") == _KILLED and "memory" in said.lower()
    )
