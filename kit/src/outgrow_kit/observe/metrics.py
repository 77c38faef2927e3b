"""The metrics of an application: requests, databases, Redis, and what the business counts.

Every label set is there from the start with the value 0, so that the first error is an
increase and not a new series, which `rate()` cannot see.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.errors import KitError
from outgrow_kit.observe.buckets import latency_buckets
from outgrow_kit.observe.registry import all_workers, share_between_workers
from outgrow_kit.settings.model import MetricsSettings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Label names with every value that will occur; an empty list when they are not known.
Labels = Mapping[str, Sequence[str]]
_CARRY_SECONDS = 1.0
Across = Literal["mostrecent", "livesum", "livemax", "livemin"]


class Metrics:
    """The metrics of this process, and of all workers when they are asked for.

    `workers` is how many processes one instance runs. Make one before anything else imports
    prometheus_client; raises KitError when it is too late for several workers.
    """

    def __init__(
        self,
        settings: MetricsSettings | None = None,
        *,
        workers: int = 1,
        clock: Clock = monotonic,
    ) -> None:
        self.settings = settings or MetricsSettings()
        self._folder: Path | None = share_between_workers(workers)
        from prometheus_client import CollectorRegistry, ProcessCollector

        self.registry: CollectorRegistry = CollectorRegistry()
        if self._folder is None:
            ProcessCollector(registry=self.registry)
        self._clock = clock
        self._carriers: list[Callable[[], None]] = []
        self._carried_at = clock()
        self._named: dict[str, Counter | Gauge | Histogram] = {}
        self.buckets = latency_buckets(self.settings.latency_thresholds_seconds)

    def counter(self, name: str, description: str, labels: Labels | None = None) -> Counter:
        """Return a counter of prometheus_client, every label set begun at 0."""
        from prometheus_client import Counter

        given = labels or {}
        self._check(name, "counter", given)
        made = Counter(name, description, tuple(given), registry=self.registry)
        self._begin(name, made, given)
        return made

    def gauge(
        self,
        name: str,
        description: str,
        labels: Labels | None = None,
        *,
        across: Across = "mostrecent",
    ) -> Gauge:
        """Return a gauge; `across` says how the values of several workers make one.

        The most recent is right for what is read from the database (users, open orders), the
        sum of the living for what each worker has of its own (requests in progress).
        """
        from prometheus_client import Gauge

        given = labels or {}
        self._check(name, "gauge", given)
        made = Gauge(
            name, description, tuple(given), registry=self.registry, multiprocess_mode=across
        )
        self._begin(name, made, {} if across == "mostrecent" else given)
        return made

    def histogram(
        self,
        name: str,
        description: str,
        labels: Labels | None = None,
        *,
        buckets: Sequence[float] | None = None,
    ) -> Histogram:
        """Return a histogram; without `buckets` those of the strategy's latency thresholds."""
        from prometheus_client import Histogram

        given = labels or {}
        self._check(name, "histogram", given)
        bounds = tuple(buckets or self.buckets)
        made = Histogram(name, description, tuple(given), registry=self.registry, buckets=bounds)
        self._begin(name, made, given)
        return made

    def missing(self) -> tuple[str, ...]:
        """Return the metrics that the strategy names and the application has not made."""
        return tuple(name for name in self.settings.metrics if name not in self._named)

    def before_reading(self, carry: Callable[[], None]) -> None:
        """Call `carry` once a second while requests come, and before the metrics are read.

        For what counts by itself: a worker that is not asked for its metrics carries as well.
        """
        self._carriers.append(carry)

    def carry_when_due(self) -> None:
        """Let those of `before_reading` carry, when the last time is a second ago."""
        if self._carriers and self._clock() - self._carried_at >= _CARRY_SECONDS:
            self.carry()

    def carry(self) -> None:
        """Let those of `before_reading` carry now; in the thread that they count in."""
        self._carried_at = self._clock()
        for carry in self._carriers:
            carry()

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format, added up over the workers."""
        self.carry()
        return self.carried()

    def carried(self) -> bytes:
        """Return what `exposition` does, without carrying first; for any thread."""
        from prometheus_client import generate_latest

        return generate_latest(all_workers(self._folder) if self._folder else self.registry)

    def _check(self, name: str, kind: str, labels: Labels) -> None:
        """Hold a metric against what the strategy says of it."""
        if name in self._named:
            raise KitError(f"The metric {name} is made twice; make it once and pass it on.")
        wanted = self.settings.metrics.get(name)
        if wanted is not None and wanted != (kind, tuple(labels)):
            raise KitError(
                f"The strategy says that {name} is a {wanted[0]} with the labels "
                f"{list(wanted[1])}, and the application makes a {kind} with {list(labels)}."
            )

    def _begin(self, name: str, made: Counter | Gauge | Histogram, labels: Labels) -> None:
        self._named[name] = made
        if labels:
            for values in itertools.product(*labels.values()):
                made.labels(*values)
