"""Hands this process over to another program."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from outgrow.errors import InputError

# Python ignores these, and a program that takes its place would go on ignoring them.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Run `command` in place of this process, with exactly the variables of `environment`.

    Signals, the terminal and the exit code are then the command's own. Raises InputError when
    it cannot be started.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    before = [(number, signal.signal(number, signal.SIG_DFL)) for number in _IGNORED_BY_PYTHON]
    try:
        os.execvpe(command[0], list(command), dict(environment))
    except OSError as error:
        for number, action in before:
            signal.signal(number, action)
        raise InputError(
            f"`{command[0]}` cannot be started: {error.strerror}",
            "Check its name and that it is on the PATH.",
        ) from None
