"""How a transaction begins: one message that begins it and says what holds for it.

A connection behind PgBouncer belongs to a transaction, not to a client, so `SET` would stay on
it for others and startup options do not arrive. `SET LOCAL` beside `BEGIN` costs no time of its
own, because the driver would send a `BEGIN` anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

from outgrow_kit.settings.model import PoolSettings

# What SQLAlchemy's execution options of a connection carry to the event that begins.
OPTION = "outgrow_begin"
# Where a connection keeps the answer of a copy to REPLAYED.
ANSWER = "outgrow_replayed"
# What a copy has replayed; nothing where it is no copy any more.
REPLAYED = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What the server ends by itself; None leaves the server's own, 0 means no limit."""

    statement_seconds: float | None = None
    lock_seconds: float | None = None
    idle_in_transaction_seconds: float | None = None

    @classmethod
    def of(cls, settings: PoolSettings) -> Timeouts:
        """Return the timeouts that the settings ask for."""
        return cls(
            settings.statement_timeout_seconds,
            settings.lock_timeout_seconds,
            settings.idle_in_transaction_timeout_seconds,
        )

    def parameters(self) -> dict[str, int]:
        """Return PostgreSQL's parameters in milliseconds."""
        named = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_in_transaction_seconds,
        }
        return {name: round(value * 1000) for name, value in named.items() if value is not None}

    def startup_options(self) -> str:
        """Return the `options` of a connection that no pooler shares."""
        return " ".join(f"-c {name}={value}" for name, value in self.parameters().items())


@dataclass(frozen=True, slots=True)
class Begin:
    """What a transaction is begun with."""

    read_only: bool = False
    isolation: str | None = None
    timeouts: Timeouts = Timeouts()
    asks_position: bool = False

    def messages(self) -> tuple[str, ...]:
        """Return what begins it, after the question for the position if that is asked.

        The question comes first: what the transaction then sees is at least as new. It goes
        with the rest in one message, unless it would be a query before the isolation level.
        """
        isolation = f" ISOLATION LEVEL {self.isolation}" if self.isolation else ""
        access = " READ ONLY" if self.read_only else ""
        begin = "; ".join((f"BEGIN{isolation}{access}", *self._local()))
        if not self.asks_position:
            return (begin,)
        return (REPLAYED, begin) if self.isolation else (f"{REPLAYED}; {begin}",)

    def rest(self) -> str:
        """Return what is left to say in a transaction that the driver begins."""
        access = ("SET TRANSACTION READ ONLY",) if self.read_only else ()
        return "; ".join((*access, *self._local()))

    def _local(self) -> list[str]:
        return [f"SET LOCAL {name} = {ms}" for name, ms in self.timeouts.parameters().items()]


ISOLATION_LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


def isolation_level(name: str | None) -> str | None:
    """Return the level as SQL has it. Raises ValueError for one that PostgreSQL has not."""
    if name is None:
        return None
    level = name.upper().replace("_", " ")
    if level not in ISOLATION_LEVELS:
        raise ValueError(f"{name!r} is no isolation level; take one of {ISOLATION_LEVELS}")
    return level
