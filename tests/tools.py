"""Other people's tools that check what outgrow renders: where they are, and running them.

`make test` installs them: Debian's packages, a virtual environment of their own for the
Python ones (they need other versions than outgrow does), and Node packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_FOLDERS = (
    *filter(None, [os.environ.get("OUTGROW_TOOLS")]),
    str(_ROOT / ".venv-tools" / "bin"),
    str(_ROOT / ".tools" / "node_modules" / ".bin"),
    str(Path(sys.executable).parent),
    *os.environ.get("PATH", "").split(os.pathsep),
    "/usr/sbin",
    "/sbin",
)


def find_tool(name: str) -> str | None:
    """Return the path of the program `name`, or None where it is not installed."""
    return shutil.which(name, path=os.pathsep.join(_FOLDERS))


def tool(name: str) -> str:
    """Return the path of the program `name`; fail the test where it is not installed."""
    found = find_tool(name)
    if found is None:
        pytest.fail(f"{name} is not installed; `make test` installs it")
    return found


def run_tool(
    name: str,
    *arguments: str | Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Return what `name` said about `arguments`, its output as text and whatever its exit code."""
    command: Sequence[str] = [tool(name), *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        text=True,
        capture_output=True,
        timeout=timeout_seconds,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return everything that a tool printed, for the message of a failed assertion."""
    return f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
