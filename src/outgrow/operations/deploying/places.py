"""The places that a component is deployed to, open for as long as a command needs them."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from outgrow.deploy.ports import Fleet, Rollout
from outgrow.operations.deploying.backends import Backends
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployKind


class Places:
    """Where `target` runs, by the kind of deploy: some providers do each kind differently.

    A deploy that was begun is ended where it was begun, whatever is asked for now.
    """

    def __init__(self, backends: Backends, target: DeployTarget, store: Store) -> None:
        self._backends = backends
        self._target = target
        self._store = store
        self._open: dict[DeployKind, Fleet | Rollout] = {}
        self._closing = ExitStack()

    def at(self, kind: DeployKind) -> Fleet | Rollout:
        """Return where deploys of `kind` go. Raises InputError for what is not said."""
        if kind not in self._open:
            one = self._target
            place = self._backends.build(one.opened, one.system, one.part, self._store, kind)
            close = getattr(place, "close", None)
            if close is not None:
                self._closing.callback(close)
            self._open[kind] = place
        return self._open[kind]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()
