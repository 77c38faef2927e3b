"""`outgrow profile top`, `record`, `memory` and `dump`."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path

from outgrow.cli.console import talk
from outgrow.cli.json_view import print_json
from outgrow.clients.profilers import show_file
from outgrow.errors import EXIT_DONE, InputError
from outgrow.operations.opened import open_strategy
from outgrow.operations.profile import (
    Profiled,
    Recording,
    find_process,
    record_memory,
    record_time,
    stacks,
    watch,
)


def run_top(target: str, strategy: str | None) -> int:
    """Show where the time goes until Ctrl-C."""
    if not sys.stdout.isatty():
        raise InputError(
            "`top` needs a terminal", "Use `outgrow profile record` to write a flame graph."
        )
    watch(_found(target, strategy))
    return EXIT_DONE


def run_record(
    target: str,
    strategy: str | None,
    seconds: int,
    rate: int,
    out: str,
    *,
    show: bool,
    as_json: bool,
) -> int:
    """Write the flame graph of a process."""
    file, process = _writable(out), _found(target, strategy)
    _say(f"sampling process {process.pid} ({process.command}) for {seconds} s")
    return _told(record_time(process, seconds, file, rate), show=show, as_json=as_json)


def run_memory(
    target: str, strategy: str | None, seconds: int, out: str, *, show: bool, as_json: bool
) -> int:
    """Write what a process allocated and kept."""
    file, process = _writable(out), _found(target, strategy)
    _say(f"following the memory of process {process.pid} ({process.command}) for {seconds} s")
    return _told(record_memory(process, seconds, file), show=show, as_json=as_json)


def run_dump(target: str, strategy: str | None, *, as_json: bool) -> int:
    """Print the stacks of all threads."""
    text = stacks(_found(target, strategy), as_json=as_json)
    if as_json:
        print_json("profile dump", json_text.loads(text))
    else:
        print(text, end="")
    return EXIT_DONE


def _found(target: str, strategy: str | None) -> Profiled:
    """Return the process; only the name of a service needs a strategy to be read."""
    is_service = not target.removeprefix(":").isdigit()
    return find_process(target, open_strategy(strategy) if is_service else None)


def _writable(out: str) -> Path:
    """Return the file to write, before minutes are spent on what cannot be kept."""
    file = Path(out)
    if not file.parent.is_dir():
        raise InputError(f"the folder {file.parent} does not exist", "Make it, or give another.")
    if file.is_dir():
        raise InputError(f"{file} is a folder", "Give a file: --out profile.svg")
    return file


def _told(recording: Recording, *, show: bool, as_json: bool) -> int:
    if as_json:
        print_json("profile", recording)
        return EXIT_DONE
    print(f"wrote {recording.file}")
    if show and sys.stdout.isatty() and not show_file(recording.file):
        _say("no browser here; open the file with one")
    return EXIT_DONE


def _say(text: str) -> None:
    talk().print(f"==> {text}", markup=False)
