"""Ctrl-C and its relatives: what ends a command, and what may be finished before it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Let an end from outside (`kill`, a closed terminal) do within the block what Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    with _replaced(_ENDINGS, interrupt):
        yield


@contextmanager
def finishing(said: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C within the block pass with `said`; the next one ends it.

    Who has pressed it once often presses it twice, and that must not leave half of a removal.
    """
    heard = 0

    def pass_by(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard += 1
        if heard > 1:
            raise KeyboardInterrupt
        said()

    with _replaced((signal.SIGINT, *_ENDINGS), pass_by):
        yield


@contextmanager
def _replaced(
    numbers: tuple[signal.Signals, ...], action: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    before = [(number, signal.signal(number, action)) for number in numbers]
    try:
        yield
    finally:
        for number, previous in before:
            signal.signal(number, previous)
