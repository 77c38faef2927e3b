"""`outgrow deploys down`: ends everything that runs for an environment on machines of our own."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from outgrow.errors import InputError
from outgrow.operations.deploying.desk import at_deploy_desk, deploy_state
from outgrow.operations.deploying.own_hosts.take_down import parts_here, take_down
from outgrow.operations.deploying.targets import DeployTarget


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What was ended in an environment: the proxy, and each version in its slot."""

    environment: str
    ended: tuple[str, ...]


def components_of(target: DeployTarget) -> tuple[str, ...]:
    """Return the components of an environment that run on machines of the team's own."""
    return tuple(part.component for part in parts_here(target.system))


def take_all_down(target: DeployTarget) -> TakenDown:
    """End the proxy that outgrow keeps and what runs behind it; releases and history stay.

    Raises LeaseTaken while somebody deploys one of them, and InputError while a deploy waits
    to be ended.
    """
    with deploy_state(target) as store, ExitStack() as stack:
        for part in parts_here(target.system):
            one = DeployTarget(target.opened, target.system, part)
            desk = stack.enter_context(at_deploy_desk(store, one))
            if desk.unfinished() is not None:
                raise InputError(
                    f"a deploy of {one.component} in {one.environment} has not ended",
                    f"End it first: outgrow rollback {one.component}.",
                )
        return TakenDown(target.environment, tuple(take_down(target.opened, target.system)))
