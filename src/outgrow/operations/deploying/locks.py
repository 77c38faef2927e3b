"""`outgrow lock`: who holds the lock of a component's deploys, and breaking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outgrow.errors import InputError
from outgrow.operations.deploying.desk import deploy_state
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.store.leases import Leases
from outgrow.store.owner import Owner, has_ended


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as it is now: `holder` is None when it is free.

    `dead` says that its holder was a process of this machine that is gone: the next deploy
    takes the lock without waiting.
    """

    component: str
    environment: str
    holder: Owner | None
    since: datetime | None
    expires: datetime | None
    dead: bool


def read_lock(target: DeployTarget) -> Lock:
    """Return who holds the lock of `target`."""
    with deploy_state(target) as store:
        lease = Leases(store).holder(target.lease)
    if lease is None:
        return Lock(target.component, target.environment, None, None, None, dead=False)
    return Lock(
        target.component, target.environment, lease.owner, lease.since, lease.expires,
        has_ended(lease.owner),
    )  # fmt: skip


def break_lock(target: DeployTarget) -> Lock:
    """Give back the lock that another process holds; return it as it was.

    That process can write nothing more to the journal. Raises InputError when it is free.
    """
    lock = read_lock(target)
    with deploy_state(target) as store:
        leases = Leases(store)
        lease = leases.holder(target.lease)
        if lease is None:
            raise InputError(f"nobody holds the lock of {target.lease}")
        leases.release(lease)
    return lock
