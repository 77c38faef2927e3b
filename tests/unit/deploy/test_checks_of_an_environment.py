"""What an environment wants checked runs before a deploy, and not before a rollback."""

from __future__ import annotations

from pathlib import Path

from outgrow.operations.deploying.targets import find_target
from outgrow.operations.opened import open_strategy

STRATEGY = """\
outgrow: 1
name: shop
components:
  api: {kind: service, run: {migrate: [migrate]}}
phases:
  one: {use: {api: {offering: self-hosted/docker}}}
deploy: {hooks: {before: [announce]}}
environments:
  production: {rules: {checks: [make smoke, [./audit, --all]]}}
  staging: {}
"""


def test_checks_come_before_the_teams_own_commands(tmp_path: Path) -> None:
    path = tmp_path / "outgrow.yaml"
    path.write_text(STRATEGY)
    opened = open_strategy(str(path))
    production = find_target(opened, "api", None)
    checks = [["make smoke"], ["./audit", "--all"]]
    assert production.around().before == [*checks, ["announce"]]
    assert production.around(migrates=False).before == [["announce"]]
    assert find_target(opened, "api", "staging").around().before == [["announce"]]
