"""A service of ECS, whose versions ECS itself replaces: rolling, blue-green, canary or linear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outgrow.clients.cloudwatch import CloudWatchSource
from outgrow.clients.ecs_definitions import AFTER, BEFORE, TOKEN, Definitions, Revision
from outgrow.clients.ecs_deployments import (
    ARN_PART,
    UNDER_WAY,
    Deployments,
    needs_watching,
    old_state_of,
    state_of,
)
from outgrow.clients.ecs_evidence import Explained
from outgrow.clients.ecs_pair import lacks_pair
from outgrow.clients.ecs_pairing import Pairing
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_preflight import Preflight, can_shift
from outgrow.clients.ecs_refusals import UNSUPPORTED, AwsRefusal, asking
from outgrow.clients.ecs_requests import (
    Native,
    back_at_once,
    deployment_configuration,
    minutes,
    native_strategy,
    percent,
)
from outgrow.clients.ecs_sides import target_groups
from outgrow.clients.ecs_tasks import Tasks
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.ports import Pause, RolloutState
from outgrow.deploy.values import Evidence, Problem, Ran, Version
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceDeploymentTypeDef, ServiceTypeDef

_NONE = "none"
_APPEARS_WITHIN_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 1.0
_FEWEST_FAILURES = 3


class EcsRollout:
    """One service of ECS as a `Rollout`.

    A rollout is called by the ARN of its service deployment. Where ECS lists none, it is the id
    in the service's own list and the task definition, with a space between.
    """

    def __init__(
        self, place: EcsPlace, policy: DeployPolicy, clients: EcsClients, pause: Pause
    ) -> None:
        self._place = place
        self._policy = policy
        self._clients = clients
        self._pause = pause
        self._definitions = Definitions(clients, place)
        self._deployments = Deployments(clients, place)
        self._tasks = Tasks(clients, place, pause)

    def describe(self) -> str:
        """Return what it is, how ECS replaces versions in it, and who asks for it."""
        place = self._place
        return (
            f"the ECS service {place.service} in cluster {place.cluster} ({place.region},"
            f" {self._who()}), {self._way()}"
        )

    def _who(self) -> str:
        try:
            with asking("AWS", "say whose credentials these are"):
                found = self._clients.identity.get_caller_identity()
        except AwsRefusal as refusal:
            return f"account unknown: {refusal.reason}"
        return f"account {found['Account']} as {found['Arn'].rsplit(':', 1)[-1]}"

    def _way(self) -> str:
        native, bake = native_strategy(self._policy, shifts=True), self._policy.bake_seconds
        first = f"{percent(self._policy.shares[0]):g} %"
        return {
            "ROLLING": "rolling, taken back when tasks fail or an alarm rings",
            "BLUE_GREEN": f"blue-green, watched for {minutes(bake)} min",
            "CANARY": f"{first} of the traffic for {minutes(bake)} min, then all of it",
            "LINEAR": f"{first} more of the traffic every {minutes(bake)} min",
            None: "with shares that ECS cannot shift",
        }[native]

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""
        try:
            with asking("AWS", "say whose credentials these are"):
                self._clients.identity.get_caller_identity()
            looked = Preflight(
                self._clients, self._place, self._policy, self._deployments, self._definitions
            )
            return tuple(looked.problems(version))
        except AwsRefusal as refusal:
            return (Problem(refusal.reason, refusal.remedy),)

    def current(self) -> Version | None:
        """Return the version that has the traffic; while one is coming in, the one before it."""
        service = self._deployments.the_service()
        revision = self._definitions.read(self._serving(service))
        return self._pinned(revision.version(self._place.container), revision)

    def _serving(self, service: ServiceTypeDef) -> str:
        newest = next(iter(self._deployments.newest()), None)
        if newest is not None:
            deployment = self._deployments.read(newest[0])
            if state_of(deployment).phase in ("running", "reverting"):
                return self._deployments.source_of(deployment) or service["taskDefinition"]
        steady = [
            one["taskDefinition"]
            for one in service.get("deployments", [])
            if one.get("rolloutState") == "COMPLETED" and "taskDefinition" in one
        ]
        return steady[0] if steady else service["taskDefinition"]

    def _pinned(self, version: Version, revision: Revision) -> Version:
        """Return a version whose image has a digest: else the one that its tasks have pulled."""
        if "@sha256:" in version.artifact:
            return version
        for task in self._tasks.of_service(running=True):
            if task.get("taskDefinitionArn") != revision.arn:
                continue
            for one in task.get("containers", []):
                if one.get("image") == version.artifact and one.get("imageDigest"):
                    bare = version.artifact.rsplit("/", 1)
                    bare[-1] = bare[-1].split(":", 1)[0]
                    artifact = f"{'/'.join(bare)}@{one['imageDigest']}"
                    return Version(version.id, artifact, version.label, version.configuration)
        return version

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` in a task of its own, with the image and variables of `version`."""
        service = self._deployments.the_service()
        revision = self._definitions.place(version, self._current_revision(service))
        return self._tasks.run_once(service, revision, version, command)

    def bakes_itself(self) -> bool:
        """Return whether ECS watches a new version beside the old one before it is done."""
        return self._shifts(self._deployments.the_service())

    def traffic(self, version: Version) -> CloudWatchSource | None:
        """Return what counts the requests of both versions, None where ECS rolls."""
        service = self._deployments.the_service()
        if not self._shifts(service) or not service.get("loadBalancers"):
            return None
        return CloudWatchSource(
            self._clients.alarms,
            lambda: target_groups(version, self._deployments, self._definitions),
        )

    def _shifts(self, service: ServiceTypeDef) -> bool:
        return native_strategy(self._policy, can_shift(service)) not in (None, "ROLLING")

    def _current_revision(self, service: ServiceTypeDef) -> Revision:
        return self._definitions.read(service["taskDefinition"])

    def begin(self, version: Version, token: str) -> str:
        """Let ECS bring `version` in; return what its deployment is called.

        UpdateService takes no token. So the revision is tagged with it, and with what was the
        newest deployment then: whoever comes again looks for a newer one of this revision.
        """
        service = self._deployments.the_service()
        revision = self._definitions.place(version, self._current_revision(service))
        if revision.tags.get(TOKEN) == token:
            begun = self._begun(service, revision)
            if begun is not None:
                return begun
        elif revision.arn == service["taskDefinition"]:
            return self._deployments.of_definition(revision.arn) or _listed(service, revision)
        else:
            service = self._paired(service)
            newest = next(iter(self._deployments.newest()), (_NONE, ""))[0]
            revision = self._definitions.mark(revision, token, service["taskDefinition"], newest)
        return self._named(self._update(service, revision), revision, revision.tags[AFTER])

    def begun(self, version: Version, token: str) -> str | None:
        """Return the deployment that `begin` has begun with `token`, None for none."""
        service = self._deployments.the_service()
        revision = self._definitions.of_version(version, self._current_revision(service))
        if revision is None or revision.tags.get(TOKEN) != token:
            return None
        return self._begun(service, revision)

    def _paired(self, service: ServiceTypeDef) -> ServiceTypeDef:
        if not self._shifts(service):
            return service
        before = dict(service.get("deploymentConfiguration", {}))
        rolling = deployment_configuration(self._policy, "ROLLING", self._alarms(), before)
        pairing = Pairing(self._clients, self._place, self._deployments, self._pause)
        return pairing.paired(service, rolling)

    def _begun(self, service: ServiceTypeDef, revision: Revision) -> str | None:
        """Return the deployment that an earlier run has begun with this token, if it did."""
        found = self._deployments.of_definition(revision.arn, revision.tags.get(AFTER))
        if found is not None:
            return found
        here = service["taskDefinition"] == revision.arn
        return self._named(service, revision, revision.tags.get(AFTER)) if here else None

    def _update(self, service: ServiceTypeDef, revision: Revision) -> ServiceTypeDef:
        native = native_strategy(self._policy, can_shift(service))
        if native is None:
            raise OutsideError(
                "ECS cannot shift these shares", "Write one share, or equal ones, below `deploy`."
            )
        before = dict(service.get("deploymentConfiguration", {}))
        configuration = deployment_configuration(self._policy, native, self._alarms(), before)
        with asking("ECS", f"update the service {self._place.service}"):
            answer = self._clients.ecs.update_service(
                cluster=self._place.cluster,
                service=self._place.service,
                taskDefinition=revision.arn,
                deploymentConfiguration=configuration,
            )
        return answer["service"]

    def _alarms(self) -> list[str]:
        """Return those of the wanted alarms that exist."""
        wanted = list(self._place.alarms)
        if not wanted:
            return []
        with asking("CloudWatch", "list the alarms that watch a deploy"):
            found = self._clients.alarms.describe_alarms(
                AlarmNames=wanted[:100], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        there = {
            one.get("AlarmName")
            for one in (*found.get("MetricAlarms", []), *found.get("CompositeAlarms", []))
        }
        return [one for one in wanted if one in there]

    def _named(self, service: ServiceTypeDef, revision: Revision, after: str | None) -> str:
        """Return what the deployment of a revision is called; ECS lists it after a moment."""
        deadline = self._pause.seconds() + _APPEARS_WITHIN_SECONDS
        while self._deployments.newest():
            found = self._deployments.of_definition(revision.arn, after)
            if found is not None:
                return found
            if self._pause.seconds() >= deadline:
                break
            self._pause.wait(_LOOK_EVERY_SECONDS)
        return _listed(service, revision)

    def progress(self, rollout: str) -> RolloutState:
        """Return how far it has come."""
        if ARN_PART not in rollout:
            number, definition = _parts(rollout)
            return old_state_of(self._deployments.the_service(), number, definition)
        deployment = self._deployments.read(rollout)
        state = state_of(deployment)
        if state.phase == "done":
            return self._since_done(deployment, state)
        return self._given_up(deployment, state) if needs_watching(deployment) else state

    def _given_up(self, deployment: ServiceDeploymentTypeDef, state: RolloutState) -> RolloutState:
        """Return that it failed once as many tasks have stopped as ECS's own breaker allows."""
        definition = self._target_of(deployment)
        stopped = [
            one
            for one in self._tasks.of_service(running=False)
            if one.get("taskDefinitionArn") == definition
        ]
        if len(stopped) < max(_FEWEST_FAILURES, (state.wanted or 0) / 2):
            return state
        reason = f"{len(stopped)} tasks of the new version stopped and none runs"
        return RolloutState("failed", state.share_new, state.healthy, state.wanted, reason)

    def _since_done(
        self, deployment: ServiceDeploymentTypeDef, state: RolloutState
    ) -> RolloutState:
        """Return whether what was done has been taken back since, by `abort` or by hand."""
        definition = self._target_of(deployment)
        service = self._deployments.the_service()
        if not definition or service["taskDefinition"] == definition:
            return state
        newest = self._deployments.newest()
        back = state_of(self._deployments.read(newest[0][0])) if newest else None
        if back is not None and back.phase == "running":
            return RolloutState("reverting", None, back.healthy, back.wanted, back.reason)
        return RolloutState("reverted", reason="another version has taken its place since")

    def _target_of(self, deployment: ServiceDeploymentTypeDef) -> str:
        target = deployment.get("targetServiceRevision", {}).get("arn")
        return self._deployments.definition_of(target) if target else ""

    def abort(self, rollout: str) -> None:
        """Let ECS go back to the version before.

        A deployment under way is stopped, which shifts the traffic back; one that has ended, or
        that ECS cannot stop, is followed by another with the version before.
        """
        if ARN_PART in rollout:
            deployment = self._deployments.read(rollout)
            phase = state_of(deployment).phase
            if phase in ("reverting", "reverted"):
                return
            if deployment.get("status") in UNDER_WAY and self._stopped(rollout):
                return
            self._go_back(self._target_of(deployment), self._deployments.source_of(deployment))
            return
        definition = _parts(rollout)[1]
        self._go_back(definition, self._definitions.read(definition).tags.get(BEFORE, ""))

    def _stopped(self, arn: str) -> bool:
        try:
            with asking("ECS", "stop a deployment"):
                self._clients.ecs.stop_service_deployment(
                    serviceDeploymentArn=arn, stopType="ROLLBACK"
                )
        except AwsRefusal as refusal:
            if refusal.code in UNSUPPORTED:
                return False
            if refusal.code == "ConflictException":
                # It ended, or began to go back, between our two questions.
                return self.progress(arn).phase in ("reverting", "reverted")
            raise
        return True

    def _go_back(self, definition: str, before: str) -> None:
        service = self._deployments.the_service()
        if service["taskDefinition"] != definition:
            return
        if not before:
            raise OutsideError(
                f"nothing ran in {self._place.service} before this version",
                "Deploy a version that works, or scale the service to 0.",
            )
        shifts = self._shifts(service) and not lacks_pair(service)
        native: Native = "BLUE_GREEN" if shifts else "ROLLING"
        configuration = back_at_once(dict(service.get("deploymentConfiguration", {})), native)
        with asking("ECS", f"take the service {self._place.service} back"):
            self._clients.ecs.update_service(
                cluster=self._place.cluster,
                service=self._place.service,
                taskDefinition=before,
                deploymentConfiguration=configuration,
            )

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        """Return why tasks of the version do not work, one for each of the last few."""
        if ARN_PART in rollout:
            definition = self._target_of(self._deployments.read(rollout))
        else:
            definition = _parts(rollout)[1]
        if not definition:
            return ()
        revision = self._definitions.read(definition)
        explained = Explained(self._clients, self._place, self._tasks)
        return explained.of(self._deployments.the_service(), revision)


def _listed(service: ServiceTypeDef, revision: Revision) -> str:
    """Return what a deployment is called where ECS lists no service deployments."""
    listed = service.get("deployments", [])
    ours = [one.get("id", "") for one in listed if one.get("taskDefinition") == revision.arn]
    return f"{ours[0] if ours else _NONE} {revision.arn}"


def _parts(rollout: str) -> tuple[str, str]:
    number, _, definition = rollout.partition(" ")
    if not definition:
        raise OutsideError(
            f"{rollout!r} is no deployment of ECS", "Look it up with `outgrow deploys`."
        )
    return number, definition
