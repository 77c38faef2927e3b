"""Which database holds which logical shard: kept in the main database, known to the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from outgrow_kit.clock import Clock
from outgrow_kit.errors import KitError
from outgrow_kit.shards.errors import UnknownShard
from outgrow_kit.shards.placement import Key, key_text, logical_shard
from outgrow_kit.shards.schema import DIRECTORY, GATE, IDS, LOCK

_READ = text(
    "SELECT d.generation, d.logical,"
    " (SELECT json_object_agg(s.logical, s.database) FROM outgrow_shard AS s),"
    " (SELECT json_object_agg(k.key, k.database) FROM outgrow_shard_key AS k)"
    " FROM outgrow_shard_directory AS d"
)
_GENERATION = text("SELECT generation FROM outgrow_shard_directory")
_MISSING = frozenset({"42P01", "42883", "3F000"})  # no such table, function, schema


@dataclass(frozen=True, slots=True)
class Directory:
    """One moment of the directory; `generation` grows with each change of it."""

    generation: int
    assigned: tuple[str, ...]
    placed: Mapping[str, str]

    @property
    def logical(self) -> int:
        """Return how many logical shards there are."""
        return len(self.assigned)

    def place(self, key: Key) -> tuple[str, int]:
        """Return the name of the database that holds a key, and its logical shard."""
        shard = logical_shard(key, self.logical)
        return self.placed.get(key_text(key), self.assigned[shard]), shard

    @property
    def databases(self) -> tuple[str, ...]:
        """Return the databases that hold at least one shard or key, in order of name."""
        return tuple(sorted({*self.assigned, *self.placed.values()}))


def read_directory(connection: Connection, logical: int) -> Directory | None:
    """Return the directory; None when there is none yet.

    Raises KitError when it was made for another number of logical shards than the settings say.
    """
    try:
        row = connection.execute(_READ).one_or_none()
    except ProgrammingError as error:
        if is_missing(error):
            return None
        raise
    if row is None:
        return None
    generation, count, assigned, placed = row
    if count != logical:
        raise KitError(
            f"the directory of shards was made for {count} logical shards and the settings say "
            f"{logical}. Their number never changes: set `logical: {count}`."
        )
    return Directory(
        generation, tuple(assigned[str(shard)] for shard in range(count)), dict(placed or {})
    )


def read_generation(connection: Connection) -> int:
    """Return the generation of the directory."""
    found: int = connection.execute(_GENERATION).scalar_one()
    return found


def create_directory(connection: Connection, logical: int, databases: Sequence[str]) -> None:
    """Make the tables of the directory, and assign the shards that nobody has assigned yet.

    Each database gets a run of neighbours of equal length.
    """
    _run(connection, DIRECTORY)
    made = connection.execute(
        text(
            "INSERT INTO outgrow_shard_directory (logical, generation) VALUES (:logical, 1)"
            " ON CONFLICT DO NOTHING"
        ),
        {"logical": logical},
    )
    if made.rowcount:
        connection.execute(
            text(
                "INSERT INTO outgrow_shard (logical, database, generation)"
                " SELECT n, (cast(:names AS text[]))[n::bigint * :count / :logical + 1], 1"
                " FROM generate_series(0, :logical - 1) AS n"
            ),
            {"names": list(databases), "count": len(databases), "logical": logical},
        )


def create_ids(connection: Connection) -> None:
    """Make the table that spans of id time are reserved in."""
    _run(connection, IDS)


def create_gate(connection: Connection) -> None:
    """Make the gate of one database: what tells that rows have moved away from it."""
    _run(connection, GATE)


def _run(connection: Connection, script: str) -> None:
    connection.exec_driver_sql(LOCK)
    connection.exec_driver_sql(script)


def is_missing(error: BaseException) -> bool:
    """Return whether a statement failed for want of the kit's tables or functions."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _MISSING


class Known:
    """The directory as a process knows it, and when it should look again.

    An old one does no harm: the gate of a database turns away what has moved. It costs a detour.
    """

    def __init__(self, ttl_seconds: float, clock: Clock) -> None:
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._found: Directory | None = None
        self._read_at = 0.0
        self._look_at = 0.0

    @property
    def directory(self) -> Directory | None:
        """Return what was last read."""
        return self._found

    def is_due(self) -> bool:
        """Return whether it has not been read, or not for a while."""
        return self._found is None or self._clock() >= self._look_at

    def is_older_than(self, moment: float) -> bool:
        """Return whether it was read before `moment`."""
        return self._found is None or self._read_at < moment

    def now(self) -> float:
        """Return the time that reading it is measured by."""
        return self._clock()

    def was_read(self, directory: Directory, asked_at: float) -> Directory:
        """Keep what was read; never an older generation in place of a newer."""
        if self._found is None or directory.generation >= self._found.generation:
            self._found = directory
        self._read_at = max(asked_at, self._read_at)
        self._look_at = self._clock() + self._ttl_seconds
        return self._found

    def could_not_be_read(self) -> None:
        """Go on with what is known for a second, when the main database does not answer."""
        self._look_at = self._clock() + 1.0


def known_database(name: str, names: Mapping[str, object]) -> str:
    """Return `name`. Raises UnknownShard when this process has no address of it."""
    if name not in names:
        raise UnknownShard(
            f"the directory says {name!r}, and this process knows {', '.join(sorted(names))}. "
            "Deploy the settings with the new database everywhere before moving anything there."
        )
    return name
