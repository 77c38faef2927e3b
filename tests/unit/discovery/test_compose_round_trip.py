"""A compose file becomes a strategy, and the strategy an equivalent compose file."""

from __future__ import annotations

import pytest
from tests.unit.discovery.rendered_again import differences, first_and_second, rendered
from tests.unit.discovery.shapes import COOKIECUTTER, FULL_STACK, VOTING, Shape
from tests.unit.discovery.trees import tree


@pytest.mark.parametrize("shape", [FULL_STACK, COOKIECUTTER, VOTING], ids=lambda one: one.name)
def test_a_compose_file_comes_back_equivalent(shape: Shape) -> None:
    assert list(differences(*first_and_second(tree(shape.files)))) == []


def test_a_password_in_a_command_comes_back_as_a_variable_that_compose_fills_in() -> None:
    compose = """\
services:
  cache:
    image: redis:7
    command: ["redis-server", "--requirepass", "opensesame"]
    healthcheck: {test: ["CMD", "redis-cli", "-a", "opensesame", "ping"]}
  other:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:-swordfish}
    environment: {REDIS_PASSWORD: "${REDIS_PASSWORD:-swordfish}"}
  twice:
    image: redis:7
    environment: {REDIS_PASSWORD: "${REDIS_PASSWORD:-swordfish}"}
  plain:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:-swordfish}
  script:
    image: redis:7
    environment: {REDIS_PASSWORD: "${REDIS_PASSWORD:-swordfish}"}
    command: ["sh", "-c", "redis-server --requirepass $${REDIS_PASSWORD}"]
"""
    first, second = first_and_second(tree({"compose.yaml": compose}))
    assert list(differences(first, second)) == []
    services = rendered(tree({"compose.yaml": compose}))["services"]
    assert services["other"]["command"].endswith("${REDIS_PASSWORD?set it in .env}")
    assert services["script"]["command"][-1].endswith("$${REDIS_PASSWORD}")
    variables = {services[one]["environment"]["REDIS_PASSWORD"] for one in ("cache", "other")}
    assert len(variables) == 2
    asked = services["other"]["environment"] | services["plain"]["environment"]
    assert asked == {"REDIS_PASSWORD": "${REDIS_PASSWORD?set it in .env}"}


def test_a_build_argument_that_is_empty_or_ends_up_in_the_pages_comes_back() -> None:
    compose = """\
services:
  web:
    build:
      context: .
      args: {VITE_BASE: "", VITE_API_KEY: dev-key, MODE: "${MODE:-}", TAG: "${TAG}"}
"""
    service = rendered(tree({"compose.yaml": compose, "Dockerfile": "FROM node:22\n"}))["services"]
    arguments = {"VITE_BASE": "", "VITE_API_KEY": "dev-key", "MODE": ""}
    assert service["web"]["build"]["args"] == arguments
