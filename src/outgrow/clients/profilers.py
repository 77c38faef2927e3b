"""py-spy and memray on a process that runs: where its time goes, and its memory.

Neither changes the process: py-spy reads its memory from outside, memray is let in by a
debugger for as long as it records.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outgrow.errors import InputError, OutsideError

_EXTRA = "pip install 'outgrow[profile]'"
# What py-spy and memray say when the kernel does not let them look into another process.
_REFUSED = ("Permission Denied", "Operation not permitted", "ptrace", "Permission denied")


@dataclass(frozen=True, slots=True)
class Profiler:
    """A profiler that is installed; `path` is its program."""

    name: str
    path: str

    def attend(self, arguments: Sequence[str]) -> None:
        """Run it on this terminal until it ends; Ctrl-C ends it, and nothing else."""
        with subprocess.Popen([self.path, *arguments]) as process:
            code = _waited_for(process)
        if code not in (0, 130, -signal.SIGINT):
            raise OutsideError(f"{self.name} ended with code {code}", "Read what it said above.")

    def ask(self, arguments: Sequence[str], timeout_seconds: float) -> str:
        """Return what it prints. Raises OutsideError when it fails."""
        command = [self.path, *arguments]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=timeout_seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise OutsideError(
                f"{self.name} did not end within {timeout_seconds:.0f} seconds",
                "See whether the process still runs, and try a shorter time.",
            ) from None
        if done.returncode:
            raise _failure(self.name, done.stderr or done.stdout)
        return done.stdout


def find_profiler(name: str) -> Profiler:
    """Return `py-spy` or `memray`. Raises OutsideError when it is not installed."""
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.is_file() else shutil.which(name)
    if path is None:
        raise OutsideError(f"{name} is not installed", f"Install it: {_EXTRA}")
    return Profiler(name, path)


def check_python_process(pid: int) -> str:
    """Return the command line of a Python process. Raises InputError when it is none.

    Where there is no /proc, the profiler itself says so later.
    """
    folder = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():
        return f"process {pid}"
    try:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        program = (folder / "exe").readlink()
    except OSError:
        raise InputError(
            f"no process {pid} runs here that we may look into",
            "List them: ps -ef | grep python. One of another user needs sudo.",
        ) from None
    if "python" not in program.name and b"libpython" not in _mapped(folder):
        raise InputError(
            f"process {pid} runs {program}, which is not Python",
            "Name the Python process: its id, or the port that it listens on (:8000).",
        )
    return " ".join(word.decode(errors="replace") for word in words[:3] if word)


def check_debugger() -> None:
    """Raise OutsideError when no debugger can let memray into a process."""
    if sys.version_info < (3, 14) and not (shutil.which("gdb") or shutil.which("lldb")):
        raise OutsideError(
            "memray needs a debugger to get into a process that runs, and none is installed",
            "Install one: apt-get install gdb",
        )


def show_file(path: Path) -> bool:
    """Open a file in the browser; return whether there was one to open it in."""
    with contextlib.suppress(webbrowser.Error):
        return webbrowser.open(path.resolve().as_uri())
    return False


def _mapped(folder: Path) -> bytes:
    try:
        return (folder / "maps").read_bytes()
    except OSError:
        return b""


def _waited_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; Ctrl-C reaches the program by itself, and its end is then ours."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _failure(name: str, said: str) -> OutsideError:
    last = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
    if any(one in said for one in _REFUSED):
        return OutsideError(
            f"{name} may not look into that process: {last}",
            "Run it with sudo, or as the user of the process with kernel.yama.ptrace_scope=0; "
            "a container needs the capability SYS_PTRACE.",
        )
    return OutsideError(f"{name} failed: {last}", "See whether the process still runs.")
