"""Kills a switch with SIGKILL before each thing that it does outside, one after the other.

Runs in a process of its own: it forks, the child makes the switch and kills itself before its
n-th write, and the parent prints what it left. Counted are the calls of the system that write,
rename or lock, and the statements of SQLite. Nothing of outgrow is changed for it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from outgrow.cli import main as entry
from outgrow.cli.commands import env_switch
from outgrow.cli.views import environments_view
from outgrow.clients.clock import now
from outgrow.operations.environments.listing import active_files
from outgrow.operations.environments.profiles import open_profiles
from outgrow.operations.opened import open_strategy
from outgrow.store.journal import Journal
from outgrow.store.store import open_store

_WRITES = frozenset(
    {"open", "write", "fsync", "rename", "replace", "unlink", "link", "chmod", "mkdir", "commit"}
)
_FROM = ("/outgrow/clients/private_files.py", "/outgrow/store/", "/sqlalchemy/", "/pathlib.py")
_WORDS = ["env", "switch", "production", "--yes", "--no-live"]
_BACK = ["env", "switch", "development", "--yes", "--no-live"]


def main() -> None:
    """Print, for each write of a switch to production, what a kill before it leaves."""
    assert env_switch
    assert environments_view  # imports read files as well, and those are not what is tested
    folder = Path.cwd()
    profiles = open_profiles(open_strategy(str(folder)))
    kept = folder.parent / "kept"
    shutil.copytree(folder, kept)
    at, survived = 0, False
    while not survived:
        at += 1
        shutil.rmtree(folder / ".outgrow")
        shutil.copytree(kept / ".outgrow", folder / ".outgrow")
        shutil.copy2(kept / ".env", folder / ".env")
        status = _forked(at)
        survived = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
        left = (folder / ".env").read_text()
        current = active_files(profiles, None)[0].environment
        told = io.StringIO()
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            code = entry._guarded(_BACK)
        with open_store(folder / ".outgrow" / "state.db", now) as store:
            unfinished = len(Journal(store).all_unfinished())
        found = {
            "survived": survived,
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "left": left, "current": current, "told": told.getvalue(), "code": code,
            "after": (folder / ".env").read_text(), "unfinished": unfinished,
            "files": sorted(one.name for one in folder.glob(".env*")),
        }  # fmt: skip
        print(json.dumps(found), flush=True)


def _forked(at: int) -> int:
    """Return how a switch ended that was to be killed before its `at`th write."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = at

    def before_each(frame: FrameType, event: str, called: Any) -> None:
        nonlocal left
        if event != "c_call" or called.__name__ not in _WRITES:
            return
        source = frame.f_code.co_filename
        reads = called.__name__ == "open" and source.endswith("/pathlib.py")
        of_a_text = isinstance(called.__self__, str)  # `replace`
        if reads or of_a_text or not any(part in source for part in _FROM):
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.setprofile(before_each)
    code = entry._guarded(_WORDS)
    os._exit(code)


if __name__ == "__main__":
    main()
