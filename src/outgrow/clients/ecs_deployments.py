"""How far ECS has come with a deployment of a service.

ECS tells it in two ways: service deployments (since October 2024, kept for 90 days), and the
`deployments` of the service itself, which know neither traffic nor why something was rolled back.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import UNSUPPORTED, AwsRefusal, asking, shortened
from outgrow.deploy.ports import RolloutPhase, RolloutState
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        DeploymentTypeDef,
        ServiceDeploymentTypeDef,
        ServiceRevisionTypeDef,
        ServiceTypeDef,
    )

ARN_PART = ":service-deployment/"
_PHASES: Mapping[str, RolloutPhase] = {
    "PENDING": "running",
    "IN_PROGRESS": "running",
    "SUCCESSFUL": "done",
    "STOP_REQUESTED": "reverting",
    "STOPPED": "failed",
    "ROLLBACK_REQUESTED": "reverting",
    "ROLLBACK_IN_PROGRESS": "reverting",
    "ROLLBACK_SUCCESSFUL": "reverted",
    "ROLLBACK_FAILED": "failed",
}
UNDER_WAY = ("PENDING", "IN_PROGRESS")
_NEWEST = 20


class Deployments:
    """The service and its deployments, as ECS describes them now."""

    def __init__(self, clients: EcsClients, place: EcsPlace) -> None:
        self._ecs = clients.ecs
        self._place = place

    def service(self) -> ServiceTypeDef | None:
        """Return the service, None where there is none of its name."""
        with asking("ECS", "describe the service"):
            found = self._ecs.describe_services(
                cluster=self._place.cluster, services=[self._place.service]
            )
        living = [one for one in found["services"] if one.get("status") != "INACTIVE"]
        return living[0] if living else None

    def the_service(self) -> ServiceTypeDef:
        """Return the service; raise OutsideError where there is none."""
        found = self.service()
        if found is None:
            raise OutsideError(
                f"there is no service {self._place.service!r} in {self._place.cluster}",
                "Apply the Terraform that makes it, or check the region and the account.",
            )
        return found

    def newest(self) -> list[tuple[str, str]]:
        """Return the newest service deployments with their target revisions, newest first.

        An ECS that knows none of them answers with an empty list.
        """
        try:
            with asking("ECS", "list the service's deployments"):
                found = self._ecs.list_service_deployments(
                    cluster=self._place.cluster, service=self._place.service, maxResults=_NEWEST
                )
        except AwsRefusal as refusal:
            if refusal.code in UNSUPPORTED:
                return []
            raise
        listed = sorted(
            found["serviceDeployments"], key=lambda one: str(one.get("createdAt", "")), reverse=True
        )
        return [
            (one["serviceDeploymentArn"], one.get("targetServiceRevisionArn", ""))
            for one in listed
            if "serviceDeploymentArn" in one
        ]

    def read(self, arn: str) -> ServiceDeploymentTypeDef:
        """Return one service deployment; raise OutsideError for one that ECS has forgotten."""
        with asking("ECS", "describe a deployment"):
            found = self._ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        if not found["serviceDeployments"]:
            raise OutsideError(
                f"ECS knows no deployment {arn.rsplit('/', 1)[-1]} any more",
                "It keeps them for 90 days. `aws ecs describe-services` shows what runs.",
            )
        return found["serviceDeployments"][0]

    def definition_of(self, service_revision: str) -> str:
        """Return the task definition of a service revision, "" where it is not known."""
        return self._definitions_of([service_revision]).get(service_revision, "")

    def _definitions_of(self, service_revisions: list[str]) -> dict[str, str]:
        found = self.revisions(service_revisions)
        return {arn: one.get("taskDefinition", "") for arn, one in found.items()}

    def revisions(self, arns: list[str]) -> dict[str, ServiceRevisionTypeDef]:
        """Return service revisions by their ARNs; those that ECS does not know are left out."""
        with asking("ECS", "describe service revisions"):
            found = self._ecs.describe_service_revisions(serviceRevisionArns=arns)
        return {one.get("serviceRevisionArn", ""): one for one in found.get("serviceRevisions", [])}

    def of_definition(self, definition: str, after: str | None = None) -> str | None:
        """Return the newest service deployment that brings `definition` in, None without one.

        Only those that are newer than the deployment `after` count, when it is given.
        """
        newest = self.newest()
        listed = [arn for arn, _ in newest]
        newer = newest[: listed.index(after)] if after in listed else newest
        targets = list(dict.fromkeys(target for _, target in newer if target))
        known = self._definitions_of(targets) if targets else {}
        return next((arn for arn, target in newer if known.get(target) == definition), None)

    def source_of(self, deployment: ServiceDeploymentTypeDef) -> str:
        """Return the task definition that a deployment replaces, "" for the first one."""
        sources = deployment.get("sourceServiceRevisions", [])
        return self.definition_of(sources[0]["arn"]) if sources and "arn" in sources[0] else ""


def state_of(deployment: ServiceDeploymentTypeDef) -> RolloutState:
    """Return how far a service deployment has come, in the contract's words.

    `healthy` counts tasks that run: ECS starts no more of them while they fail their checks.
    """
    target = deployment.get("targetServiceRevision", {})
    weight = target.get("requestedProductionTrafficWeight")
    return RolloutState(
        _PHASES.get(deployment.get("status", ""), "unknown"),
        None if weight is None else weight / 100,
        target.get("runningTaskCount"),
        target.get("requestedTaskCount"),
        reason_of(deployment),
    )


def needs_watching(deployment: ServiceDeploymentTypeDef) -> bool:
    """Return whether nobody at ECS would notice that none of the new tasks gets healthy."""
    breaker = deployment.get("deploymentCircuitBreaker", {}).get("status", "DISABLED")
    target = deployment.get("targetServiceRevision", {})
    is_idle = not target.get("runningTaskCount") and not target.get(
        "requestedProductionTrafficWeight"
    )
    return deployment.get("status") in UNDER_WAY and breaker == "DISABLED" and is_idle


def reason_of(deployment: ServiceDeploymentTypeDef) -> str:
    """Return what ECS says of a deployment: its stage, its alarms, why it was rolled back."""
    alarms = deployment.get("alarms", {})
    rung = alarms.get("triggeredAlarmNames", [])
    breaker = deployment.get("deploymentCircuitBreaker", {})
    stage = deployment.get("lifecycleStage", "").lower().replace("_", " ")
    said = [
        deployment.get("statusReason", ""),
        deployment.get("rollback", {}).get("reason", ""),
        f"alarms that ring: {', '.join(rung)}" if rung else "",
        f"{breaker['failureCount']} tasks failed" if breaker.get("failureCount") else "",
        stage if deployment.get("status") in UNDER_WAY else "",
        "ECS does not watch its alarms" if _unwatched(deployment) else "",
    ]
    return shortened("; ".join(dict.fromkeys(one for one in said if one)))


def _unwatched(deployment: ServiceDeploymentTypeDef) -> bool:
    """Return whether alarms were asked for that ECS does not look at.

    It leaves out those that ring already when a deployment begins.
    """
    alarms = deployment.get("alarms", {})
    return bool(alarms.get("alarmNames")) and alarms.get("status") == "DISABLED"


def old_state_of(service: ServiceTypeDef, deployment_id: str, definition: str) -> RolloutState:
    """Return how far a deployment has come by the service's own list of deployments."""
    listed = service.get("deployments", [])
    ours = next((one for one in listed if one.get("id") == deployment_id), None)
    if ours is None:
        ours = next((one for one in listed if one.get("taskDefinition") == definition), None)
    if service.get("taskDefinition") != definition:
        return RolloutState(
            "reverted" if _steady(listed) else "reverting",
            reason=shortened(ours.get("rolloutStateReason", "") if ours else ""),
        )
    if ours is None:
        return RolloutState("unknown", reason="ECS does not list this deployment any more")
    return _listed(ours)


def _listed(one: DeploymentTypeDef) -> RolloutState:
    states: Mapping[str, RolloutPhase] = {"COMPLETED": "done", "FAILED": "failed"}
    state = one.get("rolloutState", "")
    return RolloutState(
        states.get(state, "running" if state == "IN_PROGRESS" else "unknown"),
        None,
        one.get("runningCount"),
        one.get("desiredCount"),
        shortened(one.get("rolloutStateReason", "")),
    )


def _steady(listed: list[DeploymentTypeDef]) -> bool:
    return len(listed) == 1 and listed[0].get("rolloutState") == "COMPLETED"
