"""`outgrow deploys start`: what ran on machines of our own runs again after they were restarted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from outgrow.deploy.bring_back import Started, bring_back
from outgrow.deploy.places import is_rollout
from outgrow.deploy.ports import Pause
from outgrow.errors import InputError
from outgrow.operations.deploying.backends import Backends, runs_on_own_hosts
from outgrow.operations.deploying.configuration import secrets_hidden
from outgrow.operations.deploying.desk import DeployDesk, at_deploy_desk, deploy_state
from outgrow.operations.deploying.own_hosts.take_down import parts_here
from outgrow.operations.deploying.own_hosts.workers import OwnWorkers
from outgrow.operations.deploying.places import Places
from outgrow.operations.deploying.records import facts_of, known_versions, last_done
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.store.store import Store


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A slot of a component that was started again; `problem` is empty when all is well."""

    component: str
    slot: str
    version: str
    problem: str


def bring_all_back(
    target: DeployTarget, backends: Backends, pause: Pause
) -> tuple[BroughtBack, ...]:
    """Start again whatever should run in an environment on machines of the team's own.

    Raises LeaseTaken while somebody deploys one of them, and InputError while a deploy waits
    to be ended: that knows better what should run.
    """
    with deploy_state(target) as store, ExitStack() as stack:
        desks = [stack.enter_context(at_deploy_desk(store, one)) for one in _of_own(target)]
        for desk in desks:
            _refuse_unfinished(desk)
        return tuple(
            BroughtBack(desk.target.component, one.slot, one.version, one.problem)
            for desk in desks
            for one in _of_part(desk, backends, store, pause)
        )


def _of_own(target: DeployTarget) -> Iterator[DeployTarget]:
    for part in parts_here(target.system):
        if runs_on_own_hosts(target.system, part):
            yield DeployTarget(target.opened, target.system, part)


def _refuse_unfinished(desk: DeployDesk) -> None:
    one = desk.target
    if desk.unfinished() is not None:
        named = f"{one.component} --environment {one.environment}"
        raise InputError(
            f"a deploy of {one.component} in {one.environment} has not ended",
            f"End it first: outgrow deploy {named} --resume, or outgrow rollback {named}.",
        )


def _of_part(desk: DeployDesk, backends: Backends, store: Store, pause: Pause) -> Iterator[Started]:
    operations = desk.all()
    known, done = known_versions(operations), last_done(operations)
    last = facts_of(done).plan.version if done else None
    with Places(backends, desk.target, store) as places:
        place = places.at(desk.target.kind)
        if isinstance(place, OwnWorkers):
            yield from (Started(slot, version) for slot, version in place.bring_back(known))
        elif not is_rollout(place):
            seconds = desk.target.policy(None).health_seconds
            hide = secrets_hidden(place)
            for one in bring_back(place, known, last, pause, seconds):
                yield Started(one.slot, one.version, hide(one.problem))
