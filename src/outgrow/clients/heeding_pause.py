"""Waiting that hears Ctrl-C: the first one asks for an orderly end, the second ends at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.clients.interrupts import finishing

_SLICE_SECONDS = 0.1


class HeedingPause:
    """Time on this machine's clock; `wait` raises KeyboardInterrupt once an end is asked for."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """Let the next wait raise KeyboardInterrupt, once."""
        self._asked = True

    def seconds(self) -> float:
        """Return seconds that only ever grow."""
        return monotonic_seconds()

    def wait(self, seconds: float) -> None:
        """Return after `seconds`; raise KeyboardInterrupt when somebody asks for an end."""
        end = monotonic_seconds() + seconds
        self._heed()
        while (left := end - monotonic_seconds()) > 0:
            wait_seconds(min(left, _SLICE_SECONDS))
            self._heed()

    def _heed(self) -> None:
        if self._asked:
            self._asked = False
            raise KeyboardInterrupt


@contextmanager
def heeding(said: Callable[[], None]) -> Iterator[HeedingPause]:
    """Give a pause; the first Ctrl-C (or `kill`) within the block says so and asks it to end.

    The second raises KeyboardInterrupt wherever it is.
    """
    pause = HeedingPause()

    def first() -> None:
        pause.ask()
        said()

    with finishing(first):
        yield pause
