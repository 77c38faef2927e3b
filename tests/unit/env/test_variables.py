"""The variables of a component come from where the strategy says, and a secret never shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from outgrow.cli.json_view import json_pieces
from outgrow.errors import InputError
from outgrow.operations.env import Bound, bound_variables, run_with
from outgrow.operations.opened import open_strategy

TEXT = """\
outgrow: 1
name: shop
components:
  web: {kind: frontend}
  api:
    kind: service
    kit: true
    talks_to: [db]
    environment: {LOG_LEVEL: info, SEARCH_URL: "http://me:hunter2@search:9200/x"}
    secrets: {DATABASE_URL: "env:SHOP_DATABASE", TOKEN: "ssm:/shop/token"}
  jobs: {kind: worker, talks_to: [db]}
  db: {kind: postgres}
phases:
  one:
    use:
      web: {offering: vercel/hobby}
      api: {offering: self-hosted/docker}
      jobs: {offering: self-hosted/docker}
      db: {offering: self-hosted/docker}
environments:
  production: {}
  development: {environment: {LOG_LEVEL: debug}}
  staging: {env_file: settings/staging.env}
"""


def bound(
    folder: Path,
    environment: str | None = None,
    component: str | None = None,
    process: dict[str, str] | None = None,
    text: str = TEXT,
) -> Bound:
    path = folder / "outgrow.yaml"
    path.write_text(text, encoding="utf-8")
    return bound_variables(open_strategy(str(path)), None, environment, component, process or {})


def origins(found: Bound) -> dict[str, str | None]:
    return {one.key: one.found_in for one in found.shown.variables}


def test_the_only_component_with_the_kit_in_the_environment_for_a_laptop(tmp_path: Path) -> None:
    found = bound(tmp_path)
    assert (found.shown.component, found.shown.environment) == ("api", "development")
    assert origins(found)["LOG_LEVEL"] == "outgrow.yaml:22"
    assert origins(found)["OUTGROW_KIT"] == "one in development"
    assert found.values["LOG_LEVEL"] == "debug"


def test_a_secret_is_looked_for_in_the_process_and_then_in_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env.development").write_text("DATABASE_URL=file\nTOKEN='quoted # text'\n")
    found = bound(tmp_path, process={"SHOP_DATABASE": "process", "DATABASE_URL": "other"})
    assert found.values["DATABASE_URL"] == "process"
    assert found.values["TOKEN"] == "quoted # text"
    assert origins(found)["DATABASE_URL"] == "the process environment, as SHOP_DATABASE"
    assert origins(found)["TOKEN"] == ".env.development"


def test_an_environment_may_name_its_file(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings/staging.env").write_text("export TOKEN=from-staging\n")
    (tmp_path / ".env.staging").write_text("TOKEN=wrong\n")
    assert bound(tmp_path, "staging").values["TOKEN"] == "from-staging"


def test_an_empty_value_counts_as_missing(tmp_path: Path) -> None:
    found = bound(tmp_path, process={"TOKEN": "", "SHOP_DATABASE": "x"})
    assert [one.key for one in found.shown.missing] == ["TOKEN"]


def test_a_command_without_its_secrets_is_refused_with_every_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run_with(bound(tmp_path), ["true"], {})
    assert caught.value.reason == (
        "no value for DATABASE_URL (env:SHOP_DATABASE), TOKEN (ssm:/shop/token)"
    )
    assert ".env.development" in caught.value.remedy
    assert caught.value.exit_code == 2


def test_no_secret_is_in_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / ".env.development").write_text("TOKEN=planted-in-file\n")
    found = bound(tmp_path, process={"SHOP_DATABASE": "planted-in-process"})
    shown = "".join(json_pieces(found.shown)) + repr(found)
    assert "planted" not in shown
    assert "hunter2" not in shown
    assert "http://me:***@search:9200/x" in shown
    assert found.values["SEARCH_URL"] == "http://me:hunter2@search:9200/x"


def test_the_only_application_is_meant_where_none_has_the_kit(tmp_path: Path) -> None:
    text = TEXT.replace("    kit: true\n", "").replace("      web: {offering: vercel/hobby}\n", "")
    with pytest.raises(InputError, match="has 2 applications") as caught:
        bound(tmp_path, text=text)
    assert caught.value.remedy == "Say which one with --component: api, jobs."
    assert bound(tmp_path, component="jobs", text=text).shown.variables == ()


def test_a_component_that_is_not_in_the_phase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no application 'db'") as caught:
        bound(tmp_path, component="db")
    assert caught.value.remedy == "There are: web, api, jobs."


def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    found = bound(tmp_path, process={"TOKEN": "t", "SHOP_DATABASE": "d"})
    with pytest.raises(InputError, match="`no-such-program` cannot be started"):
        run_with(found, ["no-such-program"], {"PATH": str(tmp_path)})
