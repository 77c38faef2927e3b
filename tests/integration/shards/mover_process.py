"""A mover in a process of its own, which kills itself at the point that it is told."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from outgrow.operations.partitioning import journaled
from outgrow.operations.sharding import moved
from outgrow.operations.sharding.sides import Side
from outgrow.shards.ports import Limits


class Fatal:
    """Counts what a move does to the outside, and ends the process at the given count."""

    def __init__(self, at: int) -> None:
        self.left = at

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run a move of outgrow's command line, and die before or after the n-th transaction."""
    at, *arguments = sys.argv[1:]
    fatal = Fatal(int(at))
    transaction = Side.transaction

    def counted(side: Side, limits: Limits, *, snapshot: bool = False) -> Any:
        from contextlib import contextmanager

        @contextmanager
        def inner() -> Any:
            fatal.tick()
            with transaction(side, limits, snapshot=snapshot) as session:
                yield session
                fatal.tick()
            fatal.tick()

        return inner()

    Side.transaction = counted  # type: ignore[method-assign]
    for name in ("started", "done"):
        _counting(journaled.JournalRecord, name, fatal)
    assert moved.STEPS
    from outgrow.cli.main import run

    sys.argv = ["outgrow", *arguments]
    run()


def _counting(owner: type, name: str, fatal: Fatal) -> None:
    original = getattr(owner, name)

    def counted(self: Any, *given: Any, **named: Any) -> Any:
        result = original(self, *given, **named)
        fatal.tick()
        return result

    setattr(owner, name, counted)


if __name__ == "__main__":
    main()
