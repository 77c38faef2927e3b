"""Reads secrets from where a strategy says that they are; they print as asterisks."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from outgrow.errors import InputError


def read_secret(reference: str, what: str) -> SecretStr:
    """Return the secret at `env:NAME` or `file:PATH`; `what` names it in errors.

    Raises InputError when it is not there, or lies where only other programs reach it.
    """
    kind, _, place = reference.partition(":")
    if kind == "env":
        return _from_variable(place, what)
    if kind == "file":
        return _from_file(Path(place), what)
    raise InputError(
        f"{what} lies in {kind}, which is not read here",
        "Put it into a variable and name that: --database env:DATABASE_URL.",
    )


def variable(name: str) -> str | None:
    """Return an environment variable, None when it is not set or empty."""
    return os.environ.get(name) or None


def _from_variable(name: str, what: str) -> SecretStr:
    value = variable(name)
    if value is None:
        raise InputError(
            f"{what} is not set: the variable {name} is empty",
            f"Set {name}, or name another place: --database env:NAME or --database file:PATH.",
        )
    return SecretStr(value)


def _from_file(path: Path, what: str) -> SecretStr:
    try:
        return SecretStr(path.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{what} cannot be read from {path}", "Check the path.") from None
