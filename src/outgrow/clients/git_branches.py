"""The branches that exist at the origin of a repository, as git tells them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from outgrow.errors import OutsideError

_TIMEOUT_SECONDS = 30
_HEADS = "refs/heads/"


def branches_at_origin(folder: Path) -> frozenset[str]:
    """Return the branches of `origin`; raise OutsideError when git cannot tell."""
    command = ["git", "ls-remote", "--heads", "origin"]
    try:
        said = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise _unknown("git is not installed, or does not answer") from None
    if said.returncode:
        # What git says may show an address with a password in it.
        raise _unknown(f"`{' '.join(command)}` ended with {said.returncode}")
    names = (line.partition("\t")[2] for line in said.stdout.splitlines())
    return frozenset(name.removeprefix(_HEADS) for name in names if name.startswith(_HEADS))


def _unknown(why: str) -> OutsideError:
    return OutsideError(
        f"nobody knows which branches exist: {why}",
        "Run it in a clone that reaches its origin, or leave out --gone.",
    )
