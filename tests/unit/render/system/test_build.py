"""A system is a topology with every default filled in, and every guess marked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.catalog.load import load_catalog
from outgrow.render.system.build import build_system
from outgrow.render.system.defaults import safe_name, store_named_by
from outgrow.render.system.model import Role, System
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for

TEXT = """\
outgrow: 1
name: The Shop!
components:
  Web_Front:
    kind: frontend
    build: {folder: web, runtime: static, framework: vite}
  api:
    kind: service
    public: true
    build: {folder: backend, runtime: python, framework: fastapi}
    environment: {LOG_LEVEL: info, CACHE_URL: "redis://cache"}
    secrets: {DATABASE_URL: "env:DATABASE_URL"}
    talks_to: [db, cache, elsewhere]
    needs: {health_path: /health, memory_gib: 1}
  jobs: {kind: worker, build: {folder: backend, framework: celery}, talks_to: [db]}
  db: {kind: postgres, stack: PostgreSQL 15.4}
  cache: {kind: redis}
  elsewhere: {kind: service}
phases:
  launch:
    use:
      Web_Front: {offering: vercel/pro}
      api: {offering: self-hosted/docker, instances: {minimum: 1, maximum: 3}}
      jobs: {offering: self-hosted/docker}
      db: {offering: aws/rds-postgresql/db.t3.micro}
      cache: {offering: self-hosted/docker}
environments:
  production: {}
  staging:
    environment: {LOG_LEVEL: debug, REGION: eu, DATABASE_URL: "postgres://local"}
    secrets: {TOKEN: "env:TOKEN"}
    urls: {api: "https://api.shop.test:8443/v1"}
"""


def shop(environment: str | None = None, text: str = TEXT) -> System:
    loaded = parse_strategy(text)
    catalog = catalogue_for(loaded.strategy, load_catalog())
    return build_system(loaded.strategy, catalog, "launch", environment, loaded.source.locate)


def test_parts_are_those_of_the_phase_in_the_order_of_the_strategy() -> None:
    system = shop()
    assert [one.name for one in system.parts] == ["web-front", "api", "jobs", "db", "cache"]
    assert system.name == "the-shop"
    assert [one.name for one in system.parts_of(Role.STORE)] == ["db", "cache"]
    assert system.part("Web_Front") is system.part("web-front")
    assert system.part("elsewhere") is None


def test_links_go_both_ways_and_only_to_what_is_there() -> None:
    system = shop()
    api, db = system.part("api"), system.part("db")
    assert api is not None
    assert db is not None
    assert api.links == ("db", "cache")
    assert db.linked_from == ("api", "jobs")


def test_a_variable_that_holds_the_address_of_a_linked_store_is_a_connection() -> None:
    api = shop().part("api")
    assert api is not None
    assert {(one.key, one.store) for one in api.connections} == {
        ("DATABASE_URL", "db"),
        ("CACHE_URL", "cache"),
    }


def test_ports_images_and_checks_are_those_of_the_software_when_nothing_is_said() -> None:
    system = shop()
    told = {one.name: (one.listens, one.image) for one in system.parts}
    assert told == {
        "web-front": (8080, None),
        "api": (8000, None),
        "jobs": (None, None),
        "db": (5432, "postgres:15.4-bookworm"),
        "cache": (6379, "redis:7.4-bookworm"),
    }
    api, cache = system.part("api"), system.part("cache")
    assert api is not None
    assert cache is not None
    assert api.health is not None
    assert api.health.path == "/health"
    assert cache.health is not None
    assert "redis-cli ping" in cache.health.command[0]


def test_a_size_nobody_has_said_is_marked_as_assumed() -> None:
    system = shop()
    jobs, api, db = (system.part(name) for name in ("jobs", "api", "db"))
    assert jobs is not None
    assert jobs.size.assumed
    assert api is not None
    assert api.size.memory_gib == Decimal(1)
    assert api.size.assumed, "its vCPU is not said"
    assert db is not None
    assert (db.size.vcpu, db.size.memory_gib, db.size.assumed) == (2, 1, False)
    assert db.size.source == "aws/rds-postgresql/db.t3.micro"


def test_an_environment_changes_the_variables_that_a_part_has() -> None:
    system = shop("staging")
    api, jobs, db = (system.part(name) for name in ("api", "jobs", "db"))
    assert api is not None
    assert api.environment["LOG_LEVEL"] == "debug"
    assert api.host == "api.shop.test"
    assert "REGION" in api.environment
    assert "TOKEN" in api.secrets
    assert jobs is not None
    assert "LOG_LEVEL" not in jobs.environment, "another component has claimed it"
    assert "REGION" in jobs.environment
    assert db is not None
    assert db.environment == {}
    assert not system.is_production


def test_a_key_is_never_both_plain_and_secret() -> None:
    for environment in (None, "staging"):
        for one in shop(environment).parts:
            assert set(one.environment) & set(one.secrets) == set()


def test_a_place_is_that_of_the_nearest_thing_that_is_written() -> None:
    system = shop()
    assert system.where("components", "api") == system.where("components", "api", "run")
    assert system.where("components", "db").endswith(":16")


def test_a_phase_or_environment_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        shop("nowhere")


@pytest.mark.parametrize(
    ("name", "safe"), [("API", "api"), ("Web  Front_2", "web-front-2"), ("9lives", "c-9lives")]
)
def test_names_are_dns_labels(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("DATABASE_URL", ComponentKind.POSTGRES),
        ("mongo_uri", ComponentKind.MONGODB),
        ("CELERY_BROKER_URL", ComponentKind.REDIS),
        ("MYSQL_DSN", ComponentKind.MYSQL),
        ("DATABASE_POOL", None),
        ("API_URL", None),
    ],
)
def test_a_variable_names_the_store_it_points_to(key: str, kind: ComponentKind | None) -> None:
    assert store_named_by(key) is kind
