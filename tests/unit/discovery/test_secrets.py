"""Secrets that stand in a repository do not reach the draft."""

from __future__ import annotations

import pytest
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover
from outgrow.discovery.draft import draft_strategy
from outgrow.discovery.secret_values import is_secret, masked, without_secrets
from outgrow.render.strategy_file import strategy_file
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
        ("NEXT_PUBLIC_API_KEY", "x"), ("PASSWORD", ""),
    ],
)  # fmt: skip
def test_a_plain_value_is_not_taken_for_a_secret(key: str, value: str) -> None:
    assert not is_secret(key, value)


def test_a_port_after_p_is_not_taken_for_a_password() -> None:
    assert without_secrets("daphne -b 0.0.0.0 -p8000 x:y", {}) == (
        "daphne -b 0.0.0.0 -p8000 x:y",
        [],
    )


def test_a_line_is_shown_without_passwords_and_keys() -> None:
    line = "GET postgres://shop:hunter2@db/x with sk_live_abcdefgh123 took 3 ms"
    assert masked(line) == "GET postgres://***@db/x with *** took 3 ms"
