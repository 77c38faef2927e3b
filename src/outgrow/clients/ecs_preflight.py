"""Why a version cannot be put in place on ECS, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from outgrow.clients.ecs_definitions import VERSION, Definitions, Revision
from outgrow.clients.ecs_deployments import UNDER_WAY, Deployments
from outgrow.clients.ecs_images import image_problem
from outgrow.clients.ecs_pair import Pair, lacks_pair
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import shortened
from outgrow.clients.ecs_requests import native_strategy
from outgrow.clients.ecs_tasks import remedy_for, short
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.values import Problem, Version

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

_EVENTS = 5
_NO_ROOM = ("unable to place", "Capacity is unavailable", "RESOURCE:", "limit", "unable to start")


class Preflight:
    """Looks at the service, its image and its load balancer, and changes nothing."""

    def __init__(
        self,
        clients: EcsClients,
        place: EcsPlace,
        policy: DeployPolicy,
        deployments: Deployments,
        definitions: Definitions,
    ) -> None:
        self._clients = clients
        self._place = place
        self._policy = policy
        self._deployments = deployments
        self._definitions = definitions

    def problems(self, version: Version) -> Iterator[Problem]:
        """Yield every reason for which `version` cannot be put in place."""
        if problem := image_problem(self._clients, version.artifact):
            yield problem
        service = self._deployments.service()
        if service is None:
            yield self._no_service()
            return
        yield from self._of_controller(service)
        yield from self._of_strategy(service)
        yield from self._of_tasks(service)
        revision = self._definitions.read(service.get("taskDefinition", ""))
        if revision.container(self._place.container) is None:
            yield _no_container(revision, self._place.container)
        yield from self._of_others(version, revision)

    def _no_service(self) -> Problem:
        place = self._place
        return Problem(
            f"there is no service {place.service!r} in the cluster {place.cluster} of"
            f" {place.region}",
            "Apply the Terraform that outgrow renders (`outgrow render`), or check the account.",
        )

    def _of_controller(self, service: ServiceTypeDef) -> Iterator[Problem]:
        kind = service.get("deploymentController", {}).get("type", "ECS")
        if kind == "CODE_DEPLOY":
            yield Problem(
                f"CodeDeploy replaces the versions of {self._place.service}, not ECS itself",
                "Hand it to ECS, without a stop, as docs/deploy/ecs.md says under `From"
                f" CodeDeploy`: first the listener rule, then `aws ecs update-service --cluster"
                f" {self._place.cluster} --service {self._place.service}"
                " --deployment-controller type=ECS ...`. Or go on deploying with CodeDeploy.",
            )
        elif kind == "EXTERNAL":
            yield Problem(
                f"a controller of your own replaces the versions of {self._place.service}",
                "Deploy through it, or make the service again with the controller ECS: a service"
                " cannot leave EXTERNAL.",
            )

    def _of_strategy(self, service: ServiceTypeDef) -> Iterator[Problem]:
        shifts = can_shift(service)
        native = native_strategy(self._policy, shifts)
        if native is None:
            shares = ", ".join(f"{one:g}" for one in self._policy.shares)
            yield Problem(
                f"ECS cannot shift the shares {shares}: it knows one first share, or equal steps",
                "Write one (`shares: [0.1]`) or equal ones (`shares: [0.25, 0.5, 0.75]`) below"
                " `deploy`.",
            )
        if native != "ROLLING":
            yield from self._of_pair(service)

    def _of_pair(self, service: ServiceTypeDef) -> Iterator[Problem]:
        if not lacks_pair(service):
            return
        if problem := Pair(self._clients, self._place).problem(service):
            yield problem

    def _of_tasks(self, service: ServiceTypeDef) -> Iterator[Problem]:
        wanted, running = service.get("desiredCount", 0), service.get("runningCount", 0)
        if wanted == 0:
            yield Problem(
                f"{self._place.service} is scaled to 0 tasks: a new version would prove nothing",
                f"Scale it up first: `aws ecs update-service --cluster {self._place.cluster}"
                f" --service {self._place.service} --desired-count 1`.",
            )
        if running >= wanted:
            return
        for event in service.get("events", [])[:_EVENTS]:
            message = event.get("message", "")
            if any(word in message for word in _NO_ROOM):
                yield Problem(
                    f"only {running} of {wanted} tasks run now: {shortened(message)}",
                    remedy_for(message),
                )
                return

    def _of_others(self, version: Version, current: Revision) -> Iterator[Problem]:
        """Yield that another version is on its way; one's own, begun before a kill, is none."""
        newest = next(iter(self._deployments.newest()), None)
        if newest is None:
            return
        deployment = self._deployments.read(newest[0])
        if deployment.get("status") not in UNDER_WAY or not newest[1]:
            return
        definition = self._deployments.definition_of(newest[1])
        target = current if definition == current.arn else self._definitions.read(definition)
        if target.tags.get(VERSION) != version.id:
            yield Problem(
                f"ECS is still deploying {target.version(self._place.container).id} to"
                f" {self._place.service}",
                "Wait for it, or stop it: `aws ecs stop-service-deployment --stop-type ROLLBACK"
                f" --service-deployment-arn {newest[0]}` ({short(newest[0])}).",
            )


def can_shift(service: ServiceTypeDef) -> bool:
    """Return whether ECS has anything whose traffic it can shift to a new version."""
    balanced = bool(service.get("loadBalancers") or service.get("vpcLatticeConfigurations"))
    return balanced or any(
        one.get("serviceConnectConfiguration", {}).get("enabled")
        for one in service.get("deployments", [])
    )


def _no_container(revision: Revision, container: str) -> Problem:
    names = ", ".join(one.get("name", "") for one in revision.definition["containerDefinitions"])
    return Problem(
        f"{short(revision.arn)} has no container {container!r}; it has {names}",
        f"Name the one that runs the component {container!r} in its task definition.",
    )
