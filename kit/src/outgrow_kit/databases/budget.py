"""Whether all connections that may be open at once fit into what the server takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow_kit.settings.model import PoolSettings

Verdict = Literal["fits", "too many", "unknown"]

# superuser_reserved_connections, where nobody says otherwise.
_SUPERUSER_CONNECTIONS = 3
_SHARE_FOR_OTHERS = 10  # a tenth for migrations, backups, metrics and somebody with psql


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBudget:
    """The connections to one server: `wanted` at the most, `available` for applications.

    `per_process` is what one process may open so that all of them fit: the pool's maximum, or
    its share of what is available. `lines` show the arithmetic.
    """

    verdict: Verdict
    wanted: int | None
    available: int | None
    per_process: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def pool_budget(
    settings: PoolSettings,
    *,
    max_connections: int | None = None,
    reserved: int = _SUPERUSER_CONNECTIONS,
    pooler_connections: int | None = None,
) -> PoolBudget:
    """Return whether the pools of all processes fit into the server, and the arithmetic.

    `max_connections` is the server's own (`settings.server_connections` when left out),
    `reserved` what it keeps for superusers and roles that it names, `pooler_connections` how
    many connections the pooler opens at the most (PgBouncer's `max_db_connections`).
    """
    limit = settings.server_connections if max_connections is None else max_connections
    available = None if limit is None else _available(limit, reserved)
    lines = [_server_line(limit, reserved, available)]
    if settings.pooler == "none":
        return _direct(settings, available, lines)
    return _pooled(settings, available, pooler_connections, lines)


def _available(limit: int, reserved: int) -> int:
    return max(limit - reserved - limit // _SHARE_FOR_OTHERS, 1)


def _server_line(limit: int | None, reserved: int, available: int | None) -> str:
    if limit is None:
        return "server: max_connections is unknown"
    return (
        f"server: max_connections {limit} - {reserved} reserved - {limit // _SHARE_FOR_OTHERS} "
        f"for migrations, backups, metrics and psql = {available}"
    )


def _direct(settings: PoolSettings, available: int | None, lines: list[str]) -> PoolBudget:
    if settings.processes is None:
        lines.append(f"application: each process opens up to {settings.maximum}")
        lines.append("unknown: how many processes there are")
        return _result("unknown", None, available, settings.maximum, lines)
    wanted = settings.processes * settings.maximum
    lines.append(_clients(settings, wanted))
    if available is None:
        lines.append("unknown: what the server takes")
        return _result("unknown", wanted, None, settings.maximum, lines)
    share = max(available // settings.processes, 1)
    if wanted <= available:
        lines.append(f"fits: {wanted} of {available}, {available - wanted} are left")
        return _result("fits", wanted, available, settings.maximum, lines)
    lines.append(
        f"too many: {wanted} of {available}; each process opens at most {available} / "
        f"{settings.processes} = {share}. Run fewer processes, or put a pooler before the server."
    )
    return _result("too many", wanted, available, share, lines)


def _pooled(
    settings: PoolSettings, available: int | None, opens: int | None, lines: list[str]
) -> PoolBudget:
    clients = None if settings.processes is None else settings.processes * settings.maximum
    if clients is not None:
        lines.append(_clients(settings, clients))
    known = [one for one in (clients, opens) if one is not None]
    wanted = min(known, default=None)
    lines.append(
        f"{settings.pooler}: opens as many to the server as clients use at once, "
        f"{'an unknown number' if wanted is None else wanted} at the most"
    )
    if wanted is None or available is None:
        room = "" if available is None else f"; it may open {available}"
        lines.append(f"unknown: whether the pooler stays within the server{room}")
        return _result("unknown", wanted, available, settings.maximum, lines)
    if wanted <= available:
        lines.append(f"fits: {wanted} of {available}, {available - wanted} are left")
        return _result("fits", wanted, available, settings.maximum, lines)
    lines.append(f"too many: {wanted} of {available}. Let the pooler open {available} at the most.")
    return _result("too many", wanted, available, settings.maximum, lines)


def _clients(settings: PoolSettings, total: int) -> str:
    return f"application: {settings.processes} processes x {settings.maximum} = {total}"


def _result(
    verdict: Verdict, wanted: int | None, available: int | None, share: int, lines: list[str]
) -> PoolBudget:
    return PoolBudget(
        verdict=verdict,
        wanted=wanted,
        available=available,
        per_process=share,
        lines=tuple(lines),
    )
