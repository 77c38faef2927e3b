"""Programs as units of systemd: for machines where it is the first program.

The variables lie in a file that only root can read; the unit itself names that file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel

from outgrow.clients.kept_programs import ProgramState
from outgrow.clients.on_host.place import Spec
from outgrow.clients.own_host import OwnHost
from outgrow.errors import OutsideError

_UNITS = Path("/etc/systemd/system")
_MORE_SECONDS = 20.0
_SHOWN = ("ActiveState", "MainPID", "NRestarts", "ExecMainStatus", "ExecMainCode")
_FOR_FILE = re.compile(r'(["\\`$])')
_BACKSLASH = r"\\\1"
_UNSAFE = re.compile(r"[^A-Za-z0-9-]+")


class _Run(BaseModel):
    exit_code: int
    lines: list[str]


class _Text(BaseModel):
    text: str | None


@dataclass(frozen=True, slots=True)
class Units:
    """Units of systemd on `host`; their names begin with `prefix`."""

    host: OwnHost
    prefix: str

    @property
    def what(self) -> str:
        """Return what its programs are called."""
        return "units of systemd"

    def start(self, place: str, spec: Spec, variables: Mapping[str, str]) -> None:
        """Run `spec`, unless just that runs there."""
        unit = self.unit(place)
        if self._spec(place) == spec and self.states([place])[place].running:
            return
        self._run(["systemctl", "stop", unit], spec.stop_seconds, fails=False)
        self._write(f"{place}/variables", variables_file(variables), 0o600)
        self._write(f"{place}/spec.json", json.dumps(asdict(spec)), 0o600)
        self._write(str(_UNITS / unit), unit_text(unit, place, spec), 0o644)
        self._run(["systemctl", "daemon-reload"])
        self._run(["systemctl", "enable", "--now", unit])

    def stop(self, place: str, stop_seconds: float) -> None:
        """End what runs there, and make the place empty."""
        unit = self.unit(place)
        self._run(["systemctl", "disable", "--now", unit], stop_seconds, fails=False)
        left = [str(_UNITS / unit), f"{place}/variables", f"{place}/spec.json"]
        self._run(["rm", "-f", *left])
        self._run(["systemctl", "daemon-reload"])

    def states(self, places: Sequence[str], lines: int = 0) -> Mapping[str, ProgramState]:
        """Return what runs at each place."""
        return {place: self._state(place, lines) for place in places}

    def unit(self, place: str) -> str:
        """Return the name of the unit of a place: its last two folders tell it from others."""
        words = "-".join(Path(place).parts[-2:])
        return f"{_UNSAFE.sub('-', f'{self.prefix}-{words}')}.service"

    def _state(self, place: str, lines: int) -> ProgramState:
        spec, unit = self._spec(place), self.unit(place)
        if spec is None:
            return ProgramState(lines=self._printed(unit, lines))
        shown = self._run(["systemctl", "show", unit, f"--property={','.join(_SHOWN)}"]).lines
        found = dict(line.split("=", 1) for line in shown if "=" in line)
        running = found.get("ActiveState") in ("active", "deactivating")
        ended = int(found.get("NRestarts") or 0) + (not running)
        return ProgramState(
            labels=spec.labels,
            running=running,
            supervised=running,
            pid=int(found.get("MainPID") or 0) or None,
            ended=ended,
            exit_code=int(found.get("ExecMainStatus") or 0) if ended else None,
            lines=self._printed(unit, lines),
        )

    def _printed(self, unit: str, lines: int) -> list[str]:
        if not lines:
            return []
        command = ["journalctl", f"--unit={unit}", f"--lines={lines}", "--output=cat"]
        return self._run([*command, "--no-pager"], fails=False).lines

    def _spec(self, place: str) -> Spec | None:
        question = {"path": f"{place}/spec.json"}
        text = _Text.model_validate(self.host.ask("read", question)).text
        return Spec(**json.loads(text)) if text else None

    def _write(self, path: str, text: str, mode: int) -> None:
        self.host.ask("write", {"path": path, "text": text, "mode": mode})

    def _run(self, command: Sequence[str], seconds: float = 0.0, *, fails: bool = True) -> _Run:
        limit = seconds + _MORE_SECONDS
        question = {"command": list(command), "timeout_seconds": limit, "lines": 200}
        ran = _Run.model_validate(self.host.ask("run", question, limit + _MORE_SECONDS))
        if ran.exit_code and fails:
            said = (ran.lines or ["it said nothing"])[-1]
            raise OutsideError(
                f"`{' '.join(command[:2])}` fails on {self.host.name}: {said}",
                "Units of systemd need root there: let `ssh` say root@, or use the runner docker.",
            )
        return ran


def unit_text(unit: str, place: str, spec: Spec) -> str:
    """Return the unit of a program; no value of a variable is in it."""
    return "\n".join(_unit_lines(unit, place, spec)) + "\n"


def variables_file(variables: Mapping[str, str]) -> str:
    """Return variables as `EnvironmentFile=` reads them: a value may have several lines."""
    return "".join(
        f'{key}="{_FOR_FILE.sub(_BACKSLASH, value)}"\n' for key, value in sorted(variables.items())
    )


def _unit_lines(unit: str, place: str, spec: Spec) -> Iterator[str]:
    yield "# Written by outgrow; the next deploy writes it anew."
    yield "[Unit]"
    yield f"Description={unit.removesuffix('.service')}"
    yield "After=network-online.target"
    yield "Wants=network-online.target"
    yield "StartLimitIntervalSec=0"
    yield ""
    yield "[Service]"
    yield f"WorkingDirectory={_escaped(spec.folder)}"
    yield f"EnvironmentFile={_escaped(f'{place}/variables')}"
    yield f"ExecStart={' '.join(_quoted(_escaped(word)) for word in spec.command)}"
    yield f"Restart={'always' if spec.again else 'no'}"
    yield "RestartSec=1"
    yield f"KillSignal={spec.stop_signal}"
    yield f"TimeoutStopSec={spec.stop_seconds:g}"
    yield ""
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _escaped(text: str) -> str:
    """Return `text` without specifiers: `%h` would be a home folder to systemd."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """Return a word of a command in double quotes as systemd reads them."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("$", "$$")
    return f'"{inner}"'
