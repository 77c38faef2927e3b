"""Runs the command line as a user does: a process of its own, its output and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Return an environment without the user's own settings; `home` holds the overlay."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    kept["PYTHONPATH"] = str(REPOSITORY / "src")
    return kept | {"XDG_CONFIG_HOME": str(home), "HOME": str(home), "NO_COLOR": "1"} | extra


def outgrow(
    *arguments: str,
    home: Path,
    folder: Path = REPOSITORY,
    environment: Mapping[str, str] | None = None,
    **options: object,
) -> Ran:
    """Run `outgrow` with `arguments` in `folder` and return what came of it."""
    done = subprocess.run(
        [sys.executable, "-m", "outgrow", *arguments],
        cwd=folder,
        env=dict(environment) if environment is not None else clean_environment(home),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    return Ran(done.returncode, done.stdout, done.stderr)
