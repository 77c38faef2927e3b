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
    from rich.console import Console

    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=_PIPED_WIDTH if piped else None, highlight=False, soft_wrap=False)


def talk() -> Console:
    """Return the console for what is said to a person beside the result."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)
