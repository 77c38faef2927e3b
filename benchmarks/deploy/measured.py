"""One row of the table: a load beside something that is done, and what it lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from outgrow.clients.load import running_load
from outgrow.deploy.load_plan import LoadPlan
from outgrow.deploy.proof import Proof, Span, proof_of

RATE = 100
SECONDS = 15.0
_BEFORE_SECONDS = 4.0
_AFTER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, and what one run of it showed; `took_seconds` is the whole command."""

    what: str
    run: int
    proof: Proof
    took_seconds: float | None = None
    note: str = ""


def load_plan(port: int, *, seed: int = 0, seconds: float = 120.0) -> LoadPlan:
    """Return the load of every row: the shares that the page states."""
    return LoadPlan(
        address="127.0.0.1",
        port=port,
        name="shop.example",
        path="/",
        post_path="/echo",
        slow_path="/slow",
        rate_per_second=RATE,
        longest_seconds=seconds,
        echoes=True,
        seed=seed,
    )


def measured(what: str, run: int, port: int, act: Callable[[], None]) -> Row:
    """Send the load for SECONDS at least, do `act` within it, and return what was lost.

    The swap may begin with `act` at the earliest, and is told by the answers' versions.
    """
    with running_load(load_plan(port, seed=run)) as load:
        pause(_BEFORE_SECONDS)
        began = time.monotonic()
        act()
        ended = time.monotonic()
        left = max(SECONDS - (ended - load.began_seconds), _AFTER_SECONDS)
        pause(left)
        samples = load.end()
    moments = [at - load.began_seconds for at in (began, ended)]
    return Row(what, run, proof_of(samples, moments, RATE), ended - began)


def pause(seconds: float) -> None:
    """Let requests come in for so long."""
    threading.Event().wait(seconds)


def table(rows: list[Row]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| | run | requests | failed | stale resets | timed out | p50 / p99 ms before | during "
        "| after | swap s | command s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join([*lines, *map(_line, rows)])


def _line(row: Row) -> str:
    proof = row.proof
    cells = [
        row.what,
        str(row.run),
        f"{proof.requests:,}",
        str(proof.failed),
        str(proof.stale_resets),
        str(proof.timeouts),
        *(_span(one) for one in (proof.before, proof.during, proof.after)),
        "" if proof.swap_seconds is None else f"{proof.swap_seconds:.3f}",
        "" if row.took_seconds is None else f"{row.took_seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _span(span: Span) -> str:
    if span.p50_seconds is None or span.p99_seconds is None:
        return "unknown"
    return f"{span.p50_seconds * 1000:.1f} / {span.p99_seconds * 1000:.1f}"
