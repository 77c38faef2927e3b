"""The place that a component is deployed to, open for as long as a command needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from outgrow.deploy.ports import Fleet, Rollout
from outgrow.operations.deploying.backends import Backends
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.store.store import Store


@contextmanager
def open_place(backends: Backends, target: DeployTarget, store: Store) -> Iterator[Fleet | Rollout]:
    """Give where `target` runs; its `close` is called at the end when it has one."""
    with ExitStack() as stack:
        place = backends.build(target.opened, target.system, target.part, store)
        close = getattr(place, "close", None)
        if close is not None:
            stack.callback(close)
        yield place
