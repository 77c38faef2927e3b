"""`outgrow deploys tidy`: stops old versions that were kept ready for long enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from outgrow.clients.clock import now
from outgrow.deploy.places import is_rollout
from outgrow.deploy.ports import Fleet
from outgrow.operations.deploying.backends import Backends
from outgrow.operations.deploying.desk import DeployDesk, at_deploy_desk, deploy_state
from outgrow.operations.deploying.places import Places
from outgrow.operations.deploying.records import facts_of, last_done
from outgrow.operations.deploying.targets import DeployTarget


@dataclass(frozen=True, slots=True)
class WarmSlot:
    """An old version that runs without traffic; `until` is when it may be stopped."""

    slot: str
    version: str
    until: datetime | None
    stopped: bool


def tidy(
    target: DeployTarget, backends: Backends, *, dry_run: bool, every: bool
) -> tuple[WarmSlot, ...]:
    """Stop what has been kept warm for its time, or `every` one; return all that was warm.

    Raises LeaseTaken while somebody deploys, OutsideError when a slot does not stop.
    """
    with (
        deploy_state(target) as store,
        Places(backends, target, store) as places,
        at_deploy_desk(store, target) as desk,
    ):
        place = places.at(target.kind)
        # What an unfinished deploy has started is nobody's to stop but its own.
        if is_rollout(place) or desk.unfinished() is not None:
            return ()
        return tuple(_tidied(place, desk, dry_run=dry_run, every=every))


def _tidied(fleet: Fleet, desk: DeployDesk, *, dry_run: bool, every: bool) -> Iterator[WarmSlot]:
    until = _warm_until(desk)
    for one in fleet.look():
        if one.version is None or one.has_traffic or one.taking != "maint":
            continue
        due = every or until is None or until <= now()
        if due and not dry_run:
            fleet.stop(one.name)
        yield WarmSlot(one.name, one.version, until, due and not dry_run)


def _warm_until(desk: DeployDesk) -> datetime | None:
    """Return when what the last deploy has replaced may be stopped."""
    last = last_done(desk.all())
    if last is None or last.finished is None:
        return None
    return last.finished + timedelta(seconds=facts_of(last).plan.policy.keep_warm_seconds)
