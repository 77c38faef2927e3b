"""Alembic's migrations through the kit, on a real PostgreSQL with others at work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.engines.pgbouncer import pgbouncer
from tests.engines.postgres import PostgresServer, postgres_server

_ENV = """
from outgrow_kit.migrations import run_migrations
run_migrations(None, lock_timeout_seconds=0.2, patience_seconds={patience})
"""
_REVISION = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{revision}", {before}
def upgrade():
    {body}
"""
_MADE = "op.execute('CREATE TABLE tasks (id bigint PRIMARY KEY, title text)')"
_GROWN = (
    "op.add_column('tasks', __import__('sqlalchemy').Column('note', __import__('sqlalchemy').Text))"
)
_INDEXED = (
    "\n    with op.get_context().autocommit_block():\n"
    "        op.create_index('tasks_title', 'tasks', ['title'], postgresql_concurrently=True)"
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as one:
        yield one


@pytest.fixture
def project(tmp_path: Path) -> Path:
    versions = tmp_path / "alembic" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
    (tmp_path / "alembic" / "env.py").write_text(_ENV.format(patience=10))
    before = None
    for revision, body in (("a1", _MADE), ("b2", _GROWN), ("c3", _INDEXED)):
        text = _REVISION.format(revision=revision, before=repr(before), body=body)
        (versions / f"{revision}.py").write_text(text)
        before = revision
    return tmp_path


def started(project: Path, url: str, target: str = "head") -> subprocess.Popen[str]:
    kit = Path(__file__).parents[4] / "kit" / "src"
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", "upgrade", target],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(kit), "DATABASE_URL": url},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def columns(server: PostgresServer, database: str) -> object:
    query = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'tasks'"
    return server.value(query, database)


def test_migrations_run_and_an_index_is_built_beside(server: PostgresServer, project: Path) -> None:
    code, out = ended(started(project, server.database("plain")))
    assert code == 0, out
    assert columns(server, "plain") == 3
    assert server.value("SELECT to_regclass('tasks_title') IS NOT NULL", "plain") is True


def test_several_processes_at_once_migrate_once(server: PostgresServer, project: Path) -> None:
    url = server.database("crowd")
    outcomes = [ended(one) for one in [started(project, url) for _ in range(4)]]
    assert [code for code, _ in outcomes] == [0] * 4, outcomes
    assert server.value("SELECT version_num FROM alembic_version", "crowd") == "c3"


def test_a_long_transaction_is_waited_for_without_holding_up_others(
    server: PostgresServer, project: Path
) -> None:
    url = server.database("busy")
    assert ended(started(project, url, "a1"))[0] == 0
    with psycopg.connect(url) as long, psycopg.connect(url, autocommit=True) as other:
        long.execute("SELECT * FROM tasks")
        migrating = started(project, url)
        _wait_for_a_waiter(server, "busy")
        # Behind a statement that waits for ACCESS EXCLUSIVE a read would wait as long as it does.
        other.execute("SET statement_timeout = '2s'")
        for _ in range(20):
            other.execute("SELECT count(*) FROM tasks")
        long.commit()
    code, out = ended(migrating)
    assert code == 0, out
    assert columns(server, "busy") == 3


def test_an_index_that_an_earlier_try_left_unfinished_is_built_anew(
    server: PostgresServer, project: Path
) -> None:
    url = server.database("halves")
    assert ended(started(project, url, "b2"))[0] == 0
    with psycopg.connect(url, autocommit=True) as connection:
        # What a CREATE INDEX CONCURRENTLY leaves that was killed.
        connection.execute("INSERT INTO tasks VALUES (1, 'same'), (2, 'same')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY tasks_title ON tasks (title)")
    code, out = ended(started(project, url))
    assert code == 0, out
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'tasks_title'::regclass"
    assert server.value(query, "halves") is True


def test_a_transaction_that_never_ends_ends_the_migration_with_nothing_done(
    server: PostgresServer, project: Path
) -> None:
    (project / "alembic" / "env.py").write_text(_ENV.format(patience=1))
    url = server.database("stuck")
    assert ended(started(project, url, "a1"))[0] == 0
    with psycopg.connect(url) as long:
        long.execute("SELECT * FROM tasks")
        code, out = ended(started(project, url))
    assert code != 0
    assert "MigrationsBlocked" in out
    assert "pg_stat_activity" in out
    assert columns(server, "stuck") == 2


def test_an_error_of_a_migration_is_not_tried_again(server: PostgresServer, project: Path) -> None:
    (project / "alembic" / "versions" / "b2.py").write_text(
        _REVISION.format(revision="b2", before="'a1'", body="op.execute('SELECT 1/0')")
    )
    code, out = ended(started(project, server.database("faulty")))
    assert (code != 0, out.count("division by zero") > 0) == (True, True)
    assert server.value("SELECT version_num FROM alembic_version", "faulty") == "a1"


def test_offline_it_writes_sql_that_the_lint_reads(project: Path) -> None:
    kit = Path(__file__).parents[4] / "kit" / "src"
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "a1:b2", "--sql"],
        cwd=project, env={**os.environ, "PYTHONPATH": str(kit)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "ALTER TABLE tasks ADD COLUMN note" in done.stdout


def _wait_for_a_waiter(server: PostgresServer, database: str) -> None:
    """Return once somebody waits for a lock on the table, or has waited for one."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    pause = threading.Event()
    for _ in range(500):
        if server.value(query, database):
            return
        pause.wait(0.01)
    pytest.fail("nobody waited for the lock")


def test_behind_a_pooler_each_transaction_has_the_limit_and_nobody_else_gets_it(
    server: PostgresServer, project: Path
) -> None:
    told = project / "told"
    seen_by = "op.get_bind().exec_driver_sql('SHOW lock_timeout').scalar()"
    body = f"open({str(told)!r}, 'w').write({seen_by})"
    text = _REVISION.format(revision="d4", before=repr("c3"), body=body)
    (project / "alembic" / "versions" / "d4.py").write_text(text)
    server.database("pooled")
    with pgbouncer(server) as pooler:
        code, out = ended(started(project, pooler.url("pooled")))
        assert code == 0, out
        with (
            psycopg.connect(pooler.url("pooled"), prepare_threshold=None) as one,
            psycopg.connect(pooler.url("pooled"), prepare_threshold=None) as other,
        ):
            seen = [each.execute("SHOW lock_timeout").fetchone() for each in (one, other)]
    assert told.read_text() == "200ms"
    assert seen == [("0",), ("0",)]
    assert columns(server, "pooled") == 3
