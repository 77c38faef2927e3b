"""Where the command line writes: data to stdout, talk to stderr, colours only on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 140


def out() -> Console:
    """Return the console for results; wide and plain when it is not a terminal."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return _console()(width=_PIPED_WIDTH if piped else None, highlight=False, soft_wrap=False)


def talk() -> Console:
    """Return the console for what is said to a person beside the result."""
    return _console()(stderr=True, highlight=False, soft_wrap=True)


def _console() -> type[Console]:
    from rich.console import Console

    class Told(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the command: rich would end the program with 1, which is an answer."""
            raise BrokenPipeError

    return Told
