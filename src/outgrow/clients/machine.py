"""What this machine has."""

from __future__ import annotations

import os
from decimal import Decimal


def processors() -> Decimal:
    """Return how many processors this process may use."""
    return Decimal(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
