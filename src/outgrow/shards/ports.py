"""What a move needs of the world: databases, a journal, progress and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import JsonValue

from outgrow.errors import OutsideError

Row = tuple[Any, ...]


class LockNotGranted(OutsideError):
    """A lock was not granted in time; trying again is safe."""


class TakenOver(OutsideError):
    """Another process goes on with this move, or another move has these rows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a statement may wait for a lock, and run; both in seconds."""

    lock_seconds: float
    statement_seconds: float


# A session that asks for the rows waits behind a lock of ours no longer than this.
SHORT = Limits(lock_seconds=0.2, statement_seconds=5)
BATCH = Limits(lock_seconds=5, statement_seconds=120)
LONG = Limits(lock_seconds=5, statement_seconds=24 * 3600)


class Session(Protocol):
    """A transaction."""

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows of `query`; `%s` in it stand for `values` when there are any."""

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement and return how many rows it touched."""

    def copy_out(self, statement: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the blocks that a `copy ... to stdout` yields."""

    def copy_in(self, statement: str, blocks: Iterable[bytes]) -> None:
        """Feed `blocks` to a `copy ... from stdin`."""


class Database(Protocol):
    """A PostgreSQL database, with the schema of the application first in its search path."""

    @property
    def name(self) -> str:
        """Return what the directory calls it."""

    def transaction(
        self, limits: Limits, *, snapshot: bool = False
    ) -> AbstractContextManager[Session]:
        """Give a transaction, committed when the block ends well.

        With `snapshot` it only reads, and sees one moment throughout. Raises LockNotGranted,
        or OutsideError for whatever else the server refuses.
        """


class Record(Protocol):
    """The journal of one move: each step by name, written before and after."""

    def is_done(self, step: str) -> bool:
        """Return whether an earlier run, or this one, ended the step."""

    def started(self, step: str) -> None:
        """Note that the step is about to be done. Raises LeaseLost when another goes on."""

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        """Note that it has been done."""

    def undone(self, step: str) -> None:
        """Note that what it did is no more."""


class Progress(Protocol):
    """Tells a person how far it has come."""

    def step(self, name: str) -> None:
        """Say which step begins."""

    def rows(self, done: int) -> None:
        """Say how many rows are done."""

    def note(self, text: str) -> None:
        """Say something in passing."""


class Pause(Protocol):
    """Time: how much has passed, and letting some pass."""

    def seconds(self) -> float:
        """Return seconds that only ever grow."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
