"""Whether what is read now will be kept: then it should not be behind.

A cache that fills itself from a replica may keep what the replica did not have yet, long after the
invalidation that made it read. So the cache says here that it fills, and the database's reads
then go to the primary. The two do not know each other; both know this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_FILLING: ContextVar[bool] = ContextVar("outgrow_filling", default=False)


def is_filling() -> bool:
    """Return whether what is read in this thread or task will be kept."""
    return _FILLING.get()


@contextmanager
def filling() -> Iterator[None]:
    """Let reads in the block go to the primary, as they do while a cache fills."""
    token = _FILLING.set(True)
    try:
        yield
    finally:
        _FILLING.reset(token)
