"""An application is told what its phase has, and nothing that it has not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from tests.systems import EXAMPLES

from outgrow.catalog.load import load_catalog
from outgrow.render.compose.target import local_rendering
from outgrow.render.kit.text import folded, in_region
from outgrow.render.system.build import build_system
from outgrow.render.system.model import Part, System
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for
from outgrow_kit import Settings

CATALOG = load_catalog()
TEXT = """\
outgrow: 1
name: The Shop
components:
  web: {kind: frontend, talks_to: [api], build: {folder: web, runtime: static}}
  api:
    kind: service
    kit: true
    talks_to: [db, db-copy, db-two, cache, documents]
    needs: {pool: {to: db, minimum: 2, maximum: 8, timeout_seconds: 2.5}}
    build: {folder: backend, runtime: python, framework: fastapi}
    environment: {LOG_LEVEL: info}
    secrets: {DATABASE_URL: "env:DATABASE_URL", SENTRY_DSN: "env:SENTRY_DSN"}
  jobs: {kind: worker, kit: true, talks_to: [db, cache], build: {folder: backend}}
  db: {kind: postgres, needs: {connections: 50}}
  db-copy: {kind: postgres}
  db-two: {kind: postgres}
  cache: {kind: redis}
  documents: {kind: mongodb}
  errors: {kind: error_tracking}
phases:
  free:
    use:
      web: {offering: vercel/hobby}
      api: {offering: self-hosted/docker}
      jobs: {offering: self-hosted/docker}
      db: {offering: self-hosted/docker}
  grown:
    use:
      web: {offering: vercel/pro}
      api: {offering: self-hosted/docker, instances: {minimum: 1, maximum: 3}}
      jobs: {offering: self-hosted/docker}
      db: {offering: self-hosted/docker}
      db-copy: {offering: self-hosted/docker}
      db-two: {offering: self-hosted/docker}
      cache: {offering: self-hosted/docker}
      documents: {offering: self-hosted/docker}
      errors: {offering: sentry/team}
environments:
  production: {urls: {web: "https://shop.test/x", api: "https://api.shop.test"}}
  development:
    phase: free
    urls: {api: "http://localhost:8000"}
    sign_in: {issuer: "http://localhost:8081"}
    tracing: {traces_sample_share: 1}
sign_in: {issuer: "https://id.shop.test", authorized_parties: ["https://shop.test"],
          webhook_secret: "env:CLERK_WEBHOOK_SECRET"}
http: {trusted_proxies: [10.0.0.0/8], headers: {X-Price: "$5 {a} ${b}"}}
tracing: {traces_sample_share: 0.25, otlp_endpoint: "https://otlp.test", otlp_headers: "ssm:/x"}
rate_limits:
  - {route: "POST /login", requests: 5, per_seconds: 60, when_out: closed}
  - {route: "/api/*", requests: 100, per_seconds: 60, by: user, component: api}
  - {route: "*", requests: 1, per_seconds: 1, component: jobs}
caching:
  pages: {layer: cdn, ttl_seconds: 60}
  lists:
    {layer: application, component: cache, ttl_seconds: 30, stale_while_revalidate_seconds: 300}
  rows: {layer: database_query, component: api, ttl_seconds: 5}
  emptied: {layer: application, component: cache, invalidated_by: a change}
  of-jobs: {layer: application, component: jobs, ttl_seconds: 5}
targets:
  fast: {metric: api.latency_p95_ms, component: api, below: 200, alert_above: 500}
  painted: {metric: web.lcp_ms, component: web, below: 2500}
alerts:
  slow: {metric: latency_p99_seconds, component: api, above: 1.5}
  busy: {metric: cpu_used_percent, component: api, above: 80}
metrics:
  http_requests_total: {kind: counter, component: api}
  signups_total: {kind: counter, component: api, labels: [plan]}
  jobs_done_total: {kind: counter, component: jobs}
data_growth:
  sharding:
    - component: db
      by: [organization_id]
      logical: 256
      databases: [db, db-two]
      from_phase: grown
  replicas:
    - {component: db, count: 1, components: [db-copy], allowed_lag_seconds: 2, from_phase: grown}
"""


def system(phase: str, environment: str | None = None, text: str = TEXT) -> System:
    loaded = parse_strategy(text)
    catalog = catalogue_for(loaded.strategy, CATALOG)
    return build_system(loaded.strategy, catalog, phase, environment, loaded.source.locate)


def part(phase: str, name: str = "api", environment: str | None = None, text: str = TEXT) -> Part:
    found = system(phase, environment, text).part(name)
    assert found is not None
    return found


def document(phase: str, name: str = "api", environment: str | None = None) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(part(phase, name, environment).environment["OUTGROW_KIT"])
    return read


def settings(of: Part) -> Settings:
    """Return what the kit reads when every variable that the part needs is set."""
    return Settings.from_environment(
        {**of.environment, **{key: f"value of {key}" for key in of.secrets}}
    )


def test_a_small_phase_has_a_database_and_nothing_else() -> None:
    read = settings(part("free"))
    assert read.database is not None
    assert read.database.url.reveal() == "value of DATABASE_URL"
    assert (read.database.pool.minimum, read.database.pool.maximum) == (2, 8)
    assert read.database.pool.timeout_seconds == 2.5
    assert (read.database.pool.processes, read.database.pool.server_connections) == (1, 50)
    assert read.database.replicas == ()
    assert read.database.shards is None
    assert read.mongodb is None
    assert (read.cache.shared, read.cache.redis_url) == ("postgres", None)
    assert read.tracing.sentry_dsn is None


def test_a_grown_phase_has_replicas_shards_and_redis_for_the_same_code() -> None:
    read = settings(part("grown"))
    assert read.database is not None
    assert read.database.shards is not None
    assert [(one.name, one.url.reveal()) for one in read.database.replicas] == [
        ("db-copy", "value of DB_COPY_URL")
    ]
    assert read.database.allowed_lag_seconds == 2
    assert (read.database.shards.by, read.database.shards.logical) == ("organization_id", 256)
    assert [one.url.reveal() for one in read.database.shards.databases] == [
        "value of DATABASE_URL",
        "value of DB_TWO_URL",
    ]
    assert read.database.pool.processes == 3
    assert (read.cache.shared, read.mongodb is not None) == ("redis", True)
    assert read.tracing.sentry_dsn is not None


def test_what_the_phase_adds_is_a_secret_of_the_part_and_the_address_of_a_store() -> None:
    found = part("grown")
    assert dict(found.secrets) == {
        "DATABASE_URL": "env:DATABASE_URL",
        "SENTRY_DSN": "env:SENTRY_DSN",
        "REDIS_URL": "env:REDIS_URL",
        "MONGODB_URL": "env:MONGODB_URL",
        "DB_COPY_URL": "env:DB_COPY_URL",
        "DB_TWO_URL": "env:DB_TWO_URL",
        "CLERK_WEBHOOK_SECRET": "env:CLERK_WEBHOOK_SECRET",
        "OTEL_EXPORTER_OTLP_HEADERS": "ssm:/x",
    }
    assert {one.key: one.store for one in found.connections} == {
        "DATABASE_URL": "db",
        "REDIS_URL": "cache",
        "MONGODB_URL": "documents",
        "DB_COPY_URL": "db-copy",
        "DB_TWO_URL": "db-two",
    }


def test_a_component_without_the_kit_gets_nothing() -> None:
    other = system("grown", text=TEXT.replace("    kit: true\n", "")).part("api")
    assert other is not None
    assert "OUTGROW_KIT" not in other.environment
    assert set(other.secrets) == {"DATABASE_URL", "SENTRY_DSN"}


def test_limits_cache_rules_and_metrics_are_those_of_the_component() -> None:
    read = settings(part("grown"))
    assert [(one.route, one.by, one.when_out) for one in read.rate_limits] == [
        ("POST /login*", "address", "closed"),
        ("/api/*", "user", "local"),
    ]
    assert {name: (one.seconds, one.stale_seconds) for name, one in read.cache.rules.items()} == {
        "lists": (30, 300),
        "rows": (5, 0),
    }
    assert read.metrics.latency_thresholds_seconds == (0.2, 0.5, 1.5)
    assert read.metrics.metrics == {"signups_total": ("counter", ("plan",))}


def test_a_worker_answers_nobody() -> None:
    read = document("grown", "jobs")
    assert {"rate_limits", "auth", "http"} & read.keys() == set()
    assert read["metrics"] == {"metrics": {"jobs_done_total": {"kind": "counter"}}}


def test_what_a_worker_invalidates_is_gone_from_the_service_as_well() -> None:
    assert (
        settings(part("grown")).cache.namespace == settings(part("grown", "jobs")).cache.namespace
    )


def test_environments_differ_in_who_signs_in_from_where_and_in_what_is_traced() -> None:
    production, laptop = settings(part("free")), settings(part("free", environment="development"))
    assert production.auth is not None
    assert laptop.auth is not None
    assert production.auth.issuer == "https://id.shop.test"
    assert laptop.auth.issuer == "http://localhost:8081"
    assert laptop.auth.authorized_parties == production.auth.authorized_parties
    assert production.http.allowed_origins == ("https://shop.test",)
    assert (production.http.secure, laptop.http.secure) == (True, False)
    assert (production.tracing.traces_sample_share, laptop.tracing.traces_sample_share) == (0.25, 1)
    assert (production.environment, laptop.environment) == ("production", "development")


def test_headers_keep_every_character_although_no_target_sees_a_dollar() -> None:
    text = part("free").environment["OUTGROW_KIT"]
    assert "$" not in text
    assert text.isascii()
    assert "\n" not in text
    assert settings(part("free")).http.headers == {"X-Price": "$5 {a} ${b}"}


def test_settings_hold_no_value_of_a_secret_and_never_change_between_two_runs() -> None:
    assert part("grown").environment == part("grown").environment
    names = set(part("grown").secrets)
    read = json.dumps(document("grown"))
    assert all(f'"{name}"' in read for name in names)


@pytest.mark.parametrize(
    ("setting", "keys"),
    [
        ("{replicas: 2}", ["DATABASE_REPLICA_1_URL", "DATABASE_REPLICA_2_URL"]),
        ("{replicas: 0}", []),
        ("{}", []),
    ],
)
def test_replicas_of_rds_are_as_many_as_the_phase_has(setting: str, keys: list[str]) -> None:
    text = TEXT.replace(
        "db: {offering: self-hosted/docker}\n      db-copy: {offering: self-hosted/docker}",
        f"db: {{offering: aws/rds-postgresql/db.t4g.medium, settings: {setting}}}",
    ).replace("count: 1, components: [db-copy]", "count: 1, analytics: true")
    found = part("grown", text=text)
    replicas = json.loads(found.environment["OUTGROW_KIT"])["database"].get("replicas", [])
    assert [one["url_from"] for one in replicas] == keys
    assert [one.get("analytics", False) for one in replicas] == [True, False][: len(keys)]
    assert [one.replica for one in found.connections if one.replica] == [1, 2][: len(keys)]


def test_replicas_that_a_provider_makes_by_hand_are_those_that_the_strategy_wants() -> None:
    text = TEXT.replace("db: {offering: self-hosted/docker}", "db: {offering: supabase/pro}")
    text = text.replace("count: 1, components: [db-copy]", "count: 2")
    assert "DATABASE_REPLICA_2_URL" in part("grown", text=text).secrets
    assert "DATABASE_REPLICA_1_URL" not in part("free", text=text).secrets


def test_shards_lie_in_the_main_database_until_there_are_more() -> None:
    text = TEXT.replace("databases: [db, db-two]", "databases: []")
    shards = json.loads(part("grown", text=text).environment["OUTGROW_KIT"])["database"]["shards"]
    assert shards["databases"] == [{"name": "db", "url_from": "DATABASE_URL"}]


@pytest.mark.parametrize(
    ("run", "variables", "workers"),
    [
        ("{command: [uvicorn, app.main:app, --workers, '4']}", "{}", 4),
        ("{command: 'gunicorn -w 3 app.main:app'}", "{}", 3),
        ("{command: 'uvicorn app.main:app --workers=2'}", "{}", 2),
        ("{}", "{WEB_CONCURRENCY: '5'}", 5),
        ("{}", "{WEB_CONCURRENCY: many}", 1),
        ("{command: 'uvicorn app:app --reload'}", "{}", 1),
    ],
)
def test_workers_share_the_pool_of_their_instance(run: str, variables: str, workers: int) -> None:
    text = TEXT.replace(
        "environment: {LOG_LEVEL: info}", f"environment: {variables}\n    run: {run}"
    )
    read = settings(part("grown", text=text))
    assert read.workers == workers
    assert read.database is not None
    assert read.database.pool.maximum == 8 // workers
    assert read.database.pool.processes == 3 * workers


def test_a_pooler_shares_its_connections_out_over_all_processes() -> None:
    text = TEXT.replace("maximum: 8,", "maximum: 30, pooler: pgbouncer,")
    database = settings(part("grown", text=text)).database
    assert database is not None
    assert (database.pool.pooler, database.pool.maximum) == ("pgbouncer", 10)


def test_a_variable_that_the_strategy_names_is_used_as_it_is() -> None:
    secrets = 'secrets: {PG_URL: "env:X", CACHE_URL: "env:Y", HOOK: "env:CLERK_WEBHOOK_SECRET"}'
    text = TEXT.replace(
        'secrets: {DATABASE_URL: "env:DATABASE_URL", SENTRY_DSN: "env:SENTRY_DSN"}', secrets
    )
    found = part("grown", text=text)
    read = json.loads(found.environment["OUTGROW_KIT"])
    assert read["database"]["url_from"] == "PG_URL"
    assert read["cache"]["url_from"] == "CACHE_URL"
    assert read["auth"]["webhook_secret_from"] == "HOOK"
    assert {"DATABASE_URL", "REDIS_URL", "CLERK_WEBHOOK_SECRET"} & found.secrets.keys() == set()


def test_the_first_database_is_the_one_that_is_no_copy_wherever_it_is_named() -> None:
    text = TEXT.replace("[db, db-copy, db-two, cache,", "[db-copy, db-two, db, cache,")
    text = text.replace("needs: {pool: {to: db,", "needs: {pool: {to: cache,")
    found = part("grown", text=text)
    assert {one.key: one.store for one in found.connections}["DATABASE_URL"] == "db"


def test_another_region_has_its_own_name_in_the_settings() -> None:
    text = part("free").environment["OUTGROW_KIT"]
    assert json.loads(in_region(text, "eu-west-1")) == {**json.loads(text), "region": "eu-west-1"}


def test_lines_joined_by_a_blank_are_the_same_settings() -> None:
    text = part("grown").environment["OUTGROW_KIT"]
    lines = folded(text, 40)
    assert len(lines) > 5
    assert all(line == line.strip() for line in lines)
    assert json.loads(" ".join(lines)) == json.loads(text)


def test_a_stack_of_environments_never_shares_a_cache() -> None:
    names = {
        settings(part("free", environment=one)).cache.namespace for one in (None, "development")
    }
    assert names == {"the-shop-production", "the-shop-development"}


def test_on_one_machine_the_database_answers_in_place_of_its_replicas() -> None:
    file = next(f for f in local_rendering(nexod_with_kit()).files if f.path == "compose.yaml")
    variables = yaml.safe_load(file.text)["services"]["api"]["environment"]
    assert variables["DATABASE_REPLICA_1_URL"] == variables["DATABASE_URL"]
    assert "Here the database answers in place of its replica." in file.text


def nexod_with_kit() -> System:
    """Return a phase with two replicas of RDS."""
    text = (EXAMPLES / "nexod" / "outgrow.yaml").read_text("utf-8")
    text = text.replace("    kind: service\n", "    kind: service\n    kit: true\n")
    return system("production", text=text)
