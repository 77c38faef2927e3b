"""A real PgBouncer for the tests, in transaction mode before a server of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from tests.engines.postgres import PostgresServer, as_postgres, server_folder
from tests.engines.processes import answers, free_port, running
from tests.tools import tool

# As outgrow renders it, without passwords: `options` of a startup message are not passed on.
_CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_db_connections = {pool_size}
max_client_conn = 200
query_wait_timeout = 5
server_connect_timeout = 2
server_login_retry = 0.2
ignore_startup_parameters = extra_float_digits,options,search_path
admin_users = outgrow
"""


@dataclass(frozen=True)
class PgBouncer:
    """A running PgBouncer; clients share `pool_size` connections to the server."""

    port: int
    pool_size: int
    user: str = "outgrow"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database behind it."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def server_connections(self) -> int:
        """Return how many connections to the server it has open."""
        with psycopg.connect(self.url("pgbouncer"), autocommit=True) as console:
            # Its console knows the simple protocol only, which is what text without values uses.
            return len(console.execute("SHOW SERVERS").fetchall())


@contextmanager
def pgbouncer(server: PostgresServer, pool_size: int = 2) -> Iterator[PgBouncer]:
    """Yield a PgBouncer before `server` that ends with the block."""
    with server_folder() as folder:
        pooler = PgBouncer(free_port(), pool_size)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            _CONFIGURATION.format(
                server=server.port, port=pooler.port, pool_size=pool_size, user=pooler.user
            ).replace("* = host", f"* = user={pooler.user} host")
        )
        command = as_postgres(tool("pgbouncer"), str(configuration))
        with running(command, folder, lambda: answers(pooler.port)):
            yield pooler
