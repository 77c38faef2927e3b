"""A version never starts with a value that was meant for another environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.deploy.commanding import Shop

from outgrow.environments.problems import Code
from outgrow.errors import InputError
from outgrow.operations.deploying.configuration import hashed_variables
from outgrow.operations.deploying.targets import find_target
from outgrow.operations.env import bound_variables
from outgrow.operations.opened import open_strategy

STRATEGY = """
outgrow: 1
name: shop
components:
  api:
    kind: service
    needs: {ports: [8000]}
    secrets: {DATABASE_URL: "env:DATABASE_URL", TOKEN: "ssm:/shop/token", KEY: "env:KEY"}
    credentials: {KEY: {endpoint: KEY_URL}}
    environment: {KEY_URL: "https://keys.example/api"}
phases:
  start: {use: {api: {offering: self-hosted/docker}}}
environments:
  staging:
    rules: {production_data: false}
    hosts: {KEY_URL: [staging.example]}
  production: {}
deploy: {bake_seconds: 0, drain_seconds: 0}
"""
OURS = "postgresql://shop:s@staging.example/shop"
THEIRS = "postgresql://shop:p@db.example/shop"


@pytest.fixture
def one(tmp_path: Path) -> Shop:
    (tmp_path / "outgrow.yaml").write_text(
        STRATEGY.replace("https://keys.example", "https://staging.example")
    )
    (tmp_path / ".env.staging").write_text(f"DATABASE_URL={OURS}\nTOKEN=t\n")
    (tmp_path / ".env.production").write_text(f"DATABASE_URL={THEIRS}\nTOKEN=t\n")
    return Shop(tmp_path)


def started_with(one: Shop, process: dict[str, str]) -> dict[str, str]:
    opened = open_strategy(str(one.folder))
    bound = bound_variables(opened, None, "staging", "api", process, deploys=True)
    return dict(bound.values)


def test_the_file_comes_before_a_shell_that_was_left_in_another_environment(one: Shop) -> None:
    found = started_with(one, {"DATABASE_URL": THEIRS, "TOKEN": "other", "KEY": "k"})
    assert (found["DATABASE_URL"], found["TOKEN"], found["KEY"]) == (OURS, "t", "k")


def test_a_shell_counts_only_for_what_is_handed_to_a_program(one: Shop) -> None:
    (one.folder / ".env.staging").write_text("DATABASE_URL=\n")
    found = started_with(one, {"DATABASE_URL": THEIRS, "TOKEN": "other"})
    assert "DATABASE_URL" not in found  # an empty line is a value that is missing
    assert "TOKEN" not in found


def test_a_variable_of_the_shell_makes_no_other_version(one: Shop) -> None:
    target = find_target(open_strategy(str(one.folder)), None, "staging")
    assert hashed_variables(target, {"DATABASE_URL": THEIRS}) == hashed_variables(target, {})


def test_production_data_is_refused_where_the_rules_forbid_it(one: Shop) -> None:
    (one.folder / ".env.staging").write_text(f"DATABASE_URL={THEIRS}\n")
    with pytest.raises(InputError, match="staging is refused: 1 problem") as refused:
        one.deploy("shop/api:1", environment="staging")
    diagnostics = getattr(refused.value, "diagnostics", ())
    assert [one.code for one in diagnostics] == [Code.PRODUCTION_DATA]
    assert "shop:p" not in str(diagnostics)
    assert one.deploy("shop/api:1") == 0  # production has it


def test_a_credential_never_goes_to_a_host_that_its_environment_does_not_name(one: Shop) -> None:
    path = one.folder / "outgrow.yaml"
    path.write_text(path.read_text().replace("staging.example/api", "keys.example/api"))
    with (one.folder / ".env.staging").open("a") as file:
        file.write("KEY=k\n")
    with pytest.raises(InputError, match="staging is refused") as refused:
        one.deploy("shop/api:1", environment="staging")
    codes = [one.code for one in getattr(refused.value, "diagnostics", ())]
    assert codes == [Code.HOST_NOT_ALLOWED]


def test_what_only_a_provider_has_keeps_nobody_from_a_deploy(one: Shop) -> None:
    (one.folder / ".env.staging").unlink()
    assert one.deploy("shop/api:1", environment="staging") == 0
