"""`outgrow deploys down`: ends everything that runs for an environment on machines of our own."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from outgrow.errors import InputError
from outgrow.operations.deploying.backends import runs_on_own_hosts
from outgrow.operations.deploying.desk import at_deploy_desk, deploy_state
from outgrow.operations.deploying.own_hosts.take_down import parts_here, take_down
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.render.system.model import Part


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What was ended in an environment: the proxy, and each version in its slot."""

    environment: str
    ended: tuple[str, ...]


def components_of(target: DeployTarget) -> tuple[str, ...]:
    """Return the components of an environment that run on machines of the team's own.

    Raises InputError where none does.
    """
    return tuple(part.component for part in _parts(target))


def take_all_down(target: DeployTarget) -> TakenDown:
    """End the proxy that outgrow keeps and what runs behind it; releases and history stay.

    Raises LeaseTaken while somebody deploys one of them, and InputError while a deploy waits
    to be ended.
    """
    with deploy_state(target) as store, ExitStack() as stack:
        for part in _parts(target):
            one = DeployTarget(target.opened, target.system, part)
            desk = stack.enter_context(at_deploy_desk(store, one))
            if desk.unfinished() is not None:
                raise InputError(
                    f"a deploy of {one.component} in {one.environment} has not ended",
                    f"End it first: outgrow rollback {one.component} "
                    f"--environment {one.environment}.",
                )
        return TakenDown(target.environment, tuple(take_down(target.opened, target.system)))


def _parts(target: DeployTarget) -> tuple[Part, ...]:
    system = target.system
    found = tuple(part for part in parts_here(system) if runs_on_own_hosts(system, part))
    if not found:
        raise InputError(
            f"nothing of {target.environment} runs on machines of your own",
            "What a provider runs is ended there.",
        )
    return found
