"""`git merge-file`: the three-way merge that people know, where git is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from outgrow.render.tree.merge import MINE, THEIRS, Merge, Merged, merge_lines

_TIMEOUT_SECONDS = 60


def best_merge() -> Merge:
    """Return git's merge, or our own where git is not installed."""
    return merge_lines if shutil.which("git") is None else git_merge


def git_merge(base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Return the merge of `mine` and `theirs`, both of which began as `base`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, content in (("mine", mine), ("base", base), ("theirs", theirs)):
            (folder / side).write_bytes(content)
        labels = ["-L", MINE, "-L", "rendered before", "-L", THEIRS]
        done = subprocess.run(
            ["git", "merge-file", "-p", "-q", "--diff3", *labels, "mine", "base", "theirs"],
            cwd=folder,
            # Not the settings of the repository around it, and no question on the terminal.
            env={"PATH": os.environ.get("PATH", ""), "HOME": name, "GIT_CONFIG_NOSYSTEM": "1"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    # 1 to 127 is the number of conflicts; git refuses what it takes for a binary file with 255.
    if not 0 <= done.returncode < 128:
        return merge_lines(base, mine, theirs)
    return Merged(done.stdout, done.returncode)
