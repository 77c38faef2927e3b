"""Whether a service holds: one that ends and starts again looks well in between.

A container without a check runs from its first moment, and one with a check may answer it once
before it crashes. So a service counts as ready only when its containers have been so for a while
without ending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from outgrow.clients.docker_inspect import Container
from outgrow.operations.local_run.stages import Progress, Stage

HOLD_HEALTHY_SECONDS = 2.0
HOLD_UNCHECKED_SECONDS = 5.0  # a program with little CPU needs that long to find what it lacks
# After so long Docker itself takes a container that it started again for one that works.
HOLD_AFTER_RESTART_SECONDS = 10.0
_HOLD_SECONDS = {Stage.RUNNING: HOLD_UNCHECKED_SECONDS, Stage.HEALTHY: HOLD_HEALTHY_SECONDS}
_Runs = frozenset[tuple[str, int, int]]


@dataclass(slots=True)
class Steadiness:
    """Remembers since when each service has been ready with the same runs of its containers."""

    monotonic_seconds: Callable[[], float]
    _since: dict[str, tuple[_Runs, float]] = field(default_factory=dict)

    def proven(
        self, found: Sequence[Progress], containers: Iterable[Container]
    ) -> tuple[Progress, ...]:
        """Return `found`, where what has not been ready for long enough is still starting."""
        runs: dict[str, set[tuple[str, int, int]]] = {}
        for one in containers:
            runs.setdefault(one.service, set()).add((one.id, one.restarts, one.pid))
        return tuple(self._proven(one, frozenset(runs.get(one.service, ()))) for one in found)

    def _proven(self, one: Progress, runs: _Runs) -> Progress:
        hold_seconds = _HOLD_SECONDS.get(one.stage)
        if hold_seconds is None:
            self._since.pop(one.service, None)
            return one
        now = self.monotonic_seconds()
        seen, since = self._since.get(one.service, (runs, now))
        if seen != runs:
            since = now
        self._since[one.service] = (runs, since)
        if any(restarts for _, restarts, _ in runs):
            hold_seconds = HOLD_AFTER_RESTART_SECONDS
        return one if now - since >= hold_seconds else replace(one, stage=Stage.STARTING)
