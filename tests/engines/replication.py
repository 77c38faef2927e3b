"""What a test does to copies of a server: let them lag, let them catch up, promote them.

Two ways to lag, both PostgreSQL's own:

- `lagging(replica)` pauses the replay (`pg_wal_replay_pause`). The copy receives the log and
  shows nothing of it until the block ends: a lag as long as the test likes.
- a replica started with the setting `recovery_min_apply_delay=300ms` shows every commit that
  much later: a steady lag. Only commits are delayed, by the clocks of the two servers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.engines.postgres import PostgresServer

_DEADLINE_SECONDS = 20


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds()`; fail the test when it does not within some seconds."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {_DEADLINE_SECONDS} s: {what}")


def wait_until_replayed(primary: PostgresServer, *replicas: PostgresServer) -> None:
    """Wait until the replicas have everything that the primary has now."""
    target = primary.value("select pg_current_wal_lsn()::text")
    for replica in replicas:
        wait_until(
            lambda replica=replica: bool(  # type: ignore[misc]
                replica.value(f"select pg_last_wal_replay_lsn() >= '{target}'")
            ),
            f"replica {replica.port} replays {target}",
        )


@contextmanager
def lagging(replica: PostgresServer) -> Iterator[None]:
    """Let the replica show nothing new until the block ends."""
    replica.run("select pg_wal_replay_pause()")
    wait_until(
        lambda: replica.value("select pg_get_wal_replay_pause_state()") == "paused",
        "the replay is paused",
    )
    try:
        yield
    finally:
        if replica.process is not None:
            replica.run("select pg_wal_replay_resume()")


def promote(replica: PostgresServer) -> None:
    """Make the replica a primary of its own, on a timeline of its own."""
    replica.run("select pg_promote(true, 20)")
    assert replica.value("select pg_is_in_recovery()") is False
