"""The settings of each part, as plain values that a test can build by hand.

Whatever is absent here does not exist in this phase: no replicas, no shared cache, no shards.
Times are seconds. A `Secret` holds an address with its password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from outgrow_kit.secret import Secret

Pooler = Literal["none", "pgbouncer", "rds_proxy", "supavisor"]
SharedCache = Literal["none", "postgres", "redis"]
WhenOut = Literal["open", "local", "closed"]
LimitedBy = Literal["address", "user", "key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """The connections that one process may open, and what stands before the server.

    `server_connections` is the server's `max_connections`, `processes` how many processes
    share it in this phase; both None when the strategy does not say. A timeout of 0 is none.
    """

    minimum: int = 0
    maximum: int = 5
    timeout_seconds: float = 5.0
    connect_timeout_seconds: float = 2.0
    statement_timeout_seconds: float = 30.0
    lock_timeout_seconds: float = 5.0
    idle_in_transaction_timeout_seconds: float = 60.0
    recycle_seconds: float = 1800.0
    pooler: Pooler = "none"
    processes: int | None = None
    server_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A copy that answers reads; one for `analytics` gets only reads that ask for it."""

    name: str
    url: Secret
    analytics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of the databases that hold the logical shards."""

    name: str
    url: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardSettings:
    """How rows are spread: by the column `by`, over `logical` shards in `databases`.

    The directory (which logical shard lies where) is kept in the main database.
    """

    by: str
    databases: tuple[Shard, ...]
    logical: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """PostgreSQL: the primary, its copies, and how much of it one process may take."""

    url: Secret
    pool: PoolSettings = field(default_factory=PoolSettings)
    replicas: tuple[Replica, ...] = ()
    allowed_lag_seconds: float = 1.0
    shards: ShardSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoSettings:
    """MongoDB and the connections that one process may open to it."""

    url: Secret
    pool: PoolSettings = field(default_factory=PoolSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRule:
    """How long what is cached under a name stays fresh, and how long stale is better than none."""

    seconds: float
    stale_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """What is behind the cache of the process: Redis, PostgreSQL (the main one) or nothing.

    `deadline_seconds` is how long a request may wait for it; the process keeps at most
    `local_items` values of together `local_bytes`.
    """

    shared: SharedCache = "none"
    redis_url: Secret | None = None
    namespace: str = "app"
    deadline_seconds: float = 0.05
    local_items: int = 10_000
    local_bytes: int = 64 * 1024 * 1024
    rules: Mapping[str, CacheRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """How often a caller may ask a route (`/api/*`, `POST /login`, or `*` for all).

    `when_out` says what happens while the store of the counts does not answer: `open` lets
    everyone pass, `local` counts in this process, `closed` refuses.
    """

    route: str
    requests: int
    per_seconds: float
    by: LimitedBy = "address"
    when_out: WhenOut = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """Whose tokens are accepted. `authorized_parties` are the values allowed in `azp`.

    Clerk's tokens carry no audience, so one of `audience` and `authorized_parties` is set.
    """

    issuer: str
    audience: tuple[str, ...] = ()
    authorized_parties: tuple[str, ...] = ()
    jwks_url: str | None = None
    leeway_seconds: float = 30.0
    webhook_secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """What browsers are told: who may call across origins, and which headers every answer has.

    `trusted_proxies` are networks whose `X-Forwarded-For` is believed. `secure` says that
    users come over TLS: cookies are `Secure`, and HSTS is sent.
    """

    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    secure: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """The latencies that the strategy judges (seconds), and the application's own metrics.

    `metrics` maps a name to its kind (`counter`, `gauge`, `histogram`) and label names.
    """

    latency_thresholds_seconds: tuple[float, ...] = ()
    metrics: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """Where errors and traces go, and which share of them."""

    sentry_dsn: Secret | None = None
    errors_sample_share: float = 1.0
    traces_sample_share: float = 0.0
    otlp_endpoint: str | None = None
    otlp_headers: Secret | None = None
