"""The state database itself: created, brought forward, and never overwritten."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from tests.engines.postgres import PostgresServer
from tests.integration.store.conftest import Hands

from outgrow.errors import InputError
from outgrow.store.errors import StateUnreadable
from outgrow.store.journal import Journal
from outgrow.store.migrations import MIGRATIONS
from outgrow.store.owner import this_process
from outgrow.store.store import open_store, state_place


def test_the_state_lies_beside_the_strategy_unless_a_url_says_otherwise() -> None:
    beside = state_place(Path("project"), None)
    assert beside == Path("project/.outgrow/state.db")
    assert state_place(Path("project"), "postgresql://team") == "postgresql://team"


def test_git_does_not_see_the_state(tmp_path: Path, clock: Hands) -> None:
    place = tmp_path / ".outgrow" / "state.db"
    open_store(place, clock.now).close()
    assert (place.parent / ".gitignore").read_text() == "*\n"


def add_a_column(connection: Connection) -> None:
    connection.execute(text("alter table outgrow_operations add column cost integer default 7"))


def test_an_older_state_is_brought_forward_with_all_it_holds(
    place: Path | str, clock: Hands
) -> None:
    with open_store(place, clock.now) as store:
        Journal(store).begin("partition", "events", "production", [], this_process())
    with open_store(place, clock.now, [*MIGRATIONS, add_a_column]) as store:
        assert len(Journal(store).all_unfinished()) == 1
        with store.reading() as connection:
            assert connection.execute(text("select cost from outgrow_operations")).scalar() == 7
            version = connection.execute(text("select version from outgrow_schema")).scalar()
    assert version == len(MIGRATIONS) + 1


def break_off(connection: Connection) -> None:
    add_a_column(connection)
    raise KeyboardInterrupt


def test_a_migration_that_breaks_off_changes_nothing(place: Path | str, clock: Hands) -> None:
    open_store(place, clock.now).close()
    with pytest.raises(KeyboardInterrupt):
        open_store(place, clock.now, [*MIGRATIONS, break_off])
    with open_store(place, clock.now, [*MIGRATIONS, add_a_column]) as store:
        assert Journal(store).all_unfinished() == ()


def test_a_newer_state_is_refused_and_stays(place: Path | str, clock: Hands) -> None:
    open_store(place, clock.now, [*MIGRATIONS, add_a_column]).close()
    with pytest.raises(StateUnreadable, match="version 2; this outgrow knows 1") as refused:
        open_store(place, clock.now)
    assert "newer outgrow" in refused.value.remedy
    open_store(place, clock.now, [*MIGRATIONS, add_a_column]).close()


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + b"x" * 4096])
def test_a_corrupt_file_is_refused_and_stays(content: bytes, tmp_path: Path, clock: Hands) -> None:
    place = tmp_path / "state.db"
    place.write_bytes(content)
    with pytest.raises(StateUnreadable, match=r"state\.db") as refused:
        open_store(place, clock.now)
    assert "backup" in refused.value.remedy
    assert place.read_bytes() == content


def test_a_file_with_a_damaged_page_is_refused_and_stays(tmp_path: Path, clock: Hands) -> None:
    place = tmp_path / "state.db"
    with open_store(place, clock.now) as store:
        for number in range(50):
            Journal(store).begin("partition", f"t{number}", "production", [], this_process())
    content = bytearray(place.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    place.write_bytes(content)
    with pytest.raises(StateUnreadable):
        open_store(place, clock.now)
    assert place.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_stays(tmp_path: Path, clock: Hands) -> None:
    place = tmp_path / "state.db"
    other = sqlite3.connect(place)
    other.execute("create table bookmarks (url text)")
    other.commit()
    other.close()
    before = place.read_bytes()
    with pytest.raises(StateUnreadable, match="something else"):
        open_store(place, clock.now)
    assert place.read_bytes() == before


def test_a_database_of_the_team_may_hold_other_tables(
    postgres: PostgresServer, clock: Hands
) -> None:
    url = postgres.database("shared")
    postgres.run("create table customers (id int)", database="shared")
    with open_store(url, clock.now) as store:
        assert Journal(store).all_unfinished() == ()


def test_a_database_out_of_reach_is_named_without_its_password(clock: Hands) -> None:
    with pytest.raises(StateUnreadable) as refused:
        open_store("postgresql://ann:hunter2@127.0.0.1:1/none", clock.now)
    assert "127.0.0.1" in refused.value.reason
    assert "hunter2" not in refused.value.reason + refused.value.remedy


@pytest.mark.parametrize("url", ["mysql://ann:hunter2@host/db", "hunter2"])
def test_a_url_of_something_else_is_refused_without_showing_it(url: str, clock: Hands) -> None:
    with pytest.raises(InputError, match="not one of a PostgreSQL") as refused:
        open_store(url, clock.now)
    assert "hunter2" not in str(refused.value)


def test_a_state_that_may_not_be_written_says_so(tmp_path: Path, clock: Hands) -> None:
    place = tmp_path / "state.db"
    place.mkdir()
    with pytest.raises(StateUnreadable, match=r"state\.db"):
        open_store(place, clock.now)
    assert stat.S_ISDIR(place.stat().st_mode)
