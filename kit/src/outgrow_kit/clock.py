"""Where the kit reads time; every part takes a clock as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds that only grow: for durations and deadlines. A test passes a function of its own.
Clock = Callable[[], float]
monotonic: Clock = time.monotonic

# Seconds since 1970, UTC: for what is kept outside of the process.
WallClock = Callable[[], float]
wall: WallClock = time.time

# Waiting, for the few parts that may: a test passes a function that only notes it.
Wait = Callable[[float], None]
wait: Wait = time.sleep
