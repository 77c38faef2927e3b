"""Secrets that stand in a repository do not reach the draft."""

from __future__ import annotations

import pytest
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover
from outgrow.discovery.draft import draft_strategy
from outgrow.discovery.secret_values import (
    Literals,
    is_secret,
    masked,
    without_secrets,
    words_without_secrets,
)
from outgrow.render.strategy_file import strategy_file
from outgrow.strategy.components import Component
from outgrow.strategy.load import parse_strategy

COMPOSE = """\
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: hunter2hunter2
      POSTGRES_USER: shop
  api:
    build: .
    command: ["python", "app.py", "--token", "tok-12345", "--db", "postgres://shop:hunter2hunter2@db/x"]
    environment:
      - DATABASE_URL=postgres://shop:hunter2hunter2@db:5432/shop
      - STRIPE_API_KEY=${STRIPE:-sk_live_abcdefgh123}
      - MODE=production
  redis:
    image: redis:7
    command: redis-server --requirepass correct-horse
    healthcheck:
      test: redis-cli -a correct-horse ping
"""


def drafted(files: dict[str, str]) -> str:
    return strategy_file(draft_strategy(discover(tree(files)), {}))


def test_no_literal_secret_of_a_compose_file_is_copied() -> None:
    text = drafted({"compose.yaml": COMPOSE, ".env": "STRIPE=sk_live_other0000\n"})
    for secret in ("hunter2", "tok-12345", "sk_live", "correct-horse"):
        assert secret not in text


def test_a_literal_secret_becomes_a_reference_and_is_reported() -> None:
    found = discover(tree({"compose.yaml": COMPOSE}))
    components = parse_strategy(strategy_file(draft_strategy(found, {}))).strategy.components
    assert components["db"].secrets == {"POSTGRES_PASSWORD": "env:POSTGRES_PASSWORD"}
    assert components["db"].environment == {"POSTGRES_USER": "shop"}
    assert components["api"].secrets["DATABASE_URL"] == "env:DATABASE_URL"
    assert components["api"].environment == {"MODE": "production"}
    told = [note.line for note in found.notes if note.code == "literal-secret"]
    assert 5 - 1 in told


def test_values_of_a_real_env_file_are_never_written() -> None:
    text = drafted(
        {
            ".env": "API_TOKEN=abc123abc123\nPLAIN=visible-nowhere\n",
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        }
    )
    assert "abc123abc123" not in text
    assert "visible-nowhere" not in text
    assert "env:API_TOKEN" in text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD", "x"), ("SECRET_KEY", "x"), ("JWT_SECRET", "1"), ("SENTRY_DSN", "https://a@b/1"),
        ("DATABASE_URL", "mysql://root:pw@db/x"), ("ANYTHING", "ghp_012345678901234567890123"),
        ("AWS_ACCESS_KEY", "x"), ("REDIS_PASS", "x"),
    ],
)  # fmt: skip
def test_a_value_is_secret_by_its_key_or_its_look(key: str, value: str) -> None:
    assert is_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("POSTGRES_USER", "shop"), ("REDIS_URL", "redis://redis:6379/0"), ("DEBUG", "true"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "30"), ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
        ("NEXT_PUBLIC_API_KEY", "x"), ("PASSWORD", ""), ("VITE_API_KEY", "x"),
    ],
)  # fmt: skip
def test_a_plain_value_is_not_taken_for_a_secret(key: str, value: str) -> None:
    assert not is_secret(key, value)


def test_a_port_after_p_is_not_taken_for_a_password() -> None:
    assert without_secrets("daphne -b 0.0.0.0 -p8000 x:y", Literals()) == (
        "daphne -b 0.0.0.0 -p8000 x:y",
        {},
    )


def test_a_line_is_shown_without_passwords_and_keys() -> None:
    line = "GET postgres://shop:hunter2@db/x with sk_live_abcdefgh123 took 3 ms"
    assert masked(line) == "GET postgres://***@db/x with *** took 3 ms"


def components_of(compose: str) -> dict[str, Component]:
    text = drafted({"compose.yaml": compose})
    return {str(name): one for name, one in parse_strategy(text).strategy.components.items()}


def test_two_services_that_mean_different_secrets_by_one_key_get_two_references() -> None:
    found = components_of("""\
services:
  users: {build: ./users, environment: {DATABASE_URL: "postgres://a:b@db/users", SALT_KEY: x}}
  orders: {build: ./orders, environment: {DATABASE_URL: "postgres://a:b@db/orders", SALT_KEY: x}}
  jobs: {build: ./orders, environment: {DATABASE_URL: "postgres://a:b@db/users"}}
""")
    assert {name: one.secrets["DATABASE_URL"] for name, one in found.items() if one.secrets} == {
        "users": "env:DATABASE_URL",
        "orders": "env:ORDERS_DATABASE_URL",
        "jobs": "env:DATABASE_URL",
    }
    assert found["orders"].secrets["SALT_KEY"] == "env:SALT_KEY"


def test_a_password_that_is_the_name_of_its_user_too_leaves_a_check_alone() -> None:
    found = components_of("""\
services:
  db:
    image: postgres:16
    environment: {POSTGRES_USER: postgres, POSTGRES_PASSWORD: postgres}
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U postgres"]}
""")
    health = found["db"].run.health if found["db"].run else None
    assert health is not None
    assert health.command == ["pg_isready -U postgres"]


@pytest.mark.parametrize(
    ("check", "cleaned"),
    [
        ('["CMD-SHELL", "mysqladmin ping -uroot -proot"]',
         ["mysqladmin ping -uroot -p${MYSQL_ROOT_PASSWORD}"]),
        ('["CMD", "mysqladmin", "ping", "-uroot", "-proot"]',
         ["mysqladmin", "ping", "-uroot", "-p${MYSQL_ROOT_PASSWORD}"]),
        ('["CMD", "mariadb-admin", "--password", "root", "ping"]',
         ["mariadb-admin", "--password", "${MYSQL_ROOT_PASSWORD}", "ping"]),
    ],
)  # fmt: skip
def test_a_password_in_a_check_is_the_variable_that_the_container_has(
    check: str, cleaned: list[str]
) -> None:
    found = components_of(f"""\
services:
  db:
    image: mysql:8
    environment: {{MYSQL_ROOT_PASSWORD: root}}
    healthcheck: {{test: {check}}}
""")
    health = found["db"].run.health if found["db"].run else None
    assert health is not None
    assert health.command == cleaned


def test_the_default_of_a_secret_variable_is_copied_nowhere() -> None:
    text = drafted(
        {
            "compose.yaml": """\
services:
  redis:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:-opensesame}
    healthcheck: {test: ["CMD", "redis-cli", "-a", "${REDIS_PASSWORD:-opensesame}", "ping"]}
"""
        }
    )
    assert "opensesame" not in text
    redis = parse_strategy(text).strategy.components["redis"]
    assert redis.secrets == {"REDIS_PASSWORD": "env:REDIS_PASSWORD"}


def test_a_list_says_a_password_after_its_flag() -> None:
    words = ["redis-cli", "-a", "s3cret", "--pass", "other", "ping"]
    assert words_without_secrets(words, Literals({"other": "CACHE_PASS"})) == (
        ["redis-cli", "-a", "${REDIS_PASSWORD}", "--pass", "${CACHE_PASS}", "ping"],
        {"REDIS_PASSWORD": "s3cret", "CACHE_PASS": "other"},
    )
