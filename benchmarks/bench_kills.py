"""Kills outgrow at random moments of real deploys and looks what the next command makes of it.

`make bench-kills` runs it and writes docs/deploy/kills.md; `--kills N` and `--seed N` choose how
many and which. It answers 1 when anything was lost, or was not as it has to be. Everything
listens on loopback and is ended here.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from benchmarks.deploy.kills import (  # noqa: E402
    AFTER,
    BEFORE,
    COMMANDS,
    INSTANCES,
    RATE,
    Kill,
    Killed,
    killed,
)

PAGE = REPOSITORY / "docs" / "deploy" / "kills.md"
KILLS = 120
_KINDS = {"rolling": "rolling", "blue_green": "blue-green", "canary": "canary of 30 %"}
_ORDER = (
    BEFORE, "preflight", "settle", "start", "check", "shift", "bake", "drain", "keep", "stop",
    "release", AFTER,
)  # fmt: skip


def main() -> int:
    """Kill, look, and write the page."""
    asked = _asked()
    each = -(-asked.kills // len(_KINDS))
    seconds = asked.minutes * 60 / len(_KINDS)
    found = [_of_kind(kind, each, asked.seed, seconds) for kind in _KINDS]
    page = _page(found, asked.seed)
    print(_table(found))
    if asked.write:
        PAGE.write_text(page)
    return 1 if any(one.lost or _wrong(one) for one in found) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=40.0, help="begin nothing after that")
    parser.add_argument("--no-page", dest="write", action="store_false")
    return parser.parse_args()


def _of_kind(kind: str, count: int, seed: int, seconds: float) -> Killed:
    for one in killed(kind, count, seed, seconds):
        if isinstance(one, Killed):
            for lost in one.lost:
                print(f"  {kind}: lost {lost}", file=sys.stderr, flush=True)
            return one
        _say(one)
    raise AssertionError


def _say(one: Kill) -> None:
    wrong = f"  WRONG: {'; '.join(one.wrong)}" if one.wrong else ""
    print(
        f"  {one.kind} {one.number}: killed after {one.killed_seconds:.2f} s at {one.at}; "
        f"{one.command} ({one.took_seconds:.1f} s): {one.ended}{wrong}",
        file=sys.stderr,
        flush=True,
    )


def _wrong(one: Killed) -> int:
    return sum(bool(kill.wrong) for kill in one.kills)


def _page(found: list[Killed], seed: int) -> str:
    version = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=True).stdout
    kills = sum(len(one.kills) for one in found)
    return (
        "# Deploys, killed at random\n\n"
        f"Written by `make bench-kills` on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {version.split(' - ')[0].splitlines()[0]}: {kills} deploys "
        f"of {INSTANCES} instances as programs behind HAProxy, under {RATE} requests/s (8 % POST, "
        "2 % of 1.5 s, 20 % on new connections), seed "
        f"{seed}. Each was killed with SIGKILL at a moment drawn evenly from the time between its "
        "first step and its end, one in eight between the start of Python and that step. Then came "
        "the next command. After it "
        "one version has to take all traffic in every instance, healthy and with its full weight; "
        "nothing of another version takes any; no living process holds the lock, the journal has "
        "nothing unfinished, and no process runs that no slot knows of.\n\n"
        f"{_table(found)}\n\n## What came next\n\n{_commands(found)}\n\n"
        f"## Where they were killed\n\n{_steps(found)}\n\n{_NOTES}"
    )


_NOTES = """\
A kill before the first step has changed nothing: `--resume` says so, and a rollback then brings
the version from before that one. `another` is what was asked for: the version that a rollback or
the deploy of another version has brought in. Every second deploy keeps the old version warm; the
others stop it at once. What a kill at every single call and every write of the journal leaves
behind is tried in memory by `tests/property/deploy`.
"""


def _table(found: list[Killed]) -> str:
    lines = [
        "| | kills | wrong after it | requests | lost | the next command, s: middle | longest |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in found:
        took = sorted(kill.took_seconds for kill in one.kills)
        lines.append(
            f"| {_KINDS[one.kind]} | {len(one.kills)} | {_wrong(one)} | {one.requests:,} "
            f"| {len(one.lost)} | {took[len(took) // 2]:.1f} | {took[-1]:.1f} |"
        )
    return "\n".join(lines)


def _commands(found: list[Killed]) -> str:
    lines = ["| | ended in the old | in the new | in another |", "| --- | ---: | ---: | ---: |"]
    kills = [kill for one in found for kill in one.kills]
    for command in COMMANDS:
        ends = Counter(kill.ended for kill in kills if kill.command == command)
        cells = " | ".join(str(ends[end]) for end in ("old", "new", "another"))
        lines.append(f"| {command} | {cells} |")
    return "\n".join(lines)


def _steps(found: list[Killed]) -> str:
    heads = " | ".join(_KINDS[one.kind] for one in found)
    lines = [f"| at the step | {heads} |", f"| --- |{' ---: |' * len(found)}"]
    counts = [Counter(kill.at for kill in one.kills) for one in found]
    seen = {at for one in counts for at in one}
    for at in [*(one for one in _ORDER if one in seen), *sorted(seen - set(_ORDER))]:
        cells = " | ".join(str(one[at]) for one in counts)
        lines.append(f"| {at} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
