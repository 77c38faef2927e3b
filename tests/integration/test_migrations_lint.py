"""The lint beside real PostgreSQL, real Alembic, and Squawk as its peer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.commands import clean_environment, outgrow
from tests.engines.postgres import PostgresServer, postgres_server
from tests.migration_cases import SAFE, SCHEMA, UNSAFE

from outgrow.migrations.lint import lint
from outgrow.migrations.statements import Script

# What Squawk finds for other reasons than locks: taste, and settings around the statement.
# Squawk takes CURRENT_DATE for a value that differs from row to row; the test below shows that
# PostgreSQL does not write the table anew for it.
_STABLE_DEFAULT = "ALTER TABLE tasks ADD COLUMN on_day date DEFAULT CURRENT_DATE"
_OF_TASTE = {
    "prefer-bigint-over-int", "prefer-identity", "prefer-text-field", "prefer-robust-stmts",
    "require-lock-timeout", "require-statement-timeout", "prefer-timestamptz",
    "prefer-bigint-over-smallint", "require-table-schema", "ban-drop-not-null",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as one:
        yield one


@pytest.fixture
def database(server: PostgresServer, request: pytest.FixtureRequest) -> str:
    return server.database(f"lint_{abs(hash(request.node.nodeid))}")


def squawked(tmp_path: Path, statement: str) -> set[str]:
    file = tmp_path / "one.sql"
    file.write_text(f"{statement};\n")
    program = Path(sys.executable).with_name("squawk")
    done = subprocess.run(
        [str(program), "--reporter", "json", "--pg-version", "15", str(file)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return {one["rule_name"] for one in json.loads(done.stdout)} - _OF_TASTE


def test_whatever_squawk_finds_of_locks_is_found_here_too(tmp_path: Path) -> None:
    missed, found = {}, 0
    for statement in {*UNSAFE, *SAFE} - {_STABLE_DEFAULT}:
        peer = squawked(tmp_path, statement)
        ours = lint([Script("one.sql", f"{statement};")]).findings
        found += bool(peer)
        if peer and not ours:
            missed[statement] = peer
    assert found >= 15, "the peer found hardly anything, so the comparison says nothing"
    assert missed == {}


@pytest.mark.parametrize(
    "statement",
    # A constraint reads every row, and writes none.
    [
        one
        for one in (*SAFE, *UNSAFE)
        if "ADD COLUMN" in one
        and not any(word in one for word in ("REFERENCES", "UNIQUE", "CHECK"))
    ],
)
def test_a_new_column_is_found_when_postgresql_writes_the_table_anew(
    statement: str, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        asked = b"SELECT pg_relation_filenode('tasks')"
        before = connection.execute(asked).fetchone()
        fails = UNSAFE.get(statement) == "add-required-column"
        if not fails:
            connection.execute(statement.encode())
        is_anew = connection.execute(asked).fetchone() != before
    assert is_anew == (statement in UNSAFE and not fails)


@pytest.mark.parametrize("statement", UNSAFE)
def test_the_safe_form_runs_on_postgresql_and_passes_the_lint(
    statement: str, database: str
) -> None:
    (finding,) = lint([Script("a.sql", f"{statement};")]).findings
    # A form with a gap to fill in, or with batches to run, is for people to read.
    if any("..." in line or ":last" in line for line in finding.safe):
        assert finding.safe[0].startswith(("ALTER TABLE", "--"))
        return
    whole = [line for line in finding.safe if not line.startswith("--")]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        for line in whole:
            connection.execute(line.encode())
    kept = [line for line in whole if not _is_a_later_release(line)]
    assert lint([Script("safe.sql", "\n".join(kept))]).findings == ()


def _is_a_later_release(line: str) -> bool:
    """Return whether a line breaks the running version on purpose, in a later release."""
    return line.startswith(("DROP TABLE", "ALTER TABLE tasks DROP COLUMN", "ALTER TABLE tasks REN"))


@pytest.mark.parametrize(
    "statement",
    [one for one, rule in UNSAFE.items() if rule in {"create-index", "add-unique", "set-not-null"}],
)
def test_what_is_said_to_lock_makes_writers_wait(statement: str, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    with psycopg.connect(database) as migrating, psycopg.connect(database) as writing:
        migrating.execute(statement.encode())
        writing.execute(b"SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            writing.execute(b"INSERT INTO tasks VALUES (0, 1, 'new', 'note', now())")


def test_sizes_of_a_database_let_small_tables_be_locked(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute(b"ANALYZE")
    (tmp_path / "1.sql").write_text("CREATE INDEX a ON tasks (title);\nDROP INDEX tasks_old;\n")
    environment = {**clean_environment(tmp_path), "DATABASE_URL": database}
    asked = ("migrations", "lint", str(tmp_path / "1.sql"), "--database-url-from", "DATABASE_URL")
    ran = outgrow(*asked, home=tmp_path, environment=environment)
    assert (ran.code, "2 on tables that are small" in ran.out) == (0, True), ran.out
    large = outgrow(*asked, "--large-rows", "1000", home=tmp_path, environment=environment)
    assert (large.code, large.out.count("create-index")) == (1, 1)


def test_a_database_that_is_gone_is_told_without_its_address(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("SELECT 1;")
    url = "postgresql://app:hunter2@127.0.0.1:1/app"
    environment = {**clean_environment(tmp_path), "DATABASE_URL": url}
    ran = outgrow(
        "migrations", "lint", str(tmp_path / "1.sql"), "--database-url-from", "DATABASE_URL",
        home=tmp_path, environment=environment,
    )  # fmt: skip
    assert ran.code == 3
    assert "hunter2" not in ran.err


_ENV = """
from alembic import context
context.configure(dialect_name="postgresql", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
"""
_REVISION = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{revision}", {before}
def upgrade():
    {body}
"""


def test_alembics_migrations_are_judged_without_a_database(tmp_path: Path) -> None:
    versions = tmp_path / "alembic" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
    (tmp_path / "alembic" / "env.py").write_text(_ENV)
    bodies = {
        "a1": (None, "op.create_table('tasks', sa.Column('id', sa.BigInteger, primary_key=True))"),
        "b2": ("a1", "op.create_index('i', 'tasks', ['id'])"),
        "c3": ("b2", "op.create_index('j', 'other', ['id'])"),
    }
    for revision, (before, body) in bodies.items():
        text = _REVISION.format(revision=revision, before=repr(before), body=body)
        (versions / f"{revision}.py").write_text(text)
    environment = {**clean_environment(tmp_path), "PATH": os.environ["PATH"]}
    ini = str(tmp_path / "alembic.ini")
    ran = outgrow(
        "migrations", "lint", "--alembic", ini, "--json", home=tmp_path, environment=environment
    )
    assert ran.code == 1, ran.err
    (finding,) = json.loads(ran.out)["result"]["findings"]
    assert (finding["file"], finding["table"]) == ("revision c3", "other")
    later = outgrow(
        "migrations", "lint", "--alembic", ini, "--revisions", "a1:b2", "--json",
        home=tmp_path, environment=environment,
    )  # fmt: skip
    assert [one["file"] for one in json.loads(later.out)["result"]["findings"]] == ["revision b2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of both"),
        (("absent.sql",), "does not exist"),
        (("--alembic", "absent.ini"), "does not exist"),
        (
            ("--database-url-from", "ABSENT_URL", "examples/sample-app/backend/migrations"),
            "not set",
        ),
        (("docs",), "holds no .sql file"),
    ],
)
def test_wrong_use_is_told_with_what_to_do(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    ran = outgrow("migrations", "lint", *arguments, home=tmp_path)
    assert (ran.code, said in ran.err, "Traceback" in ran.err) == (2, True, False), ran.err
