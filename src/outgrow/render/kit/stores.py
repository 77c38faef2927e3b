"""The stores of a kit part: PostgreSQL with its copies, MongoDB, and what its cache lies in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outgrow.render.aws.rds_facts import RDS, own_connections
from outgrow.render.kit.variables import KitVariables, routings_of, sharding_of
from outgrow.render.kit.workers import workers_of
from outgrow.render.pgbouncer.budget import stated_connections
from outgrow.render.system.model import Connection, Part, System
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.practices import Caching

Json = Mapping[str, object]
_CACHED_BY_THE_APPLICATION = ("application", "database_query")


def database(system: System, part: Part, variables: KitVariables) -> Json:
    """Return where PostgreSQL is and how much of it one process may take; {} without one."""
    connection = variables.database
    server = system.part(connection.store) if connection else None
    if connection is None or server is None:
        return {}
    return {
        "url_from": connection.key,
        "pool": _pool(part, server),
        **_replicas(system, server, variables),
        **_shards(system, server, variables),
    }


def mongodb(system: System, part: Part, variables: KitVariables) -> Json:
    """Return where MongoDB is; {} without one."""
    connection = variables.mongodb
    server = system.part(connection.store) if connection else None
    if connection is None or server is None:
        return {}
    return {"url_from": connection.key, "pool": _pool(part, server)}


def cache(system: System, part: Part, variables: KitVariables) -> Json:
    """Return what stands behind the cache of the process, and how long things live in it.

    The name in front of every key belongs to the whole system: what a worker invalidates is
    gone from the service's cache as well.
    """
    found: dict[str, object] = {"shared": _shared(variables)}
    if variables.redis is not None:
        found["url_from"] = variables.redis.key
    found["namespace"] = f"{system.name}-{system.environment}"
    rules = {
        name: _rule(one)
        for name, one in system.strategy.caching.items()
        if one.ttl_seconds is not None and _is_cached_here(system, part, one)
    }
    return found | ({"rules": rules} if rules else {})


def _shared(variables: KitVariables) -> str:
    if variables.redis is not None:
        return "redis"
    return "none" if variables.database is None else "postgres"


def _is_cached_here(system: System, part: Part, caching: Caching) -> bool:
    """Return whether a rule speaks of this part, of a store that caches for it, or of everyone.

    A phase without the store that a rule names caches the same things elsewhere.
    """
    if caching.layer not in _CACHED_BY_THE_APPLICATION:
        return False
    named = caching.component
    if named is None or named == part.component or named in part.spec.talks_to:
        return True
    return system.strategy.components[named].kind is ComponentKind.REDIS


def _rule(caching: Caching) -> Json:
    stale = caching.stale_while_revalidate_seconds
    return {"seconds": caching.ttl_seconds, **({"stale_seconds": stale} if stale else {})}


def _pool(part: Part, server: Part) -> Json:
    """Return the connections of one process.

    A pool is that of an instance, shared out over its workers; with a pooler it is that of all
    instances together, as `outgrow check` counts it too.
    """
    workers = workers_of(part)
    processes = max(part.instances.maximum, 1) * workers
    found: dict[str, object] = {}
    pool = part.spec.needs.pool
    if pool is not None and pool.to == server.component:
        sharing = workers if pool.pooler == "none" else processes
        most = max(pool.maximum // sharing, 1)
        found["minimum"] = min(pool.minimum // sharing, most)
        found["maximum"] = most
        if pool.timeout_seconds is not None:
            found["timeout_seconds"] = pool.timeout_seconds
        found["pooler"] = pool.pooler
    longest = part.spec.needs.longest_request_seconds
    if longest is not None:  # a statement that outlasts its request answers nobody
        found["statement_timeout_seconds"] = longest
    found["processes"] = processes
    stated = stated_connections(server)
    connections = stated[0] if stated else own_connections(server) if server.service == RDS else 0
    return found | ({"server_connections": connections} if connections else {})


def _replicas(system: System, server: Part, variables: KitVariables) -> Json:
    if not variables.replicas:
        return {}
    found: dict[str, object] = {
        "replicas": [
            {
                "name": one.name,
                "url_from": one.connection.key,
                **({"analytics": True} if one.analytics else {}),
            }
            for one in variables.replicas
        ]
    }
    allowed = _allowed_lag_seconds(system, server)
    return found | ({} if allowed is None else {"allowed_lag_seconds": allowed})


def _allowed_lag_seconds(system: System, server: Part) -> Decimal | None:
    """Return how old an answer may be: the strictest of what ordinary reads are promised."""
    routings = routings_of(system, server)
    stated = [(one.analytics, one.allowed_lag_seconds) for one in routings]
    ordinary = [lag for analytics, lag in stated if lag is not None and not analytics]
    return min(ordinary or [lag for _, lag in stated if lag is not None], default=None)


def _shards(system: System, server: Part, variables: KitVariables) -> Json:
    sharding = sharding_of(system, server)
    if sharding is None or not variables.shards:
        return {}
    found: dict[str, object] = {"by": sharding.by[0]} if sharding.by else {}
    if sharding.logical is not None:
        found["logical"] = sharding.logical
    found["databases"] = [_shard(name, one) for name, one in variables.shards]
    return {"shards": found}


def _shard(name: str, connection: Connection) -> Json:
    return {"name": name, "url_from": connection.key}
