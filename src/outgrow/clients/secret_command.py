"""Secrets that a command prints: `command:pass show shop/token`.

It runs without a shell; `command:sh -c '...'` asks for one.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from pydantic import SecretStr

from outgrow.clients.programs import output_of
from outgrow.environments.resolving import Unread

_TIMEOUT_SECONDS = 10.0


def run_command(
    command: str, folder: Path, timeout_seconds: float = _TIMEOUT_SECONDS
) -> SecretStr | Unread:
    """Return what `command` prints, without the line feed at its end."""
    try:
        arguments = shlex.split(command)
    except ValueError:
        return Unread("the command has a quote that nothing closes")
    if not arguments:
        return Unread("there is no command")
    found = output_of(arguments, folder, timeout_seconds)
    if isinstance(found, Unread):
        return found
    text = found.get_secret_value().rstrip("\r\n")
    return SecretStr(text) if text else Unread(f"{Path(arguments[0]).name} printed nothing")
