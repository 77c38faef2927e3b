"""The target `pgbouncer`: pgbouncer.ini for PgBouncer 1.18 and later."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.pgbouncer.budget import Budget, asks_for_pgbouncer, budgets
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Loss, Rendering, Target

_PORT = 6432
_REST = """\
; Nobody connects without a password. It stands in a file that only PgBouncer reads, because
; it needs the password itself to answer the server's own question.
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt

; A client that waits so long for a connection gets an error instead of a frozen page.
query_wait_timeout = {wait_seconds}
; Connections that nobody has used for ten minutes are closed, all of them once an hour.
server_idle_timeout = 600
server_lifetime = 3600
server_connect_timeout = 5
client_idle_timeout = 0
; psycopg, asyncpg and JDBC set these when they connect; in a pool they mean nothing.
ignore_startup_parameters = extra_float_digits,options,search_path

server_tls_sslmode = {server_tls}
application_name_add_host = 1
log_connections = 0
log_disconnections = 0
log_pooler_errors = 1
stats_period = 60
"""


def render(system: System) -> Rendering:
    """Return pgbouncer.ini with a database for every PostgreSQL of `system`."""
    found = budgets(system)
    if not found:
        return Rendering(files=())
    return Rendering(
        files=(RenderedFile("pgbouncer.ini", "\n".join(_lines(system, found)) + "\n"),),
        losses=tuple(_losses(found)),
        commands=_commands(system),
        about=frozenset(budget.server.name for budget in found),
    )


def _lines(system: System, found: tuple[Budget, ...]) -> Iterator[str]:
    yield f"; {system.name}: phase {system.phase} in {system.environment}."
    yield "; PgBouncer 1.18 or later. It stands beside the application, which connects to it on"
    yield f"; port {_PORT} instead of the server."
    yield ""
    yield "[databases]"
    for budget in found:
        yield from _database(system, budget)
    yield ""
    yield "[pgbouncer]"
    yield "; Only the application beside it may connect."
    yield "listen_addr = 127.0.0.1"
    yield f"listen_port = {_PORT}"
    yield "unix_socket_dir ="
    yield ""
    yield "; A connection of the server belongs to a client for the length of a transaction. What"
    yield "; outlives one does not work: LISTEN, advisory locks of a session, SET without LOCAL,"
    yield "; and prepared statements before PgBouncer 1.21."
    yield "pool_mode = transaction"
    clients = sum(budget.client_connections for budget in found)
    yield f"; The applications open {clients} connections at the most; a deploy runs two versions."
    yield f"max_client_conn = {max(2 * clients, 100)}"
    yield f"default_pool_size = {max(budget.pool_size for budget in found)}"
    yield ""
    tls = "require" if any(_encrypted(budget.server) for budget in found) else "prefer"
    yield _REST.format(wait_seconds=_wait_seconds(found), server_tls=tls).rstrip("\n")


def _database(system: System, budget: Budget) -> Iterator[str]:
    server = budget.server
    yield f"; {server.name} ({system.where(*server.path)}) takes {budget.max_connections}"
    yield f"; connections ({budget.source}); {budget.kept} stay for superusers,"
    left = f"{budget.max_connections} - {budget.kept} = {budget.server_connections}"
    yield f"; migrations, backups and metrics: {left} are left."
    for client in budget.clients:
        why = "" if client.stated else ", assumed"
        yield (
            f";   {client.part.name}: {client.instances} x {client.pool}{why} = "
            f"{client.connections}"
        )
    yield (
        f"{_database_name(system)} = host={server.name} port={server.listens} "
        f"dbname={_database_name(system)} pool_size={budget.pool_size} "
        f"max_db_connections={budget.server_connections}"
    )


def _database_name(system: System) -> str:
    return system.name.replace("-", "_")


def _wait_seconds(found: tuple[Budget, ...]) -> int:
    stated = [
        int(pool.timeout_seconds)
        for budget in found
        for client in budget.clients
        if (pool := client.part.spec.needs.pool) and pool.timeout_seconds
    ]
    return min(stated, default=30)


def _encrypted(server: Part) -> bool:
    return server.provider != "self-hosted"


def _losses(found: tuple[Budget, ...]) -> Iterator[Loss]:
    for budget in found[1:]:
        yield Loss(
            code="pgbouncer-several-databases",
            path=budget.server.path,
            what=f"the name of the database on {budget.server.name}",
            why="the strategy names no databases, and both servers would have the same",
            instead="Give the second line of [databases] the name that the application uses.",
        )


def _commands(system: System) -> tuple[str, ...]:
    name = _database_name(system)
    return (
        f'printf \'"{name}" "%s"\\n\' "$PGPASSWORD" | '
        "sudo install -m 640 -g postgres /dev/stdin /etc/pgbouncer/userlist.txt",
        "sudo install -m 640 -g postgres pgbouncer.ini /etc/pgbouncer/pgbouncer.ini",
        "sudo systemctl restart pgbouncer",
        f"psql --host 127.0.0.1 --port {_PORT} --username {name} {name} --command 'select 1'",
    )


TARGET = Target("pgbouncer", "PgBouncer", asks_for_pgbouncer, render)
