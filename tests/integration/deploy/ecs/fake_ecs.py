"""A fake of ECS on loopback that keeps services, revisions, deployments and tasks.

moto knows no service deployments, so this stands in for what AWS does with them. Every request
is checked against botocore's service model, and against the rules that AWS's own pages state.
Time is the test's: `pass_seconds` moves deployments and tasks on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

ACCOUNT = "123456789012"
REGION = "eu-west-1"
SCALE_UP_SECONDS = 30
ROLLBACK_SECONDS = 20
_MODEL = botocore.session.get_session().get_service_model("ecs")
_PREFIX = "AmazonEC2ContainerServiceV20141113."
_ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
BLUE, GREEN = f"{_ELB}:targetgroup/b/1", f"{_ELB}:targetgroup/g/1"
BALANCER = "app/shop-lb/50dc6c495c0c9188"
RULE = f"{_ELB}:listener-rule/{BALANCER}/f2f7dc8efc522ab2/9683b2d02a6cabee"
_UNDER_WAY = ("PENDING", "IN_PROGRESS")
_GOING_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")

Json = dict[str, Any]


class Refused(Exception):
    """An error as ECS answers it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def arn(kind: str, *rest: str) -> str:
    """Return an ARN of this account."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{kind}/{'/'.join(rest)}"


@dataclass
class FakeDeployment:
    """One service deployment."""

    number: int
    definition: str
    source: str
    configuration: Json
    group: str = ""
    source_group: str = ""
    pairs: bool = False
    status: str = "PENDING"
    reason: str = ""
    age: float = 0
    going_back: float = 0
    rung: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return arn("service-deployment", "shop", "api", f"d{self.number:04}")


@dataclass
class FakeEcs:
    """The state of one cluster `shop` with one service `api`.

    `outcomes` says by image what becomes of a version: `good`, `crashes` or `alarm:NAME`.
    `advanced` is what the service knows of its pair; it may shift once a rolling deployment has
    ended that brought it (`paired`). `live` is the target group that has the users.
    `knows_deployments` is False for an ECS as it was before service deployments.
    """

    address: str = ""
    controller: str = "ECS"
    balanced: bool = True
    paired: bool = True
    advanced: Json = field(default_factory=dict)
    live: str = ""
    resolves: bool = True
    desired: int = 2
    knows_deployments: bool = True
    outcomes: dict[str, str] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    definitions: dict[str, Json] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    deployments: list[FakeDeployment] = field(default_factory=list)
    tasks: dict[str, Json] = field(default_factory=dict)
    definition: str = ""
    configuration: Json = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)
    refusals: dict[str, list[Refused]] = field(default_factory=dict)
    seconds: float = 0

    def refuse(self, operation: str, code: str, message: str = "", times: int = 100) -> None:
        """Let an operation fail for the next `times` calls."""
        self.refusals[operation] = [Refused(code, message)] * times

    def calls(self, operation: str) -> list[Json]:
        """Return what an operation was asked with."""
        return [request for name, request in self.asked if name == operation]

    def answer(self, operation: str, request: Json) -> Json:
        """Return what ECS answers. Raises Refused as it refuses."""
        shape = _MODEL.operation_model(operation).input_shape
        assert shape is not None
        problems = ParamValidator().validate(request, shape)
        assert not problems.has_errors(), f"{operation}: {problems.generate_report()}"
        self.asked.append((operation, request))
        if self.refusals.get(operation):
            raise self.refusals[operation].pop()
        if not self.knows_deployments and "ServiceDeployment" in operation:
            raise Refused("UnsupportedFeatureException", "not in this region")
        answers = {
            "DescribeServices": self._describe_services,
            "DescribeTaskDefinition": self._describe_definition,
            "ListTaskDefinitions": self._list_definitions,
            "RegisterTaskDefinition": self._register,
            "TagResource": self._tag,
            "UpdateService": self._update,
            "ListServiceDeployments": self._list_deployments,
            "DescribeServiceDeployments": self._describe_deployments,
            "DescribeServiceRevisions": self._describe_revisions,
            "StopServiceDeployment": self._stop,
            "RunTask": self._run,
            "ListTasks": self._list_tasks,
            "DescribeTasks": self._describe_tasks,
        }
        return answers[operation](request)

    # --- definitions ---------------------------------------------------------------------

    def _register(self, request: Json) -> Json:
        family = request["family"]
        number = 1 + sum(1 for one in self.definitions.values() if one["family"] == family)
        name = arn("task-definition", f"{family}:{number}")
        kept = {key: value for key, value in request.items() if key != "tags"}
        self.definitions[name] = {
            **kept, "taskDefinitionArn": name, "revision": number, "status": "ACTIVE",
            "requiresAttributes": [{"name": "ecs.capability.secrets"}], "registeredBy": "someone",
            "compatibilities": ["FARGATE"],
        }  # fmt: skip
        self.tags[name] = {one["key"]: one["value"] for one in request.get("tags", [])}
        return {"taskDefinition": self.definitions[name], "tags": request.get("tags", [])}

    def _describe_definition(self, request: Json) -> Json:
        name = request["taskDefinition"]
        tags = [{"key": key, "value": value} for key, value in self.tags[name].items()]
        return {"taskDefinition": self.definitions[name], "tags": tags}

    def _list_definitions(self, request: Json) -> Json:
        found = [
            name
            for name, one in self.definitions.items()
            if one["family"].startswith(request["familyPrefix"])
        ]
        return {"taskDefinitionArns": found[::-1][: request["maxResults"]]}

    def _tag(self, request: Json) -> Json:
        for one in request["tags"]:
            self.tags[request["resourceArn"]][one["key"]] = one["value"]
        return {}

    # --- the service -----------------------------------------------------------------------

    def _describe_services(self, request: Json) -> Json:
        if request["cluster"] != "shop":
            raise Refused("ClusterNotFoundException", "Cluster not found.")
        if request["services"] != ["api"]:
            return {"services": [], "failures": [{"reason": "MISSING"}]}
        return {"services": [self._service()], "failures": []}

    def _service(self) -> Json:
        running = min(self.desired, 0 if self.events else self.desired)
        return {
            "serviceName": "api", "serviceArn": arn("service", "shop", "api"),
            "clusterArn": arn("cluster", "shop"), "status": "ACTIVE",
            "taskDefinition": self.definition, "desiredCount": self.desired,
            "runningCount": running, "launchType": "FARGATE", "platformVersion": "LATEST",
            "deploymentController": {"type": self.controller},
            "deploymentConfiguration": self.configuration,
            "loadBalancers": [self._balancer()] if self.balanced else [],
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}
            },
            "events": [{"id": str(at), "message": said} for at, said in enumerate(self.events)],
            "deployments": self._listed(),
        }  # fmt: skip

    def _balancer(self) -> Json:
        found: Json = {"targetGroupArn": BLUE, "containerName": "api", "containerPort": 8000}
        if self.paired and not self.advanced:
            self.advanced = {
                "alternateTargetGroupArn": GREEN, "productionListenerRule": RULE,
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/shop-api-shift",
            }  # fmt: skip
        return found | ({"advancedConfiguration": self.advanced} if self.advanced else {})

    def _listed(self) -> list[Json]:
        newest = self.deployments[-1] if self.deployments else None
        if newest is None or newest.status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL"):
            number = newest.number if newest else 0
            return [self._line(number, self.definition, "COMPLETED", "PRIMARY")]
        state = "IN_PROGRESS" if newest.status != "STOPPED" else "FAILED"
        return [
            self._line(newest.number, newest.definition, state, "PRIMARY", newest.reason),
            self._line(newest.number - 1, newest.source, "COMPLETED", "ACTIVE"),
        ]

    def _line(self, number: int, definition: str, state: str, status: str, why: str = "") -> Json:
        return {
            "id": f"ecs-svc/{number:04}", "taskDefinition": definition, "rolloutState": state,
            "status": status, "rolloutStateReason": why, "desiredCount": self.desired,
            "runningCount": self.desired,
        }  # fmt: skip

    def _update(self, request: Json) -> Json:
        if self.controller != "ECS":
            raise Refused("InvalidParameterException", "Unable to update task definition on it")
        configuration = request.get("deploymentConfiguration", {})
        self._check(configuration)
        pairs = self._pairs(request.get("loadBalancers"))
        self.configuration = configuration
        source = self.definition
        self.definition = request.get("taskDefinition", source)
        if source != self.definition or pairs:
            for one in self.deployments:
                if one.status in _UNDER_WAY:
                    one.status = "STOPPED"
            self.deployments.append(self._begun(source, configuration, pairs))
        return {"service": self._service()}

    def _pairs(self, balancers: list[Json] | None) -> bool:
        """Take over the load balancers of a request; return whether they bring a new pair."""
        before = self.advanced
        for one in balancers or ():
            assert one["targetGroupArn"] == BLUE, "it is the service's own, whoever has the users"
            self.advanced = one.get("advancedConfiguration", {})
        return balancers is not None and self.advanced != before

    def _begun(self, source: str, configuration: Json, pairs: bool) -> FakeDeployment:
        live = self.live or BLUE
        shifts = configuration.get("strategy", "ROLLING") != "ROLLING"
        other = GREEN if live == BLUE else BLUE
        return FakeDeployment(
            len(self.deployments) + 1, self.definition, source, configuration,
            group=other if shifts else live, source_group=live, pairs=pairs,
        )  # fmt: skip

    def _check(self, configuration: Json) -> None:
        """Hold a configuration to what AWS's reference says of each strategy."""
        strategy = configuration.get("strategy", "ROLLING")
        if strategy != "ROLLING" and any(one.pairs for one in self._under_way()):
            raise Refused("InvalidParameterException", "a rolling deployment is under way")
        bad = [
            strategy != "ROLLING" and "bakeTimeInMinutes" not in configuration,
            strategy in ("CANARY", "LINEAR") and "deploymentCircuitBreaker" in configuration,
            strategy != "ROLLING" and self.balanced and not self.paired,
            ("canaryConfiguration" in configuration) != (strategy == "CANARY"),
            ("linearConfiguration" in configuration) != (strategy == "LINEAR"),
        ]
        if any(bad):
            raise Refused("InvalidParameterException", f"not valid for {strategy}: {bad}")

    def _under_way(self) -> list[FakeDeployment]:
        return [one for one in self.deployments if one.status in _UNDER_WAY]

    # --- deployments ------------------------------------------------------------------------

    def _list_deployments(self, _request: Json) -> Json:
        return {
            "serviceDeployments": [
                {
                    "serviceDeploymentArn": one.arn,
                    "targetServiceRevisionArn": _revision(one.definition),
                    "status": one.status,
                    "createdAt": float(one.number),
                }
                for one in self.deployments[::-1]
            ]
        }

    def _describe_deployments(self, request: Json) -> Json:
        wanted = request["serviceDeploymentArns"]
        return {
            "serviceDeployments": [self._told(one) for one in self.deployments if one.arn in wanted]
        }

    def _told(self, one: FakeDeployment) -> Json:
        share = self._share(one)
        target: Json = {
            "arn": _revision(one.definition), "requestedTaskCount": self.desired,
            "runningTaskCount": self._running(one),
        }  # fmt: skip
        if share is not None:
            target["requestedProductionTrafficWeight"] = share
        names = one.configuration.get("alarms", {}).get("alarmNames", [])
        return {
            "serviceDeploymentArn": one.arn, "status": one.status, "statusReason": one.reason,
            "targetServiceRevision": target,
            "sourceServiceRevisions": [{"arn": _revision(one.source)}],
            "deploymentConfiguration": one.configuration,
            "lifecycleStage": "SCALE_UP" if one.age < SCALE_UP_SECONDS else "BAKE_TIME",
            "alarms": {
                "status": "TRIGGERED" if one.rung else "MONITORING",
                "alarmNames": names, "triggeredAlarmNames": one.rung,
            },
        }  # fmt: skip

    def _running(self, one: FakeDeployment) -> int:
        works = self._outcome(one) != "crashes"
        return self.desired if works and one.age >= SCALE_UP_SECONDS else 0

    def _outcome(self, one: FakeDeployment) -> str:
        image = self.definitions[one.definition]["containerDefinitions"][0]["image"]
        return self.outcomes.get(image, "good")

    def _share(self, one: FakeDeployment) -> float | None:
        """Return the percentage of the traffic that a deployment has; rolling ones tell none."""
        strategy = one.configuration.get("strategy", "ROLLING")
        if strategy == "ROLLING":
            return None
        if one.status in (*_GOING_BACK, "ROLLBACK_SUCCESSFUL") or not self._running(one):
            return 0.0
        since = one.age - SCALE_UP_SECONDS
        if strategy == "CANARY":
            canary = one.configuration["canaryConfiguration"]
            first: float = canary["canaryPercent"]
            return first if since < 60 * canary["canaryBakeTimeInMinutes"] else 100.0
        if strategy == "LINEAR":
            linear = one.configuration["linearConfiguration"]
            steps = 1 + since // (60 * linear["stepBakeTimeInMinutes"])
            return float(min(100.0, linear["stepPercent"] * steps))
        return 100.0

    def _takes(self, one: FakeDeployment) -> float:
        """Return how many seconds a deployment takes that goes well."""
        found = one.configuration
        steps = 0.0
        if canary := found.get("canaryConfiguration"):
            steps = 60 * canary["canaryBakeTimeInMinutes"]
        if linear := found.get("linearConfiguration"):
            shifts = -(-100 // linear["stepPercent"]) - 1
            steps = 60 * linear["stepBakeTimeInMinutes"] * shifts
        return SCALE_UP_SECONDS + steps + 60 * float(found.get("bakeTimeInMinutes", 0))

    def _describe_revisions(self, request: Json) -> Json:
        return {
            "serviceRevisions": [
                self._told_revision(one) for one in request["serviceRevisionArns"]
            ],
            "failures": [],
        }

    def _told_revision(self, name: str) -> Json:
        definition = _definition(name)
        groups = {one.source: one.source_group for one in self.deployments}
        groups |= {one.definition: one.group for one in self.deployments}
        found: Json = {"serviceRevisionArn": name, "taskDefinition": definition}
        if self.balanced:
            found["loadBalancers"] = [self._balancer()]
        if self.resolves and groups.get(definition):
            rules = {"targetGroupArn": groups[definition], "productionListenerRule": RULE}
            found["resolvedConfiguration"] = {"loadBalancers": [rules]}
        return found

    def _stop(self, request: Json) -> Json:
        assert request["stopType"] == "ROLLBACK", "ECS takes no other"
        one = next(d for d in self.deployments if d.arn == request["serviceDeploymentArn"])
        if one.status not in (*_UNDER_WAY, *_GOING_BACK):
            raise Refused("ConflictException", f"it is {one.status}")
        self._back(one, "stopped by the user")
        return {"serviceDeploymentArn": one.arn}

    def _back(self, one: FakeDeployment, why: str) -> None:
        one.status, one.reason, one.going_back = "ROLLBACK_IN_PROGRESS", why, 0
        self.definition = one.source

    # --- tasks ------------------------------------------------------------------------------

    def add_task(self, name: str, definition: str, **facts: Any) -> str:
        """Let a task be there; return its ARN."""
        task = arn("task", "shop", name)
        self.tasks[task] = {
            "taskArn": task, "taskDefinitionArn": definition, "lastStatus": "RUNNING",
            "desiredStatus": "RUNNING", "group": "service:api", **facts,
        }  # fmt: skip
        return task

    def _run(self, request: Json) -> Json:
        override = request["overrides"]["containerOverrides"][0]
        task = self.add_task(
            f"once{len(self.tasks)}",
            request["taskDefinition"],
            group="family:once",
            startedBy=request["startedBy"],
            containers=[{"name": override["name"]}],
            command=" ".join(override["command"]),
        )
        return {"tasks": [self._shown(self.tasks[task])], "failures": []}

    def _shown(self, task: Json) -> Json:
        return {key: value for key, value in task.items() if key != "command"}

    def _list_tasks(self, request: Json) -> Json:
        if "startedBy" in request and set(request) != {"cluster", "startedBy"}:
            raise Refused("InvalidParameterException", "startedBy must be the only filter")
        status = request.get("desiredStatus", "RUNNING")
        group = f"service:{request['serviceName']}" if "serviceName" in request else None
        return {
            "taskArns": [
                name
                for name, one in self.tasks.items()
                if one["desiredStatus"] == status
                and (group is None or one["group"] == group)
                and request.get("startedBy") in (None, one.get("startedBy"))
            ]
        }

    def _describe_tasks(self, request: Json) -> Json:
        return {"tasks": [self._shown(self.tasks[name]) for name in request["tasks"]]}

    # --- time -------------------------------------------------------------------------------

    def pass_seconds(self, seconds: float) -> None:
        """Let deployments and tasks go on."""
        self.seconds += seconds
        for one in self.deployments:
            self._go_on(one, seconds)
        for task in self.tasks.values():
            if "command" in task and task["lastStatus"] == "RUNNING":
                code = self.exit_codes.get(task["command"], 0)
                task["lastStatus"] = task["desiredStatus"] = "STOPPED"
                task["stoppedReason"] = "Essential container in task exited"
                task["containers"] = [{**task["containers"][0], "exitCode": code}]

    def _go_on(self, one: FakeDeployment, seconds: float) -> None:
        if one.status in _GOING_BACK:
            one.going_back += seconds
            if one.going_back >= ROLLBACK_SECONDS:
                one.status = "ROLLBACK_SUCCESSFUL"
            return
        if one.status not in _UNDER_WAY:
            return
        one.age += seconds
        one.status = "IN_PROGRESS"
        outcome = self._outcome(one)
        if outcome == "crashes" and one.age >= SCALE_UP_SECONDS:
            self._crash(one)
        elif outcome.startswith("alarm:") and one.age > SCALE_UP_SECONDS:
            one.rung = [outcome.removeprefix("alarm:")]
            self._back(one, "alarm detected")
        elif one.age >= self._takes(one):
            one.status, self.live = "SUCCESSFUL", one.group
            self.paired = self.paired or one.pairs

    def _crash(self, one: FakeDeployment) -> None:
        self.add_task(
            f"crashed{len(self.tasks)}", one.definition, lastStatus="STOPPED",
            desiredStatus="STOPPED", createdAt=1.0,
            stoppedReason="Essential container in task exited",
            containers=[{"name": "api", "exitCode": 1, "reason": "Error: no DATABASE_URL"}],
        )  # fmt: skip
        if one.configuration.get("deploymentCircuitBreaker", {}).get("rollback"):
            self._back(one, "tasks failed to start")


def _revision(definition: str) -> str:
    return arn("service-revision", "shop", "api", definition.rsplit("/", 1)[-1].replace(":", "_"))


def _definition(revision: str) -> str:
    return arn("task-definition", revision.rsplit("/", 1)[-1].replace("_", ":"))


@contextmanager
def fake_ecs() -> Iterator[FakeEcs]:
    """Yield a fake that answers on loopback, with the version `a` in its service."""
    fake = FakeEcs()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            request = json.loads(self.rfile.read(length))
            operation = self.headers["x-amz-target"].removeprefix(_PREFIX)
            try:
                status, body = 200, fake.answer(operation, request)
            except Refused as refused:
                status, body = 400, {"__type": refused.code, "message": refused.message}
            except Exception as error:  # the test reads it from what boto3 raises
                status, body = 400, {"__type": "FakeFailed", "message": repr(error)}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
