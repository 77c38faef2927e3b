"""What a store of counts answers, and how the algorithms of `limits` are read."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Literal, Protocol

Algorithm = Literal["sliding_window", "moving_window", "fixed_window"]


@dataclass(frozen=True, slots=True)
class Count:
    """What came of one request: whether it may pass, and what is left.

    `reset_seconds` is when the window moves on; `retry_seconds` (0 when allowed) the earliest
    moment at which a further request can pass.
    """

    is_allowed: bool
    remaining: int
    reset_seconds: float
    retry_seconds: float


class Counts(Protocol):
    """Counts requests by key, for all processes or only this one."""

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        """Count one request, unless it is over the limit; raises StoreUnavailable."""

    async def prepare(self) -> None:
        """Connect, and create what is needed, before the first request."""

    async def close(self) -> None:
        """Close connections."""


def sliding_count(
    is_allowed: bool,
    limit: int,
    window_seconds: float,
    previous: int,
    previous_ttl_seconds: float,
    current: int,
    current_ttl_seconds: float,
) -> Count:
    """Read a sliding window counter: the previous window counts by the share still in view.

    The counter of a window lives for two: while it is the current one it has more than
    `window_seconds` left.
    """
    weighted = floor(previous * previous_ttl_seconds / window_seconds) + current
    reset = max(0.0, current_ttl_seconds - window_seconds)
    if is_allowed:
        return Count(True, max(0, limit - weighted), reset, 0.0)
    if current < limit:
        # The previous window must fade until one more fits.
        room = (limit - current) * window_seconds / previous if previous else window_seconds
        return Count(False, 0, reset, max(0.0, previous_ttl_seconds - room))
    # The current window becomes the previous one first, and then must fade itself.
    fading = max(0.0, window_seconds - limit * window_seconds / current)
    return Count(False, 0, reset, reset + fading)


def moving_count(
    is_allowed: bool, limit: int, window_seconds: float, entries: int, oldest_age_seconds: float
) -> Count:
    """Read a moving window: every request counts until it is `window_seconds` old."""
    wait = max(0.0, window_seconds - oldest_age_seconds)
    return Count(is_allowed, max(0, limit - entries), wait, 0.0 if is_allowed else wait)


def fixed_count(limit: int, hits: int, left_seconds: float) -> Count:
    """Read a fixed window: everything is forgotten at its end."""
    left = max(0.0, left_seconds)
    is_allowed = hits <= limit
    return Count(is_allowed, max(0, limit - hits), left, 0.0 if is_allowed else left)
