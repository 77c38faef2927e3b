"""Something done to a shop while requests come in, and what became of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.engines.http_app.shop import Shop

from outgrow.clients.load import running_load
from outgrow.deploy.proof import Proof, Sample, proof_of


@dataclass(frozen=True)
class Witnessed:
    """What a load beside it saw."""

    proof: Proof
    samples: list[Sample]

    @property
    def lost(self) -> list[str]:
        """Return why each lost request was lost; the assertion that fails shows it."""
        return [
            f"{one.number} {one.kind} at {one.sent_seconds:.2f}: {one.why}"
            for one in self.samples
            if one.outcome != "ok"
        ]

    def versions_at_the_end(self, seconds: float = 0.5) -> set[str | None]:
        """Return which versions answered the requests of the last `seconds`."""
        end = max(one.sent_seconds for one in self.samples)
        return {one.version for one in self.samples if one.sent_seconds > end - seconds}


def witnessed(
    shop: Shop,
    act: Callable[[], object],
    around_seconds: float = 1.0,
    longest_seconds: float = 90,
) -> Witnessed:
    """Do `act` while requests come in, 100 a second, and for a while before and after it."""
    with running_load(shop.load(seconds=longest_seconds)) as load:
        _pass(around_seconds)
        began = time.monotonic() - load.began_seconds
        act()
        ended = time.monotonic() - load.began_seconds
        _pass(around_seconds)
        samples = load.end()
    return Witnessed(proof_of(samples, [began, ended], 100), samples)


def _pass(seconds: float) -> None:
    # Requests have to come in for some time: that is what is measured, not waited for.
    threading.Event().wait(seconds)
