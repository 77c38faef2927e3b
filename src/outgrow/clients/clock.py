"""The present moment, and waiting; everything else takes them as arguments."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """Return seconds that only ever grow: for deadlines, not for dates."""
    return time.monotonic()


def wait_seconds(seconds: float) -> None:
    """Return after `seconds`."""
    time.sleep(seconds)
