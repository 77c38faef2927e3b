"""`outgrow profile`: where a running service spends its time and its memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.clock import wait_seconds
from outgrow.clients.files import write_whole
from outgrow.clients.listeners import listener_on
from outgrow.clients.profilers import check_debugger, check_python_process, find_profiler
from outgrow.errors import InputError, OutsideError
from outgrow.operations.opened import Opened
from outgrow.operations.up import project_of

# On top of the time asked for: to attach, to read symbols, to draw.
_GRACE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Profiled:
    """A process to profile, and the words that tell people which one it is."""

    pid: int
    command: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A flame graph that was written: of which process, over how many seconds."""

    pid: int
    seconds: int
    file: Path


def find_process(target: str, opened: Opened | None = None) -> Profiled:
    """Return the Python process that `target` names: an id, `:PORT`, or a service of `up`.

    Raises InputError when nothing of that name runs, or it is not Python.
    """
    if target.isdigit():
        pid = int(target)
    elif target.startswith(":") and target[1:].isdigit():
        pid = _listening_on(int(target[1:]))
    else:
        pid = _pid_of_service(target, opened)
    return Profiled(pid, check_python_process(pid))


def _listening_on(port: int) -> int:
    found = listener_on(port)
    if found is None or found.pid is None:
        raise InputError(
            f"no process that we may look into listens on port {port}",
            "See what listens: ss -ltnp. A container is named by its service: outgrow profile "
            "record api",
        )
    return found.pid


def _pid_of_service(name: str, opened: Opened | None) -> int:
    if opened is None:
        raise InputError(
            f"`{name}` is no process id and no port",
            "Give an id (4711), a port (:8000), or, beside an outgrow.yaml, a service of `up`.",
        )
    containers = project_of(opened, None, None, None).containers()
    running = [one for one in containers if one.service == name and one.pid]
    if not running:
        others = sorted({one.service for one in containers if one.pid}) or ["none"]
        raise InputError(
            f"no container of the service `{name}` runs", f"Running: {', '.join(others)}."
        )
    return running[0].pid


def record_time(process: Profiled, seconds: int, file: Path, rate: int) -> Recording:
    """Sample a process and its children for so long; write the flame graph to `file`.

    `rate` is samples a second; a name that ends in `.json` gets speedscope's form.
    """
    form = "speedscope" if file.suffix == ".json" else "flamegraph"
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "profile"
        find_profiler("py-spy").ask(
            ["record", "--pid", str(process.pid), "--subprocesses", "--duration", str(seconds),
             "--rate", str(rate), "--format", form, "--output", str(aside)],
            seconds + _GRACE_SECONDS,
        )  # fmt: skip
        _keep(aside, file)
    return Recording(process.pid, seconds, file)


def record_memory(process: Profiled, seconds: int, file: Path) -> Recording:
    """Follow the allocations of a process for so long; write the flame graph to `file`."""
    check_debugger()
    memray = find_profiler("memray")
    with tempfile.TemporaryDirectory() as folder:
        # The process itself writes here, and may be of another user. Others can neither list the
        # outer folder nor guess the inner one, so they lay no link there for it to write through.
        Path(folder).chmod(0o711)
        open_folder = Path(tempfile.mkdtemp(dir=folder))
        open_folder.chmod(0o777)
        taken, page = open_folder / "memory.bin", Path(folder) / "memory.html"
        memray.ask(
            ["attach", "--duration", str(seconds + 60), "--output", str(taken), str(process.pid)],
            _GRACE_SECONDS,
        )
        try:
            wait_seconds(seconds)
        finally:  # Ctrl-C leaves no process slowed down
            memray.ask(["detach", str(process.pid)], _GRACE_SECONDS)
        memray.ask(["flamegraph", "--leaks", "--output", str(page), str(taken)], _GRACE_SECONDS)
        _keep(page, file)
    return Recording(process.pid, seconds, file)


def stacks(process: Profiled, *, as_json: bool) -> str:
    """Return what every thread is doing at this moment; never the values of its variables."""
    asked = ["dump", "--pid", str(process.pid), *(["--json"] if as_json else [])]
    return find_profiler("py-spy").ask(asked, _GRACE_SECONDS)


def watch(process: Profiled) -> None:
    """Show on this terminal, again and again, which functions take the time."""
    find_profiler("py-spy").attend(["top", "--pid", str(process.pid), "--subprocesses"])


def _keep(made: Path, file: Path) -> None:
    if not made.exists() or not made.stat().st_size:
        raise OutsideError(
            "nothing was recorded: the process was idle or ended",
            "Send it requests while recording, or record for longer.",
        )
    write_whole(file, made.read_text(encoding="utf-8"))
