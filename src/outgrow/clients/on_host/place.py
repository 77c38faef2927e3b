"""The folder of one program on its machine: what is to run, what runs, what it printed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from outgrow.clients.on_host.alive import Running

_LOG_TAIL_BYTES = 65536


@dataclass(frozen=True)
class Spec:
    """What is to run. It lies on the disk, so no value of a variable is ever in it.

    `labels` say whose it is. `again` starts it anew whenever it ends. The log is cut when it
    passes `log_bytes`; the part before stays as `log.1`.
    """

    command: list[str]
    folder: str
    labels: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "SIGTERM"
    stop_seconds: float = 10.0
    again: bool = True
    log_bytes: int = 10_000_000

    @property
    def digest(self) -> str:
        """Return what changes when any of it does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Now:
    """What runs: the supervisor, its program, how often it has ended and how the last time."""

    supervisor: Running | None = None
    program: Running | None = None
    ended: int = 0
    exit_code: int | None = None

    @property
    def runs(self) -> bool:
        """Return whether the program lives."""
        return self.program is not None and self.program.lives

    @property
    def is_supervised(self) -> bool:
        """Return whether its supervisor lives."""
        return self.supervisor is not None and self.supervisor.lives


@dataclass(frozen=True)
class Place:
    """The folder itself; nobody else can read what lies in it."""

    folder: Path

    @property
    def log(self) -> Path:
        """Return where the program's output goes."""
        return self.folder / "log"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else start or end anything here within the block."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def spec(self) -> Spec | None:
        """Return what is to run here, None when the place is empty."""
        found = self._read("spec.json")
        return Spec(**found) if found else None

    def now(self) -> Now:
        """Return what ran here when its supervisor last wrote it down."""
        found = self._read("now.json")
        if not found:
            return Now()
        return Now(
            Running(**found["supervisor"]) if found["supervisor"] else None,
            Running(**found["program"]) if found["program"] else None,
            found["ended"],
            found["exit_code"],
        )

    def write_spec(self, spec: Spec) -> None:
        """Say what is to run here."""
        self._write("spec.json", asdict(spec))

    def write_now(self, now: Now) -> None:
        """Note what runs here."""
        self._write("now.json", asdict(now))

    def forget_output(self) -> None:
        """Forget what another program printed here."""
        for path in (self.log, self.folder / "log.1"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Make the place empty; what was printed stays."""
        for name in ("spec.json", "now.json"):
            (self.folder / name).unlink(missing_ok=True)

    def last_lines(self, count: int) -> list[str]:
        """Return the last lines that were printed, oldest first."""
        found: list[str] = []
        for name in ("log", "log.1"):
            if len(found) < count:
                found = [*_tail(self.folder / name), *found]
        return found[-count:]

    def cut_log(self, limit_bytes: int) -> None:
        """Begin the log anew when it is longer than that.

        The program has it open to append, so it goes on at the new beginning.
        """
        try:
            if self.log.stat().st_size <= limit_bytes:
                return
            kept = self.log.read_bytes()[-limit_bytes:]
        except OSError:
            return
        os.truncate(self.log, 0)
        self._put("log.1", kept)

    def _read(self, name: str) -> dict:  # type: ignore[type-arg]
        try:
            found: dict = json.loads((self.folder / name).read_text())  # type: ignore[type-arg]
        except (OSError, ValueError):
            return {}
        return found

    def _write(self, name: str, content: object) -> None:
        self._put(name, json.dumps(content).encode())

    def _put(self, name: str, content: bytes) -> None:
        aside = self.folder / f".{name}.{os.getpid()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        aside.replace(self.folder / name)


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - _LOG_TAIL_BYTES, 0))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
