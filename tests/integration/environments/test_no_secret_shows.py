"""No planted secret is in any output, journal, record or process list, whatever was done."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.environments.shops import Shop

WORD = "hidden7q"
COMMANDS = (
    "list", "current", "diff development production", "check development", "check production",
    "show --environment development", "switch development --yes", "switch production --yes",
    "switch development --yes --stores --deadline 2", "switch development --dry-run",
    "undo --yes", "history", "list --json", "current --json", "diff development production --json",
    "check production --json", "show --environment production --json",
    "switch production --yes --json", "history --json", "undo --yes --json --no-live",
    "spoil", "check production", "check development", "switch production --yes",
    "switch development --yes", "undo --yes", "check production --json",
)  # fmt: skip


class ProcessList:
    """Looks at the command lines and the threads' names of all processes, again and again."""

    def __init__(self, word: str) -> None:
        self.word = word.encode()
        self.found: list[bytes] = []
        self.looks = 0
        self.over = threading.Event()

    def watch(self) -> None:
        while not self.over.wait(0.01):
            self.looks += 1
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "comm"):
                    try:
                        text = (process / name).read_bytes()
                    except OSError:
                        continue
                    if self.word in text:
                        self.found.append(text)


@contextmanager
def watched(word: str) -> Iterator[ProcessList]:
    processes = ProcessList(word)
    thread = threading.Thread(target=processes.watch)
    thread.start()
    try:
        yield processes
    finally:
        processes.over.set()
        thread.join()


def files_but_env(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and not one.name.startswith(".env")]


def plant(shop: Shop) -> None:
    """Give the shop secrets that no other test has: its process list is everybody's."""
    own = {"DAYTONA_API_KEY": f"{WORD}-own", "DATABASE_URL": f"postgresql://u:{WORD}@localhost:1/s"}
    cloud = {"DAYTONA_API_KEY": f"{WORD}-cloud", "DATABASE_URL": f"postgresql://u:{WORD}@db.x/s"}
    shop.write_values(".env.selfhosted", **own)
    shop.write_values(".env.cloudsdk", **cloud)
    shop.own.accepted = {f"{WORD}-own"}
    shop.cloud.accepted = {f"{WORD}-cloud"}


def spoil(shop: Shop) -> None:
    """Let everything be wrong at once."""
    shop.write_values(".env.cloudsdk", DAYTONA_API_KEY=f"{WORD}-own", DATABASE_URL=WORD)
    shop.write_values(".env.selfhosted", LOG_LEVEL=WORD, STRANGE=f"{WORD} '\"$")


def test_the_watch_would_see_a_secret_on_a_command_line() -> None:
    word = "seen-on-purpose"
    with watched(word) as processes:
        program = [sys.executable, "-c", "input()", word]
        with subprocess.Popen(program, stdin=subprocess.PIPE) as running:
            while not processes.found:
                assert running.poll() is None
            running.communicate(b"\n")
    assert processes.found


def test_no_planted_secret_is_anywhere_but_in_env_files(shop: Shop) -> None:
    plant(shop)
    outputs: list[str] = []
    with watched(WORD) as processes:
        for command in COMMANDS:
            if command == "spoil":
                spoil(shop)
                continue
            ran = shop.run(*command.split())
            outputs += [ran.out, ran.err]
    assert processes.looks > 20
    assert processes.found == []
    assert [one for one in outputs if WORD in one] == []
    kept = files_but_env(shop.folder)
    assert {"state.db", "credentials.json", "credentials.key", "environment.json"} <= {
        one.name for one in kept
    }
    assert [one for one in kept if WORD.encode() in one.read_bytes()] == []
    assert all(one.stat().st_mode & 0o077 == 0 for one in kept if one.name.startswith("cred"))
