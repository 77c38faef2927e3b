"""Real PostgreSQL servers for the tests: a primary, and copies that follow it by streaming."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from tests.engines.processes import free_port
from tests.tools import said, tool

_READY_SECONDS = 30
_ACCOUNT = "postgres"


def as_postgres(*command: str) -> list[str]:
    """Return `command` for the account of PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups", *command]


def postgres_program(name: str) -> str:
    """Return the path of a program of PostgreSQL, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else tool(name)


@dataclass
class PostgresServer:
    """A server of our own on loopback; `start` and `kill` as often as a test likes."""

    folder: Path
    port: int
    settings: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def url(self, database: str = "postgres", user: str = "outgrow") -> str:
        """Return the address of a database; no password is needed on loopback."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements, each by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str, database: str = "postgres") -> object:
        """Return the first value of a query's first row; None when it has no row."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    def database(self, name: str) -> str:
        """Make a new, empty database and return its address."""
        self.run(f"create database {name}")
        return self.url(name)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        command = as_postgres(
            postgres_program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
            "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
            "-c", "fsync=off", "-c", "shared_buffers=32MB",
            *(part for setting in self.settings for part in ("-c", setting)),
        )  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = (self.folder / "log").read_text(errors="replace")
                pytest.fail(f"PostgreSQL does not start:\n{text[-3000:]}")

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url(), connect_timeout=2).close()
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            assert self.process is not None
            self.process.wait(0.05)
        return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT closes connections, SIGQUIT is as a crash."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(15)
        self.process = None

    def crash(self) -> None:
        """End it at once, without a checkpoint; the next start replays its log."""
        self.stop(signal.SIGQUIT)


@contextmanager
def server_folder() -> Iterator[Path]:
    """Yield a folder of PostgreSQL's account, under /tmp because it may pass its parents."""
    name = Path(tempfile.mkdtemp(prefix="og-pg-"))
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ACCOUNT)
            os.chown(name, account.pw_uid, account.pw_gid)
        yield name
    finally:
        shutil.rmtree(name, ignore_errors=True)


@contextmanager
def postgres_server(*settings: str) -> Iterator[PostgresServer]:
    """Yield a running server with the superuser `outgrow`; `settings` are `name=value`."""
    with server_folder() as folder:
        made = subprocess.run(
            as_postgres(
                postgres_program("initdb"), "-D", str(folder / "data"), "-U", "outgrow",
                "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
            ),
            capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        )  # fmt: skip
        assert made.returncode == 0, said(made)
        server = PostgresServer(folder, free_port(), settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def replica_of(primary: PostgresServer, *settings: str) -> Iterator[PostgresServer]:
    """Yield a running copy that follows `primary` by streaming replication."""
    with server_folder() as folder:
        copied = subprocess.run(
            as_postgres(
                postgres_program("pg_basebackup"), "-D", str(folder / "data"), "-R",
                "-d", f"{primary.url()}?application_name=replica{primary.port}",
                "--checkpoint=fast", "--no-sync",
            ),
            capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        )  # fmt: skip
        assert copied.returncode == 0, said(copied)
        replica = PostgresServer(folder, free_port(), settings)
        try:
            replica.start()
            yield replica
        finally:
            replica.stop()
