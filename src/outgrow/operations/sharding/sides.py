"""The databases of a move, each opened when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pydantic import SecretStr

from outgrow.clients.postgres import PostgresDatabase, PostgresSession
from outgrow.partitions import ports as client_ports
from outgrow.shards.facts import ident
from outgrow.shards.ports import Limits, LockNotGranted


class Side:
    """One database as the engine of moves uses it; the schema of the application comes first."""

    def __init__(self, name: str, url: SecretStr, schema: str, stack: ExitStack) -> None:
        self._name = name
        self._url = url
        self._schema = schema
        self._stack = stack
        self._opened: PostgresDatabase | None = None

    @property
    def name(self) -> str:
        """Return what the directory calls it."""
        return self._name

    @property
    def shown(self) -> str:
        """Return which database this is, without the way in."""
        return self._database().shown

    def hold(self, what: str) -> None:
        """Keep every other session that asks for `what` out, as long as this one lasts."""
        self._database().hold(what)

    @contextmanager
    def transaction(self, limits: Limits, *, snapshot: bool = False) -> Iterator[PostgresSession]:
        """Give a transaction, committed when the block ends well.

        Raises LockNotGranted, or OutsideError for whatever else the server refuses.
        """
        given = client_ports.Limits(limits.lock_seconds, limits.statement_seconds)
        try:
            with self._database().transaction(given, snapshot=snapshot) as session:
                session.run(f"set local search_path = {ident(self._schema)}")
                yield session
        except client_ports.LockNotGranted as error:
            raise LockNotGranted(error.reason, error.remedy) from None

    def _database(self) -> PostgresDatabase:
        if self._opened is None:
            self._opened = self._stack.enter_context(PostgresDatabase(self._url, "shards"))
        return self._opened
