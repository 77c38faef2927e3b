"""Runs the team's own commands around a deploy, on this machine, in the strategy's folder."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from outgrow.deploy.values import Ran, Version

_KEPT_LINES = 50
_NOT_FOUND = 127  # as shells have it


class LocalHooks:
    """Hooks of one component in one environment; `on_line` is told all that they print."""

    def __init__(
        self, folder: Path, environment: str, component: str, on_line: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._component = component
        self._on_line = on_line

    def run(self, command: Sequence[str], version: Version) -> Ran:
        """Run `command` and wait for it; return its exit code and its last lines.

        A command of one text is run by a shell. It gets the variables of this process, and
        OUTGROW_VERSION, OUTGROW_ARTIFACT, OUTGROW_ENVIRONMENT and OUTGROW_COMPONENT.
        """
        arguments = ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        try:
            with subprocess.Popen(
                arguments,
                cwd=self._folder,
                env={**os.environ, **self._variables(version)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as running:
                assert running.stdout is not None
                for line in running.stdout:
                    lines.append(line.rstrip("\n"))
                    self._on_line(lines[-1])
        except OSError as error:
            return Ran(_NOT_FOUND, (f"{arguments[0]}: {error.strerror}",))
        return Ran(running.returncode, tuple(lines))

    def _variables(self, version: Version) -> dict[str, str]:
        return {
            "OUTGROW_VERSION": version.id,
            "OUTGROW_ARTIFACT": version.artifact,
            "OUTGROW_ENVIRONMENT": self._environment,
            "OUTGROW_COMPONENT": self._component,
        }
