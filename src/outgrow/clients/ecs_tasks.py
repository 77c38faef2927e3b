"""Tasks of ECS: one that runs a command and ends, and why others stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from outgrow.clients.ecs_definitions import Revision
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import AwsRefusal, asking, shortened
from outgrow.clients.ecs_requests import one_task
from outgrow.deploy.ports import Pause
from outgrow.deploy.values import Ran, Version
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef, ServiceTypeDef, TaskTypeDef

LOOK_EVERY_SECONDS = 3.0
LONGEST_SECONDS = 3600.0
LINES = 30
_CAPACITY = re.compile(r"(?i)RESOURCE:|CAPACITY|limit|quota")


class Tasks:
    """The tasks of one service, and those that run beside it once."""

    def __init__(self, clients: EcsClients, place: EcsPlace, pause: Pause) -> None:
        self._clients = clients
        self._place = place
        self._pause = pause

    def run_once(
        self,
        service: ServiceTypeDef,
        revision: Revision,
        version: Version,
        command: Sequence[str],
        longest_seconds: float = LONGEST_SECONDS,
    ) -> Ran:
        """Run `command` in a task of its own and wait for its end.

        One that an earlier, killed run has begun and that still runs is waited for instead.
        """
        mark = sha256("\0".join(command).encode()).hexdigest()[:12]
        started_by = f"outgrow/{version.id}/{mark}"
        arn = self._running(started_by) or self._start(service, revision, command, started_by)
        task = self._end_of(arn, longest_seconds)
        container = self._container(task, revision)
        lines = self.lines(revision, task, container.get("name", ""))
        code = container.get("exitCode")
        if code is None:
            raise OutsideError(
                f"the task that was to run once did not: {why_stopped(task, container)}",
                remedy_for(why_stopped(task, container)),
            )
        return Ran(code, lines)

    def _running(self, started_by: str) -> str | None:
        with asking("ECS", "list tasks"):
            # Of ECS' filters, this one stands alone; those that still run are its default.
            found = self._clients.ecs.list_tasks(cluster=self._place.cluster, startedBy=started_by)
        return next(iter(found["taskArns"]), None)

    def _start(
        self, service: ServiceTypeDef, revision: Revision, command: Sequence[str], started_by: str
    ) -> str:
        container = revision.container(self._place.container)
        name = container["name"] if container else self._place.container
        # The token makes one call safe to be sent twice by boto3; it is new for every run.
        request = one_task(service, revision.arn, name, command, started_by, uuid4().hex)
        with asking("ECS", "run a task"):
            answer = self._clients.ecs.run_task(**request)
        if answer["tasks"]:
            return answer["tasks"][0]["taskArn"]
        why = "; ".join(
            shortened(f"{one.get('reason', '')} {one.get('detail', '')}".strip())
            for one in answer["failures"]
        )
        raise OutsideError(f"ECS did not start a task: {why}", remedy_for(why))

    def _end_of(self, arn: str, longest_seconds: float) -> TaskTypeDef:
        deadline = self._pause.seconds() + longest_seconds
        while True:
            found = self.read([arn])
            if found and found[0].get("lastStatus") == "STOPPED":
                return found[0]
            if self._pause.seconds() >= deadline:
                raise OutsideError(
                    f"the task {short(arn)} has not ended after {longest_seconds:.0f} s",
                    f"It still runs: `aws ecs describe-tasks --cluster {self._place.cluster}"
                    f" --tasks {short(arn)}`. Run the deploy again to wait for it.",
                )
            self._pause.wait(LOOK_EVERY_SECONDS)

    def read(self, arns: Sequence[str]) -> list[TaskTypeDef]:
        """Return tasks as they are now; those that ECS has forgotten are left out."""
        if not arns:
            return []
        with asking("ECS", "describe tasks"):
            found = self._clients.ecs.describe_tasks(
                cluster=self._place.cluster, tasks=list(arns)[:100]
            )
        return list(found["tasks"])

    def of_service(self, running: bool) -> list[TaskTypeDef]:
        """Return the tasks of the service that run, or those that stopped within the hour."""
        with asking("ECS", "list tasks"):
            found = self._clients.ecs.list_tasks(
                cluster=self._place.cluster,
                serviceName=self._place.service,
                desiredStatus="RUNNING" if running else "STOPPED",
            )
        return self.read(found["taskArns"])

    def _container(self, task: TaskTypeDef, revision: Revision) -> ContainerTypeDef:
        wanted = revision.container(self._place.container)
        name = wanted["name"] if wanted else self._place.container
        found = task.get("containers", [])
        empty: ContainerTypeDef = {}
        return next((one for one in found if one.get("name") == name), empty)

    def lines(self, revision: Revision, task: TaskTypeDef, container: str) -> tuple[str, ...]:
        """Return the last lines that a container printed, as far as CloudWatch Logs has them."""
        definition = revision.container(container)
        logging = definition.get("logConfiguration") if definition else None
        if logging is None or logging.get("logDriver") != "awslogs":
            return ()
        options = logging.get("options", {})
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if not group or not prefix:
            return ()
        stream = f"{prefix}/{container}/{short(task.get('taskArn', ''))}"
        return self._last_lines(group, stream)

    def _last_lines(self, group: str, stream: str) -> tuple[str, ...]:
        try:
            with asking("CloudWatch Logs", "read a log"):
                found = self._clients.logs.get_log_events(
                    logGroupName=group, logStreamName=stream, limit=LINES, startFromHead=False
                )
        except AwsRefusal as refusal:
            # A container that never started has no stream; the reason of that is told elsewhere.
            if refusal.code == "ResourceNotFoundException":
                return ()
            return (f"(its log cannot be read: {refusal.reason})",)
        return tuple(one["message"].rstrip("\n") for one in found["events"])


def short(arn: str) -> str:
    """Return the id at the end of an ARN."""
    return arn.rsplit("/", 1)[-1]


def why_stopped(task: TaskTypeDef, container: ContainerTypeDef) -> str:
    """Return why a task or its container stopped, in the words of ECS."""
    said = (task.get("stoppedReason", ""), container.get("reason", ""))
    return shortened("; ".join(dict.fromkeys(one for one in said if one))) or "ECS does not say"


def remedy_for(why: str) -> str:
    """Return what to do about a reason that ECS gives for a task that did not start."""
    if "CannotPullContainer" in why:
        return (
            "Push the image, and check that the execution role may pull it and that its subnet"
            " reaches the registry."
        )
    if "ResourceInitializationError" in why:
        return (
            "Check that the execution role may read the secrets, and that the subnet reaches"
            " Secrets Manager, the registry and the logs."
        )
    if _CAPACITY.search(why):
        return (
            "AWS has no room for it now, or a quota is reached: try again, use another size or"
            " another zone, or ask for more (`aws service-quotas list-service-quotas"
            " --service-code fargate`)."
        )
    return "Look at the task in the console of ECS, change what it names, and run it again."
