"""Which requests a proof sends, and when: exact shares of each kind in every hundred."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outgrow.errors import InputError

RequestKind = Literal["get", "post", "slow"]
HIGHEST_RATE = 500
LONGEST_SECONDS = 3600.0
_BLOCK = 100  # requests in which the shares are exact


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Requests to `address`:`port` at a fixed rate, whatever the answers take.

    `name` is the host that requests ask for (and, with `tls`, the one the certificate is for).
    Of every hundred requests, `posts` are a POST to `post_path` with a body and an idempotency
    number, `slow` a GET of `slow_path`, all others a GET of `path`; a kind without a path is not
    sent. `new_connections` of every hundred open a connection of their own, the others share at
    most `pool` kept ones. `echoes` says that every answer's body contains the number that the
    request carried in X-Outgrow-Proof. `version_header` names the header that tells which
    version answered. A request may take `timeout_seconds` from the moment it was due.
    """

    address: str
    port: int
    name: str
    tls: bool = False
    path: str = "/"
    post_path: str | None = None
    slow_path: str | None = None
    rate_per_second: int = 100
    longest_seconds: float = 900.0
    posts: int = 8
    slow: int = 2
    new_connections: int = 20
    pool: int = 20
    timeout_seconds: float = 10.0
    echoes: bool = False
    version_header: str = "x-version"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would be no proof but an attack."""
        if not 1 <= self.rate_per_second <= HIGHEST_RATE:
            raise InputError(
                f"a rate of {self.rate_per_second} requests/s is outside of 1 to {HIGHEST_RATE}",
                "Choose one in between: a proof looks for lost requests, not for a limit.",
            )
        if not 0 < self.longest_seconds <= LONGEST_SECONDS:
            raise InputError(
                f"a load of {self.longest_seconds:g} s is longer than {LONGEST_SECONDS:g} s",
                "Choose a shorter one.",
            )

    @property
    def most_requests(self) -> int:
        """Return how many requests are sent when nobody ends the load."""
        return int(self.rate_per_second * self.longest_seconds)


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """The request `number`, due `due_seconds` after the beginning."""

    number: int
    due_seconds: float
    kind: RequestKind
    new_connection: bool


def planned_requests(plan: LoadPlan) -> Iterator[PlannedRequest]:
    """Yield every request of `plan` in order; the same plan gives the same ones."""
    chance = random.Random(plan.seed)
    block: list[tuple[RequestKind, bool]] = []
    for number in range(plan.most_requests):
        if not block:
            block = _block(plan, chance)
        kind, new = block.pop()
        yield PlannedRequest(number, number / plan.rate_per_second, kind, new)


def _block(plan: LoadPlan, chance: random.Random) -> list[tuple[RequestKind, bool]]:
    kinds: list[RequestKind] = ["get"] * _BLOCK
    posts = plan.posts if plan.post_path else 0
    slow = plan.slow if plan.slow_path else 0
    kinds[: posts + slow] = [*["post"] * posts, *["slow"] * slow]  # type: ignore[list-item]
    new = [True] * plan.new_connections + [False] * (_BLOCK - plan.new_connections)
    chance.shuffle(kinds)
    chance.shuffle(new)
    return list(zip(kinds, new, strict=True))
