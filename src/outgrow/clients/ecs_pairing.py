"""Gives a service its pair of target groups, once, before the first version that is shifted.

AWS asks for one rolling deployment with the pair before a service may shift, and for none that
is under way then. It is one of the version that runs: users see no change.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outgrow.clients.ecs_deployments import Deployments, state_of
from outgrow.clients.ecs_pair import Pair, lacks_pair
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import asking
from outgrow.deploy.ports import Pause, RolloutState
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import DeploymentConfigurationUnionTypeDef, ServiceTypeDef

_APPEARS_WITHIN_SECONDS = 20.0
_DONE_WITHIN_SECONDS = 1800.0
_LOOK_EVERY_SECONDS = 5.0


class Pairing:
    """Lets one service have its pair, and waits until nothing of it is under way."""

    def __init__(
        self, clients: EcsClients, place: EcsPlace, deployments: Deployments, pause: Pause
    ) -> None:
        self._clients = clients
        self._place = place
        self._deployments = deployments
        self._pause = pause

    def paired(
        self, service: ServiceTypeDef, rolling: DeploymentConfigurationUnionTypeDef
    ) -> ServiceTypeDef:
        """Return the service as it is once it has its pair, given by a `rolling` deployment.

        Whoever comes again after a kill waits for that deployment. Raises OutsideError when it
        failed: nothing of a new version was begun then.
        """
        if not lacks_pair(service):
            self._still()
            return self._deployments.the_service()
        before = self._newest()
        self._give(service, rolling)
        state = self._still(after=before)
        if state is not None and state.phase != "done":
            raise OutsideError(
                f"{self._place.service} could not be given its pair of target groups:"
                f" {state.reason or state.phase}",
                "Look at its deployments in the console of ECS. Nothing of the new version was"
                " begun.",
            )
        return self._deployments.the_service()

    def _give(self, service: ServiceTypeDef, rolling: DeploymentConfigurationUnionTypeDef) -> None:
        balancers = Pair(self._clients, self._place).load_balancers(service)
        with asking("ECS", f"give the service {self._place.service} its pair of target groups"):
            self._clients.ecs.update_service(
                cluster=self._place.cluster,
                service=self._place.service,
                loadBalancers=balancers,
                deploymentConfiguration=rolling,
            )

    def _newest(self) -> str | None:
        return next((arn for arn, _ in self._deployments.newest()), None)

    def _still(self, after: str | None = "") -> RolloutState | None:
        """Return how the newest deployment ended, None for none; ECS lists it after a moment.

        One that is newer than `after` is meant, where that is not "".
        """
        began = self._pause.seconds()
        while True:
            newest, passed = self._newest(), self._pause.seconds() - began
            state = state_of(self._deployments.read(newest)) if newest else None
            appears = newest == after and passed < _APPEARS_WITHIN_SECONDS
            if not appears and (state is None or state.phase not in ("running", "reverting")):
                return state
            if passed >= _DONE_WITHIN_SECONDS:
                raise OutsideError(
                    f"a deployment of {self._place.service} goes on for {passed / 60:.0f} minutes",
                    "Look at it in the console of ECS; `outgrow deploy --resume` goes on then.",
                )
            self._pause.wait(_LOOK_EVERY_SECONDS)
