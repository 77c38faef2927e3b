"""A database or a schema for each preview, with a role that owns it and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from outgrow.deploy.previews.values import OwnData
from outgrow.errors import InputError, OutsideError

_CONNECT_SECONDS = 10
_PASSWORD_BYTES = 24
_RIGHTS = """
    select rolcreatedb or rolsuper, rolcreaterole or rolsuper,
           has_database_privilege(current_database(), 'create')
    from pg_roles where rolname = current_user
"""
_WHAT = {"createdb": "databases", "createrole": "roles", "schema": "schemas"}
_REMEDIES = {
    "createdb": "alter role ... createdb",
    "createrole": "alter role ... createrole",
    "schema": "grant create on database ... to ...",
}
_LOCAL = ("", "localhost", "::1")


class PreviewDatabases:
    """The server whose address may make databases and roles; it is never given to a preview."""

    def __init__(self, server: SecretStr) -> None:
        self._server = server

    def is_on_this_machine_only(self) -> bool:
        """Return whether its address is one that other machines and containers do not reach.

        Raises InputError when the address cannot be read.
        """
        try:
            given = conninfo_to_dict(self._server.get_secret_value())
        except psycopg.ProgrammingError:  # its text shows the address
            raise _unreadable() from None
        hosts = str(given.get("hostaddr") or given.get("host") or "").split(",")
        return all(one in _LOCAL or one.startswith(("/", "127.")) for one in hosts)

    def check(self, kind: OwnData) -> None:
        """Raise OutsideError when the server does not answer, or its role has too few rights."""
        with self._connected() as connection:
            found = connection.execute(_RIGHTS).fetchone()
            user = connection.info.user
        may_make = dict(zip(("createdb", "createrole", "schema"), found or (), strict=True))
        needed = ("createrole", "createdb" if kind == "database" else "schema")
        missing = [one for one in needed if not may_make[one]]
        if missing:
            raise OutsideError(
                f"the role {user} on the server for previews may not make what they need: "
                f"{', '.join(_WHAT[one] for one in missing)}",
                f"As an administrator there: {'; '.join(_REMEDIES[one] for one in missing)}",
            )

    def make(self, name: str, kind: OwnData) -> SecretStr:
        """Return the address of a database or schema of that name, with a role of its own.

        What is in it already stays; the role gets a new password each time.
        """
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        with self._connected() as connection:
            self._make_role(connection, name, password)
            if kind == "database":
                _make_database(connection, name)
            else:
                _make_schema(connection, name)
            return _address(connection, name, password, kind)

    def drop(self, name: str, kind: OwnData) -> None:
        """Remove it with its data and its role, whoever is connected; absent is well too."""
        which = sql.Identifier(name)
        with self._connected() as connection:
            if kind == "database":
                connection.execute(sql.SQL("drop database if exists {} with (force)").format(which))
            else:
                connection.execute(sql.SQL("drop schema if exists {} cascade").format(which))
            if _exists(connection, "pg_roles", "rolname", name):
                # What it was granted here would keep the role alive.
                connection.execute(sql.SQL("drop owned by {}").format(which))
                connection.execute(sql.SQL("drop role {}").format(which))

    def _make_role(self, connection: psycopg.Connection, name: str, password: str) -> None:
        verb = "alter" if _exists(connection, "pg_roles", "rolname", name) else "create"
        # The hash is made here: no log of the server ever shows the password.
        hashed = connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
        statement = sql.SQL(verb + " role {} with login password {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Literal(hashed)))
        # A managed server's administrator is no superuser, and may only give what it has.
        connection.execute(
            sql.SQL("grant {} to {}").format(
                sql.Identifier(name), sql.Identifier(connection.info.user)
            )
        )

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        try:
            connection = psycopg.connect(
                self._server.get_secret_value(),
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
                application_name="outgrow preview",
            )
        except psycopg.ProgrammingError:  # its text shows the address
            raise _unreadable() from None
        except psycopg.OperationalError as error:
            raise OutsideError(
                f"the server for previews does not answer: {_first_line(error)}",
                "Check the address, and that it may be reached from here. To remove a preview "
                "whose server is gone for good: outgrow preview remove BRANCH --leave-data",
            ) from None
        with connection:
            try:
                yield connection
            except psycopg.Error as error:
                raise OutsideError(
                    f"PostgreSQL refuses: {_first_line(error)}",
                    "The role needs CREATEDB and CREATEROLE; then run it again.",
                ) from None


def _unreadable() -> InputError:
    return InputError(
        "the address of the server for previews cannot be read",
        "Write postgresql://user@host/postgres; encode `@`, `/` and `:` of a password.",
    )


def _make_database(connection: psycopg.Connection, name: str) -> None:
    which = sql.Identifier(name)
    if not _exists(connection, "pg_database", "datname", name):
        connection.execute(sql.SQL("create database {} owner {}").format(which, which))
    connection.execute(sql.SQL("revoke connect on database {} from public").format(which))


def _make_schema(connection: psycopg.Connection, name: str) -> None:
    which = sql.Identifier(name)
    connection.execute(
        sql.SQL("create schema if not exists {} authorization {}").format(which, which)
    )
    connection.execute(sql.SQL("alter role {} set search_path = {}").format(which, which))


def _exists(connection: psycopg.Connection, catalog: str, column: str, name: str) -> bool:
    query = sql.SQL("select 1 from {} where {} = %s").format(
        sql.Identifier(catalog), sql.Identifier(column)
    )
    return connection.execute(query, [name]).fetchone() is not None


def _address(connection: psycopg.Connection, name: str, password: str, kind: OwnData) -> SecretStr:
    info = connection.info
    database = name if kind == "database" else info.dbname
    given = conninfo_to_dict(info.dsn)
    more = {"sslmode": str(given["sslmode"])} if given.get("sslmode") else {}
    host = f"[{info.host}]" if ":" in info.host else info.host
    place = f"{host}:{info.port}"
    if host.startswith("/"):  # a socket; an address has no other room for its folder
        place, more = "", {"host": host, "port": str(info.port), **more}
    query = f"?{urlencode(more)}" if more else ""
    return SecretStr(
        f"postgresql://{quote(name)}:{quote(password)}@{place}/{quote(database)}{query}"
    )


def _first_line(error: psycopg.Error) -> str:
    told = error.diag.message_primary or str(error)
    return told.strip().splitlines()[0] if told.strip() else type(error).__name__
