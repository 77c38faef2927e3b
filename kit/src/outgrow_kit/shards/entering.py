"""What a session on a shard does first: ask the gate of that database whether it may.

The question takes a lock that lasts as long as the transaction. A move closes the gate only
when nobody holds it, so whoever got in is never turned away in the middle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from outgrow_kit.clock import Clock
from outgrow_kit.databases.deadline import remaining, shorter
from outgrow_kit.settings.model import DatabaseSettings, Shard, ShardSettings
from outgrow_kit.shards.directory import is_missing
from outgrow_kit.shards.errors import ShardMoving
from outgrow_kit.shards.ids import EPOCH_MS, SPAN_MS

MOVED = "OG001"
_SERIALIZATION = "40001"
_INFO = "outgrow_shard"
_FIRST_PAUSE_SECONDS = 0.004
_LONGEST_PAUSE_SECONDS = 0.05

Refused = Literal["moved", "missing", "conflict"]

RESERVE = (
    "UPDATE outgrow_shard_ids AS i SET until_ms = greatest(i.until_ms, n.ms) + %(span)s"
    " FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint - %(epoch)s AS ms) AS n"
    " WHERE i.slot = (SELECT slot FROM outgrow_shard_ids ORDER BY until_ms, slot LIMIT 1"
    " FOR UPDATE SKIP LOCKED)"
    " RETURNING i.slot, i.until_ms - %(span)s, i.until_ms, n.ms"
)
RESERVE_VALUES = {"span": SPAN_MS, "epoch": EPOCH_MS}
GIVE_BACK = (
    "UPDATE outgrow_shard_ids SET until_ms = %(used)s WHERE slot = %(slot)s AND until_ms = %(end)s"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose rows a session is for, and whether it only reads them."""

    shard: int
    key: str
    read_only: bool


def enters(session: Session, entry: Entry) -> None:
    """Let each transaction of `session` begin with the question to the gate."""
    session.info[_INFO] = entry


@event.listens_for(Session, "after_begin")
def _begun(session: Session, part: SessionTransaction, connection: Connection) -> None:
    entry = session.info.get(_INFO)
    if entry is None or part.nested:
        return
    more = ", set_config('transaction_read_only', 'on', true)" if entry.read_only else ""
    connection.exec_driver_sql(
        f"SELECT outgrow_shard_enter(%s, %s){more}", (entry.shard, entry.key)
    )


def refused(error: DBAPIError) -> Refused | None:
    """Return why the gate did not let a session in; None when it was something else."""
    state = getattr(error.orig, "sqlstate", None)
    if state == MOVED:
        return "moved"
    if is_missing(error):
        return "missing"
    return "conflict" if state == _SERIALIZATION else None


def pauses(longest_seconds: float, clock: Clock) -> Iterator[float]:
    """Yield how long to pause before each further try. Raises ShardMoving at the deadline."""
    limit = shorter(longest_seconds, remaining()) or 0.0
    ends_at = clock() + limit
    pause = _FIRST_PAUSE_SECONDS
    while ends_at - clock() > pause:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
    raise ShardMoving(
        f"the rows of this key are being moved to another database, for more than {limit:.3g} s. "
        "Nothing was written; try again."
    )


def too_late(error: DBAPIError) -> ShardMoving | None:
    """Return what to raise when the deadline passed after the gate had turned a caller away."""
    left = remaining()
    if left is None or left > 0:
        return None
    return ShardMoving(
        f"the rows of this key are being moved, and the deadline is over: {type(error).__name__}"
    )


def on_its_way(error: DBAPIError) -> ShardMoving | None:
    """Return what to raise for a later transaction of a block that the gate turned away."""
    if refused(error) != "moved":
        return None
    return ShardMoving(
        "the rows of this key moved to another database between two transactions of one block; "
        "run the block again"
    )


def shards_of(settings: DatabaseSettings) -> ShardSettings | None:
    """Return how rows are spread; None in a phase where they are not."""
    spread = settings.shards
    return spread if spread is not None and spread.databases else None


def settings_of(shard: Shard, settings: DatabaseSettings) -> DatabaseSettings:
    """Return the settings of one database of the shards: the pool of the main one, no copies."""
    return replace(settings, url=shard.url, replicas=(), shards=None)


def is_main(shard: Shard, settings: DatabaseSettings) -> bool:
    """Return whether a database of the shards is the main one."""
    return shard.url == settings.url


def first_homes(
    databases: Sequence[Shard], settings: DatabaseSettings, spread: bool
) -> tuple[str, ...]:
    """Return where shards lie that nobody has moved: all in the main database, or `spread`."""
    names = tuple(one.name for one in databases)
    if spread:
        return names
    main = tuple(one.name for one in databases if is_main(one, settings))
    return main[:1] or names[:1]
