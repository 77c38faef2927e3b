"""How far partitions have come: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from outgrow.partitions.ports import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


@contextmanager
def progress_on_stderr() -> Iterator[Progress]:
    """Give what tells a person how far it has come."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from outgrow.cli.console import talk

    columns = (
        TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn(),
        TextColumn("{task.fields[rows]}"),
    )  # fmt: skip
    with Bar(*columns, console=talk()) as bar:
        yield _OnTerminal(bar)


class _Lines:
    """A line for each step, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def step(self, name: str) -> None:
        self._say(f"==> {name}")

    def rows(self, done: int, of: int | None = None) -> None:
        pass  # a log of thousands of lines helps nobody

    def note(self, text: str) -> None:
        self._say(f"    {text}")

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:7.1f} s  {text}", file=sys.stderr, flush=True)


class _OnTerminal:
    """A line that moves, for the step at hand; those before it stay above."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def step(self, name: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)
            self._bar.stop_task(self._task)
        self._task = self._bar.add_task(name, total=None, rows="")

    def rows(self, done: int, of: int | None = None) -> None:
        if self._task is not None:
            total = None if of is None else max(of, done)
            self._bar.update(self._task, completed=done, total=total, rows=f"{done:,} rows")

    def note(self, text: str) -> None:
        self._bar.console.print(f"    {text}")
