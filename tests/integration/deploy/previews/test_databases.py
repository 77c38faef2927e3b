"""Each preview's data are its own, on a real server: kept when made again, gone when dropped."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr
from tests.engines.postgres import PostgresServer, postgres_server

from outgrow.clients.preview_databases import PreviewDatabases
from outgrow.deploy.previews.values import OwnData
from outgrow.errors import OutsideError

KINDS: tuple[OwnData, ...] = ("database", "schema")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as one:
        yield one


@pytest.fixture
def databases(server: PostgresServer) -> PreviewDatabases:
    return PreviewDatabases(SecretStr(server.url()))


def connect(address: SecretStr) -> psycopg.Connection:
    return psycopg.connect(address.get_secret_value(), autocommit=True)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_it_stays_when_it_is_made_again(
    databases: PreviewDatabases, kind: OwnData
) -> None:
    with connect(databases.make("preview_kept", kind)) as first:
        first.execute("create table kept as select 7 as number")
    with connect(databases.make("preview_kept", kind)) as again:
        assert again.execute("select number from kept").fetchall() == [(7,)]
    databases.drop("preview_kept", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_of_it_even_while_somebody_is_connected(
    server: PostgresServer, databases: PreviewDatabases, kind: OwnData
) -> None:
    connection = connect(databases.make("preview_gone", kind))
    connection.execute("create table t (id int)")
    databases.drop("preview_gone", kind)
    databases.drop("preview_gone", kind)
    connection.close()
    left = server.value(
        "select count(*) from (select datname from pg_database union all select nspname from "
        "pg_namespace union all select rolname from pg_roles) as names (name) "
        "where name = 'preview_gone'"
    )
    assert left == 0


def test_a_previews_role_may_make_nothing_outside_of_its_own_data(
    databases: PreviewDatabases,
) -> None:
    with connect(databases.make("preview_small", "schema")) as connection:
        for statement in ("create database other", "create role other", "create schema other"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    databases.drop("preview_small", "schema")


def test_one_preview_cannot_connect_to_anothers_database(
    server: PostgresServer, databases: PreviewDatabases
) -> None:
    databases.make("preview_other", "database")
    with connect(databases.make("preview_one", "database")) as connection:
        allowed = connection.execute(
            "select has_database_privilege('preview_other', 'connect')"
        ).fetchall()
        assert allowed == [(False,)]
    databases.drop("preview_one", "database")
    databases.drop("preview_other", "database")


@pytest.mark.parametrize(
    ("kind", "rights", "missing"),
    [
        ("database", "createrole", "databases"),
        ("database", "createdb", "roles"),
        ("schema", "createrole", "schemas"),
    ],
)
def test_a_role_that_may_not_enough_is_told_before_anything_is_made(
    server: PostgresServer, kind: OwnData, rights: str, missing: str
) -> None:
    server.run(f"drop role if exists small; create role small login {rights}")
    small = PreviewDatabases(SecretStr(server.url(user="small")))
    with pytest.raises(OutsideError, match=f"what they need: {missing}$"):
        small.check(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_administrator_may_enough(databases: PreviewDatabases, kind: OwnData) -> None:
    databases.check(kind)
    assert databases.make("preview_checked", kind)
    databases.drop("preview_checked", kind)


def test_no_error_shows_the_way_in(server: PostgresServer) -> None:
    gone = PreviewDatabases(SecretStr("postgresql://boss:hidden-word@127.0.0.1:1/postgres"))
    with pytest.raises(OutsideError) as failed:
        gone.make("preview_x", "database")
    assert "hidden-word" not in f"{failed.value.reason} {failed.value.remedy}"
