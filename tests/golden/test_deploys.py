"""What a person sees of a deploy: the plan of every strategy, a failure, the help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.commands import outgrow
from tests.unit.deploy.commanding import shop
from tests.unit.deploy.fake_fleet import Behaviour

from outgrow.deploy.versions import version_of
from outgrow.operations.deploying.configuration import configuration_hash, hashed_variables
from outgrow.operations.deploying.targets import find_target
from outgrow.operations.env import process_environment
from outgrow.operations.opened import open_strategy
from outgrow.strategy.deploys import DeployKind

Golden = Callable[[str, str], None]
Output = pytest.CaptureFixture[str]
FOLDER = "tests/golden/deploy"
DEPLOY = """{bake_seconds: 0, drain_seconds: 0, shares: [0.05, 0.5],
  hooks: {before: [./announce.sh], after: [[python, -m, app.warm]], reverted: [./sorry.sh]}}"""


@pytest.fixture(autouse=True)
def without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary", "manual"])
def test_the_plan_of_a_strategy(
    kind: DeployKind, golden: Golden, tmp_path: Path, capsys: Output
) -> None:
    one = shop(tmp_path)
    text = (tmp_path / "outgrow.yaml").read_text().replace("run: {}", "run: {migrate: [up]}")
    text = text.replace("{bake_seconds: 0, drain_seconds: 0}", DEPLOY)
    (tmp_path / "outgrow.yaml").write_text(text)
    capsys.readouterr()
    assert one.deploy("shop/api:2", kind=kind, dry_run=True) == 0
    golden(f"{FOLDER}/plan-{kind}.txt", capsys.readouterr().out)


def test_a_version_that_is_not_healthy(golden: Golden, tmp_path: Path, capsys: Output) -> None:
    one = shop(tmp_path, deploy="{strategy: blue_green, drain_seconds: 0}")
    one.fleet.behaviours[_version_id(tmp_path)] = Behaviour(healthy=False, said="503 no database")
    capsys.readouterr()
    assert one.deploy("shop/api:2") == 1
    golden(f"{FOLDER}/not-healthy.txt", capsys.readouterr().out)


@pytest.mark.parametrize("command", ["deploy", "rollback", "promote", "deploys", "lock"])
def test_the_help_of_a_command(command: str, golden: Golden, tmp_path: Path) -> None:
    golden(f"{FOLDER}/help-{command}.txt", outgrow(command, "--help", home=tmp_path).out)


def _version_id(folder: Path) -> str:
    target = find_target(open_strategy(str(folder)), None, None)
    variables = hashed_variables(target, process_environment())
    return version_of("shop/api@sha256:2", "", configuration_hash(variables)).id
