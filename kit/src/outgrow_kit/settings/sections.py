"""From the document's sections to the settings of each part."""

from __future__ import annotations

from typing import cast, get_args

from outgrow_kit.secret import Secret
from outgrow_kit.settings.document import Document, Section
from outgrow_kit.settings.model import (
    AuthSettings,
    CacheRule,
    CacheSettings,
    DatabaseSettings,
    HttpSettings,
    LimitedBy,
    MetricsSettings,
    MongoSettings,
    Pooler,
    PoolSettings,
    RateRule,
    Replica,
    Shard,
    ShardSettings,
    SharedCache,
    TracingSettings,
    WhenOut,
)

_METRIC_KINDS = ("counter", "gauge", "histogram")


def read_pool(section: Section) -> PoolSettings:
    """Return the connections of a process, defaults filled in."""
    default = PoolSettings()
    return PoolSettings(
        minimum=section.whole("minimum", default.minimum),
        maximum=section.whole("maximum", default.maximum),
        timeout_seconds=section.number("timeout_seconds", default.timeout_seconds),
        connect_timeout_seconds=section.number(
            "connect_timeout_seconds", default.connect_timeout_seconds
        ),
        statement_timeout_seconds=section.number(
            "statement_timeout_seconds", default.statement_timeout_seconds
        ),
        lock_timeout_seconds=section.number("lock_timeout_seconds", default.lock_timeout_seconds),
        idle_in_transaction_timeout_seconds=section.number(
            "idle_in_transaction_timeout_seconds", default.idle_in_transaction_timeout_seconds
        ),
        recycle_seconds=section.number("recycle_seconds", default.recycle_seconds),
        pooler=cast(Pooler, section.one_of("pooler", get_args(Pooler), default.pooler)),
        processes=section.optional_whole("processes"),
        server_connections=section.optional_whole("server_connections"),
    )


def read_database(document: Document) -> DatabaseSettings | None:
    """Return where PostgreSQL is; None in a phase without one."""
    section = document.root.section("database")
    url = section.secret("url_from") or _bare(document, "DATABASE_URL")
    # Read before the address is looked at, so that every problem is told at once.
    read = DatabaseSettings(
        url=url or Secret(""),
        pool=read_pool(section.section("pool")),
        replicas=tuple(_replicas(section)),
        allowed_lag_seconds=section.number("allowed_lag_seconds", 1.0),
        shards=_shards(section.section("shards")),
    )
    return read if url else None


def _replicas(section: Section) -> list[Replica]:
    found = []
    for one in section.sections("replicas"):
        url = one.secret("url_from")
        if url is not None:
            name = one.text("name", one.path)
            found.append(Replica(name=name, url=url, analytics=one.truth("analytics", False)))
    return found


def _shards(section: Section) -> ShardSettings | None:
    if not section:
        return None
    databases = []
    for one in section.sections("databases"):
        url = one.secret("url_from")
        if url is not None:
            databases.append(Shard(name=one.text("name", one.path), url=url))
    return ShardSettings(
        by=section.text("by", "organization_id"),
        logical=section.whole("logical", 1024),
        databases=tuple(databases),
    )


def read_mongodb(document: Document) -> MongoSettings | None:
    """Return where MongoDB is; None in a phase without one."""
    section = document.root.section("mongodb")
    url = section.secret("url_from") or _bare(document, "MONGODB_URL")
    pool = read_pool(section.section("pool"))
    return MongoSettings(url=url, pool=pool) if url else None


def read_cache(document: Document) -> CacheSettings:
    """Return what stands behind the cache of the process."""
    section, default = document.root.section("cache"), CacheSettings()
    redis = section.secret("url_from") or _bare(document, "REDIS_URL")
    known = default.shared if document.is_written or redis is None else "redis"
    return CacheSettings(
        shared=cast(SharedCache, section.one_of("shared", get_args(SharedCache), known)),
        redis_url=redis,
        namespace=section.text("namespace", document.root.text("service", default.namespace)),
        deadline_seconds=section.number("deadline_seconds", default.deadline_seconds),
        local_items=section.whole("local_items", default.local_items),
        local_bytes=section.whole("local_bytes", default.local_bytes),
        rules=_cache_rules(section.section("rules")),
    )


def _cache_rules(section: Section) -> dict[str, CacheRule]:
    rules = {}
    for name in section.values:
        one = section.section(name)
        rules[name] = CacheRule(
            seconds=one.number("seconds", 60.0), stale_seconds=one.number("stale_seconds", 0.0)
        )
    return rules


def read_rate_limits(document: Document) -> tuple[RateRule, ...]:
    """Return the rules in their order; the first that matches a request counts."""
    return tuple(
        RateRule(
            route=one.text("route", "*"),
            requests=one.whole("requests", 60),
            per_seconds=one.number("per_seconds", 60.0),
            by=cast(LimitedBy, one.one_of("by", get_args(LimitedBy), "address")),
            when_out=cast(WhenOut, one.one_of("when_out", get_args(WhenOut), "local")),
        )
        for one in document.root.sections("rate_limits")
    )


def read_auth(document: Document) -> AuthSettings | None:
    """Return whose tokens are accepted; None when the service signs nobody in."""
    section = document.root.section("auth")
    issuer = section.optional_text("issuer")
    if issuer is None:
        return None
    return AuthSettings(
        issuer=issuer,
        audience=section.texts("audience"),
        authorized_parties=section.texts("authorized_parties"),
        jwks_url=section.optional_text("jwks_url"),
        leeway_seconds=section.number("leeway_seconds", 30.0),
        webhook_secret=section.secret("webhook_secret_from"),
    )


def read_http(document: Document) -> HttpSettings:
    """Return what browsers are told."""
    section = document.root.section("http")
    headers = section.section("headers")
    return HttpSettings(
        allowed_origins=section.texts("allowed_origins"),
        trusted_proxies=section.texts("trusted_proxies"),
        secure=section.truth("secure", document.is_written),
        headers={name: headers.text(name, "") for name in headers.values},
    )


def read_metrics(document: Document) -> MetricsSettings:
    """Return the thresholds that histograms must tell apart, and the application's metrics."""
    section = document.root.section("metrics")
    named = section.section("metrics")
    return MetricsSettings(
        latency_thresholds_seconds=section.numbers("latency_thresholds_seconds"),
        metrics={
            name: (one.one_of("kind", _METRIC_KINDS, "counter"), one.texts("labels"))
            for name in named.values
            for one in (named.section(name),)
        },
    )


def read_tracing(document: Document) -> TracingSettings:
    """Return where errors and traces go."""
    section = document.root.section("tracing")
    return TracingSettings(
        sentry_dsn=section.secret("sentry_dsn_from") or _bare(document, "SENTRY_DSN"),
        errors_sample_share=section.number("errors_sample_share", 1.0),
        traces_sample_share=section.number("traces_sample_share", 0.0),
        otlp_endpoint=section.optional_text("otlp_endpoint")
        or document.variable("OTEL_EXPORTER_OTLP_ENDPOINT"),
        otlp_headers=section.secret("otlp_headers_from"),
    )


def _bare(document: Document, name: str) -> Secret | None:
    """Return a well-known variable for an application that outgrow does not start."""
    if document.is_written:
        return None
    value = document.variable(name)
    return Secret(value) if value else None
