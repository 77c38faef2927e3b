"""The messages that begin a transaction."""

from __future__ import annotations

import pytest

from outgrow_kit import Secret
from outgrow_kit.databases.begin import REPLAYED, Begin, Timeouts, isolation_level
from outgrow_kit.databases.engines import Server
from outgrow_kit.settings import PoolSettings

SOME = Timeouts(statement_seconds=1.5, lock_seconds=0)


def test_everything_is_said_in_one_message() -> None:
    assert Begin(read_only=True, timeouts=SOME).messages() == (
        "BEGIN READ ONLY; SET LOCAL statement_timeout = 1500; SET LOCAL lock_timeout = 0",
    )


def test_the_position_is_asked_before_the_transaction_that_must_have_it() -> None:
    assert Begin(read_only=True, asks_position=True).messages() == (f"{REPLAYED}; BEGIN READ ONLY",)


def test_a_query_before_an_isolation_level_is_a_message_of_its_own() -> None:
    begin = Begin(read_only=True, isolation="REPEATABLE READ", asks_position=True)
    assert begin.messages() == (REPLAYED, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def test_isolation_levels_are_those_of_postgresql() -> None:
    assert isolation_level("repeatable_read") == "REPEATABLE READ"
    assert isolation_level(None) is None
    with pytest.raises(ValueError, match="SERIALIZABLE"):
        isolation_level("read only; drop table users")


@pytest.mark.parametrize(
    ("pooler", "at_startup", "in_each_transaction"),
    [("none", True, False), ("pgbouncer", False, True), ("supavisor", False, True),
     ("rds_proxy", False, False)],
)  # fmt: skip
def test_timeouts_go_where_the_pooler_lets_them_pass(
    pooler: str, at_startup: bool, in_each_transaction: bool
) -> None:
    pool = PoolSettings(pooler=pooler)  # type: ignore[arg-type]
    server = Server(Secret("postgresql+psycopg://u:p@h/d"), pool, 3)
    assert ("statement_timeout=30000" in server.conninfo()) is at_startup
    assert bool(server.default_begin().timeouts.parameters()) is in_each_transaction
    assert (server.prepare_threshold() is None) is (pooler != "none")


def test_options_of_the_address_are_kept_and_win() -> None:
    server = Server(
        Secret("postgresql://h/d?options=-c%20statement_timeout%3D9&connect_timeout=7"),
        PoolSettings(), 3,
    )  # fmt: skip
    assert "statement_timeout=30000" in server.conninfo()
    assert server.conninfo().index("=9") > server.conninfo().index("=30000")
    assert "connect_timeout=7" in server.conninfo()
