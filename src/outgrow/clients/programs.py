"""Runs a program for what it prints, which is a secret: its output is returned and never shown."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from outgrow.environments.resolving import Unread


def output_of(arguments: Sequence[str], folder: Path, timeout_seconds: float) -> SecretStr | Unread:
    """Return what a program prints to stdout; no shell is between.

    What it says to stderr is dropped, because it may repeat the secret. After the timeout it
    ends with all that it started.
    """
    name = Path(arguments[0]).name
    try:
        with subprocess.Popen(
            list(arguments),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as program:
            try:
                output, _ = program.communicate(timeout=timeout_seconds)
            except BaseException as error:
                _end(program)
                if isinstance(error, subprocess.TimeoutExpired):
                    return Unread(f"{name} took longer than {timeout_seconds:g} s")
                raise
    except OSError as error:
        return Unread(f"{name} cannot be started: {error.strerror}")
    if program.returncode != 0:
        return Unread(f"{name} ended with code {program.returncode}")
    try:
        return SecretStr(output.decode("utf-8"))
    except UnicodeDecodeError:
        return Unread(f"{name} printed something that is not UTF-8")


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, and whatever it started in its session."""
    try:
        os.killpg(program.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError:  # a program of another user, such as sudo
        program.kill()
