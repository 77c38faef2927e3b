"""What the engine needs of the world: a database, a place for archives, a journal, progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import JsonValue

from outgrow.errors import OutsideError

Row = tuple[Any, ...]
Values = Sequence[object] | Mapping[str, object]


class LockNotGranted(OutsideError):
    """A lock was not granted in time, or a deadlock was broken; trying again is safe."""


class NoPartition(OutsideError):
    """A row has a date for which there is no partition."""


class ArchiveDamaged(OutsideError):
    """What lies in the archive is not what was put there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a statement may wait for a lock, and run; both in seconds."""

    lock_seconds: float
    statement_seconds: float


# Nobody waits behind a lock we ask for longer than this.
SHORT = Limits(lock_seconds=0.2, statement_seconds=10)
BATCH = Limits(lock_seconds=2, statement_seconds=120)
LONG = Limits(lock_seconds=2, statement_seconds=24 * 3600)


class Session(Protocol):
    """A transaction."""

    def rows(self, query: str, values: Values = ()) -> list[Row]:
        """Return the rows of `query`; `%s` in it stand for `values` when there are any."""

    def run(self, statement: str, values: Values = ()) -> int:
        """Execute a statement and return how many rows it touched."""

    def copy_out(self, statement: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the blocks that a `copy ... to stdout` yields."""

    def copy_in(self, statement: str, blocks: Iterable[bytes]) -> None:
        """Feed `blocks` to a `copy ... from stdin`."""


class Database(Protocol):
    """A PostgreSQL database, reached as a role that owns the table."""

    def transaction(
        self, limits: Limits, *, snapshot: bool = False
    ) -> AbstractContextManager[Session]:
        """Give a transaction, committed when the block ends well.

        With `snapshot` it only reads, and sees one moment throughout. Raises LockNotGranted,
        NoPartition, or OutsideError for whatever else the server refuses.
        """

    def alone(self, statement: str, limits: Limits) -> None:
        """Execute what PostgreSQL allows only outside of a transaction."""


class Archive(Protocol):
    """A folder or bucket; a file appears in it whole or not at all."""

    @property
    def place(self) -> str:
        """Return where it is, as a person would write it."""

    def put(self, name: str, blocks: Iterable[bytes]) -> None:
        """Keep `blocks` under `name`. Raises OutsideError when there is no room."""

    def get(self, name: str) -> Iterator[bytes]:
        """Yield what is kept under `name`. Raises OutsideError when it cannot be read."""

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, in order."""


class Record(Protocol):
    """The journal of one operation: each step by name, written before and after."""

    def is_done(self, step: str) -> bool:
        """Return whether an earlier run, or this one, ended the step."""

    def started(self, step: str) -> None:
        """Note that the step is about to be done."""

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        """Note that it has been done."""

    def found(self, step: str) -> Mapping[str, JsonValue]:
        """Return what was found when the step was done; nothing before that."""

    def undone(self, step: str) -> None:
        """Note that what it did is no more."""


class Progress(Protocol):
    """Tells a person how far it has come."""

    def step(self, name: str) -> None:
        """Say which step begins."""

    def rows(self, done: int, of: int | None = None) -> None:
        """Say how many rows are done, and of about how many when that is known."""

    def note(self, text: str) -> None:
        """Say something in passing."""


class Pause(Protocol):
    """Time: how much has passed, and letting some pass."""

    def seconds(self) -> float:
        """Return seconds that only ever grow."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
