"""pgbouncer.ini with PgBouncer started on it, before a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engines.postgres import as_postgres, postgres_program, server_folder
from tests.engines.processes import answers, free_port, running
from tests.systems import all_systems, system
from tests.tools import said, tool

from outgrow.render.pgbouncer.target import TARGET, render

_USER = "postgres"
_ADAPTED = {
    "auth_file = /etc/pgbouncer/userlist.txt": "auth_file = userlist.txt",
    # Debian's server has no certificate here; the rendered file asks RDS for one.
    "server_tls_sslmode = require": "server_tls_sslmode = disable",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account may write to."""
    with server_folder() as found:
        yield found


@contextmanager
def postgres(folder: Path, port: int) -> Iterator[None]:
    """A PostgreSQL with the database `nexod` and a user of that name."""
    (folder / "password").write_text("secret1")
    made = subprocess.run(
        as_postgres(
            postgres_program("initdb"), "-D", str(folder / "data"), "-U", "nexod",
            "--pwfile", str(folder / "password"), "-A", "scram-sha-256", "--no-sync",
        ),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, said(made)
    command = as_postgres(
        postgres_program("postgres"), "-D", str(folder / "data"), "-p", str(port),
        "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}",
    )  # fmt: skip
    with running(command, folder, lambda: answers(port)):
        created = psql(port, "create database nexod", database="postgres")
        assert created.returncode == 0, said(created)
        yield


def psql(port: int, query: str, database: str = "nexod") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            tool("psql"), "--host", "127.0.0.1", "--port", str(port), "--username", "nexod",
            "--no-align", "--tuples-only", "--command", query, database,
        ],
        env={**os.environ, "PGPASSWORD": "secret1"},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip


def rendered() -> str:
    return render(system("nexod", "production", "production")).files[0].text


def started_on(folder: Path, text: str, server: int, port: int) -> list[str]:
    for written, here in _ADAPTED.items():
        assert written in text
        text = text.replace(written, here)
    text = text.replace("host=db port=5432", f"host=127.0.0.1 port={server}")
    text = text.replace("listen_port = 6432", f"listen_port = {port}")
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "userlist.txt").write_text('"nexod" "secret1"\n')
    for name in ("pgbouncer.ini", "userlist.txt"):
        shutil.chown(folder / name, *((_USER, _USER) if os.geteuid() == 0 else ()))
    return as_postgres(tool("pgbouncer"), "pgbouncer.ini")


def test_a_query_passes_through_the_pool(folder: Path) -> None:
    server, port = free_port(), free_port()
    with (
        postgres(folder, server),
        running(started_on(folder, rendered(), server, port), folder, lambda: answers(port)),
    ):
        answer = psql(port, "select 6 * 7")
        assert (answer.returncode, answer.stdout) == (0, "42\n"), said(answer)


def test_pgbouncer_refuses_a_setting_that_it_does_not_know(folder: Path) -> None:
    port = free_port()
    text = rendered().replace("pool_mode", "pool_mood")
    done = subprocess.run(
        started_on(folder, text, free_port(), port),
        cwd=folder, capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert done.returncode != 0


def test_no_pool_is_larger_than_its_server() -> None:
    asked = [one for _, one in all_systems() if TARGET.applies(one)]
    assert asked
    for one in asked:
        text = render(one).files[0].text
        sizes = dict(
            setting.split("=") for setting in text.split("pool_size=")[1].split("\n")[0].split()[1:]
        )
        assert int(sizes["max_db_connections"]) < 100
