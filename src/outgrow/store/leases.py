"""Leases: one process at a time works on one thing, and a dead one blocks it only for a while.

Each time a lease is taken its token grows. A journal that was begun under a lease accepts a
write only with the newest token, so that a process which was stopped, lost its lease and woke
up again changes nothing any more. Hosts that share a state have to agree on the time to within
a small part of the time to live; the token holds even where they do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outgrow.store.errors import LeaseLost, LeaseTaken
from outgrow.store.owner import Owner, has_ended
from outgrow.store.store import Store
from outgrow.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on `name` until `expires`; `token` is greater than any before."""

    name: str
    token: int
    owner: Owner
    since: datetime
    expires: datetime


class Leases:
    """The leases of a state database; `ended` says which owner certainly lives no more."""

    def __init__(self, store: Store, ended: Callable[[Owner], bool] = has_ended) -> None:
        self._store = store
        self._ended = ended

    def take(self, name: str, owner: Owner, ttl_seconds: float) -> Lease:
        """Return the lease of `name` for `ttl_seconds`; raise LeaseTaken while another has it."""
        with self._store.writing() as connection:
            now = self._store.now()
            _make_row(connection, name, owner, now)
            row = _row(connection, name)
            current = _lease(row)
            if current is not None and current.expires > now and not self._ended(current.owner):
                raise _taken(current)
            token = 1 if row is None else row.token + 1
            lease = Lease(name, token, owner, now, now + timedelta(seconds=ttl_seconds))
            _write(connection, lease, held=1)
        return lease

    def renew(self, lease: Lease, ttl_seconds: float) -> Lease:
        """Return `lease` prolonged to `ttl_seconds` from now; raise LeaseLost when it is gone.

        One that ran out and that nobody took since is prolonged too.
        """
        with self._store.writing() as connection:
            check_token(connection, lease.name, lease.token)
            now = self._store.now()
            renewed = replace(lease, expires=now + timedelta(seconds=ttl_seconds))
            _write(connection, renewed, held=1)
        return renewed

    def release(self, lease: Lease) -> None:
        """Give `lease` back; nothing happens when another holds it by now."""
        with self._store.writing() as connection:
            row = _row(connection, lease.name)
            if row is not None and row.token == lease.token:
                _write(connection, lease, held=0)

    def holder(self, name: str) -> Lease | None:
        """Return the lease of `name` while it holds."""
        with self._store.reading() as connection:
            found = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            lease = _lease(found)
            return lease if lease is not None and lease.expires > self._store.now() else None


def check_token(connection: Connection, name: str, token: int) -> None:
    """Raise LeaseLost unless `token` is the newest of `name` and not given back.

    The row stays locked until the transaction ends: nobody takes the lease in between.
    """
    row = _row(connection, name)
    if row is not None and row.token == token and row.held:
        return
    holder = _lease(row)
    raise LeaseLost(
        f"the lease of {name} is gone: {holder.owner if holder else 'it was given back'}",
        "Somebody else goes on from the journal; look there before you run it again.",
    )


def _make_row(connection: Connection, name: str, owner: Owner, now: datetime) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    empty = {"token": 0, "held": 0, "since": now, "expires": now}
    values = {"name": name, **empty, **_owner_values(owner)}
    connection.execute(insert(leases).values(values).on_conflict_do_nothing())


def _owner_values(owner: Owner) -> dict[str, str | int]:
    return {"who": owner.who, "host": owner.host, "place": owner.place, "pid": owner.pid}


def _row(connection: Connection, name: str) -> Row[Any] | None:
    query = select(leases).where(leases.c.name == name).with_for_update()
    return connection.execute(query).one_or_none()


def _lease(row: Row[Any] | None) -> Lease | None:
    if row is None or not row.held:
        return None
    owner = Owner(row.who, row.host, row.pid, row.place)
    return Lease(row.name, row.token, owner, row.since, row.expires)


def _write(connection: Connection, lease: Lease, held: int) -> None:
    changed = {"token": lease.token, "held": held, "since": lease.since, "expires": lease.expires}
    statement = update(leases).where(leases.c.name == lease.name)
    connection.execute(statement.values({**changed, **_owner_values(lease.owner)}))


def _taken(lease: Lease) -> LeaseTaken:
    return LeaseTaken(
        f"{lease.owner} works on {lease.name} since {lease.since:%Y-%m-%d %H:%M:%S} UTC",
        f"Wait for it to end. If it died, try again after {lease.expires:%H:%M:%S} UTC.",
    )
