"""Deploys under load: outgrow beside docker-compose, Swarm and plain reloads, in one run.

`make bench-deploy` runs it and writes docs/deploy/benchmarks.md. Everything listens on
loopback, lasts for seconds, and is ended here.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]

from benchmarks.deploy.containers import (  # noqa: E402
    compose_recreate,
    make_images,
    swarm_start_first,
)
from benchmarks.deploy.measured import RATE, SECONDS, Row, measured, table  # noqa: E402
from benchmarks.deploy.outgrow_rows import (  # noqa: E402
    CONTROL,
    TakenBack,
    outgrow_rows,
    taken_back,
)
from benchmarks.deploy.reloads import haproxy_reload, nginx_reload  # noqa: E402
from tests.engines.docker_engine import DockerEngine, docker_engine  # noqa: E402

PAGE = REPOSITORY / "docs" / "deploy" / "benchmarks.md"
RUNS = 3
_NOTES = """\
The small application of the tests answers within a millisecond and ends politely on SIGTERM.
`swap` runs from the first answer of the new version to the last request of the old one; a rolling
deploy and a canary have both on purpose.

SIGKILL comes as soon as outgrow has told of the weights: HAProxy asks a GET that got no answer
again, on the new version; a POST it never repeats, and one that is under way at that very moment
(a millisecond each) would be lost.

Swarm's own routing mesh needs IPVS in the kernel, which this machine lacks: nginx asks Docker's DNS
for the tasks of the service every second instead.
"""
Swap = AbstractContextManager[tuple[int, Callable[[], None]]]


def main() -> int:
    """Measure everything and write the page."""
    with docker_engine() as engine:
        make_images(engine)
        rows = [*outgrow_rows(engine, RUNS, _say), *_peers(engine)]
        backs = [taken_back(engine, run) for run in range(1, RUNS + 1)]
    PAGE.write_text(_page(sorted(rows, key=_first_of(rows)), backs))
    return 0


def _peers(engine: DockerEngine) -> Iterator[Row]:
    peers: tuple[tuple[str, Callable[[Path], Swap]], ...] = (
        ("nginx, reload to the other version", nginx_reload),
        ("HAProxy, reload to the other version", haproxy_reload),
        ("docker-compose up, recreates", lambda folder: compose_recreate(engine, folder)),
        ("Docker Swarm, start-first", lambda folder: swarm_start_first(engine, folder)),
    )
    for what, peer in peers:
        for run in range(1, RUNS + 1):
            with tempfile.TemporaryDirectory(prefix="og-b-") as name, peer(Path(name)) as found:
                row = measured(what, run, *found)
            _say(row)
            yield row


def _say(row: Row) -> None:
    lost = f"{row.proof.failed} failed, {row.proof.stale_resets} stale"
    print(f"  {row.what}, run {row.run}: {lost}", file=sys.stderr)


def _first_of(rows: list[Row]) -> Callable[[Row], tuple[int, int]]:
    """Return what sorts rows by what was done first, and then by run."""
    order = list(dict.fromkeys(row.what for row in rows))
    return lambda row: (order.index(row.what), row.run)


def _page(rows: list[Row], backs: list[TakenBack]) -> str:
    version = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=True).stdout
    return (
        "# Deploys, measured under load\n\n"
        f"Written by `make bench-deploy` on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {version.split(' - ')[0].splitlines()[0]}. "
        f"One run of the script: {RATE} requests/s, open-loop, {SECONDS:g} s at least; 8 % are "
        "POST with a body and a number, 2 % take 1.5 s, 20 % open a connection of their own. What "
        "the columns mean stands in [proof.md](proof.md).\n\n"
        f"{table(rows)}\n\n{_added(rows)}\n\n{_backs(backs)}\n\n"
        f"{_NOTES}"
    )


def _added(rows: list[Row]) -> str:
    """Return p99 during a swap beside that of the control, in its worst runs."""
    control = _worst(rows, CONTROL)
    lines = ["| | p99 ms during, worst run | of the control's |", "| --- | ---: | ---: |"]
    for what in dict.fromkeys(row.what for row in rows):
        worst = _worst(rows, what)
        lines.append(f"| {what} | {worst * 1000:.1f} | {worst / control:.2f} x |")
    return "\n".join(lines)


def _worst(rows: list[Row], what: str) -> float:
    return max(row.proof.during.p99_seconds or 0.0 for row in rows if row.what == what)


def _backs(backs: list[TakenBack]) -> str:
    lines = [
        "A version that answers 30 % of requests with 500, behind a canary of 5 %:",
        "",
        "| run | requests | users hit | from the verdict to the old weights, ms |",
        "| ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {b.run} | {b.requests:,} | {b.hit} | {b.decided_ms:.0f} |" for b in backs]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
