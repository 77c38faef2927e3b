"""docs/json.md names the fields that `--json` prints, all of them and no other."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, outgrow

from outgrow.operations.catalog import Refreshed
from outgrow.operations.deploying.brought_back import BroughtBack
from outgrow.operations.deploying.locks import Lock
from outgrow.operations.deploying.records import Deployed
from outgrow.operations.deploying.taken_down import TakenDown
from outgrow.operations.deploying.tidied import WarmSlot
from outgrow.operations.environments.past import Past
from outgrow.operations.environments.switch_plan import Switched
from outgrow.operations.partitioning.applied import Applied
from outgrow.operations.partitioning.archived import Archived
from outgrow.operations.partitioning.planned import Planned
from outgrow.operations.profile import Recording
from outgrow.operations.up import Running, UpResult

RUNS = {
    "init": "init examples/sample-app --print",
    "check": "check examples/floyo --now 2026-10-01",
    "status": "status examples/floyo --usage examples/floyo/usage.csv --now 2026-10-01",
    "cost": "cost examples/floyo",
    "compare": "compare start growth examples/floyo",
    "price": "price examples/price-list.yaml",
    "decide": "decide examples/floyo --set users=12000 --now 2026-10-01",
    "matrix": "matrix examples/floyo",
    "pool": "pool examples/sample-app",
    "migrations lint": "migrations lint examples/sample-app/backend/migrations",
    "docs": "docs examples/floyo --check",
    "render": "render examples/sample-app --phase one-server --dry-run",
    "diff": "diff managed aws examples/sample-app --target dockerfile",
    "catalog list": "catalog list vercel",
    "catalog search": "catalog search postgres free",
    "catalog show": "catalog show vercel/pro",
    "env show": "env show examples/sample-app --component api",
    "env list": "env list examples/pocketable",
    "env current": "env current examples/pocketable",
    "env diff": "env diff development production examples/pocketable",
    "env check": "env check development examples/pocketable",
}


def page() -> str:
    return (REPOSITORY / "docs" / "json.md").read_text("utf-8")


def documented() -> dict[str, list[str]]:
    """Return the fields that the page names for each command."""
    rows = re.findall(r"^\| `([a-z ]+)` \| (.*) \|$", page(), re.MULTILINE)
    return {command: re.findall(r"`([a-z_][a-z_0-9]*)`", told) for command, told in rows}


def result(command: str, home: Path) -> dict[str, object]:
    """Return what a command prints: its result, or the first entry of a list."""
    ran = outgrow(*RUNS[command].split(), "--json", home=home)
    printed = json.loads(ran.out)
    assert printed["outgrow_json"] == 1
    assert printed["command"] == command
    found = printed["result"]
    first: dict[str, object] = found[0] if isinstance(found, list) else found
    return first


@pytest.mark.parametrize("command", RUNS)
def test_the_page_names_every_field_of_a_result_and_no_other(command: str, tmp_path: Path) -> None:
    assert documented()[command] == list(result(command, tmp_path))


def test_the_page_names_every_field_of_a_refresh() -> None:
    assert documented()["catalog refresh"] == [one.name for one in fields(Refreshed)]


@pytest.mark.parametrize(
    ("command", "kind"), [("up", UpResult), ("down", Running), ("ps", Running)]
)
def test_the_page_names_every_field_of_what_runs_in_containers(
    command: str, kind: type[UpResult] | type[Running]
) -> None:
    assert documented()[command] == [one.name for one in fields(kind)]


def test_the_page_names_every_field_of_a_recording() -> None:
    assert documented()["profile"] == [one.name for one in fields(Recording)]


PARTITIONS = {
    "partitions plan": Planned,
    "partitions apply": Applied,
    "partitions archive": Archived,
    "partitions restore": Archived,
}


@pytest.mark.parametrize("command", PARTITIONS)
def test_the_page_names_every_field_of_what_is_done_to_partitions(command: str) -> None:
    assert documented()[command] == [one.name for one in fields(PARTITIONS[command])]


DEPLOYS = {
    "deploys": Deployed,
    "deploys show": Deployed,
    "deploys tidy": WarmSlot,
    "deploys start": BroughtBack,
    "deploys down": TakenDown,
    "lock show": Lock,
    "lock break": Lock,
}


@pytest.mark.parametrize("command", DEPLOYS)
def test_the_page_names_every_field_of_what_is_known_of_deploys(command: str) -> None:
    assert documented()[command] == [one.name for one in fields(DEPLOYS[command])]


@pytest.mark.parametrize(("command", "kind"), [("env switch", Switched), ("env history", Past)])
def test_the_page_names_every_field_of_a_switch(
    command: str, kind: type[Switched] | type[Past]
) -> None:
    assert documented()[command] == [one.name for one in fields(kind)]


def test_every_command_with_a_result_is_on_the_page() -> None:
    here = {
        "catalog refresh",
        "up",
        "down",
        "ps",
        "profile",
        "profile dump",
        "env switch",
        "env history",
    }
    assert set(documented()) == {*RUNS, *here, *PARTITIONS, *DEPLOYS}


def test_findings_and_judgements_of_a_check_have_the_fields_that_the_page_names(
    tmp_path: Path,
) -> None:
    said = re.search(r"a finding has (.*?); a\s+judgement has (.*?)\.", page(), re.DOTALL)
    assert said
    checked = result("check", tmp_path)
    for told, key in ((said[1], "findings"), (said[2], "judgements")):
        (first, *_) = checked[key]  # type: ignore[misc]
        assert re.findall(r"`([a-z_][a-z_0-9]*)`", told) == list(first)


def test_a_length_of_time_is_printed_as_iso_8601_has_it(tmp_path: Path) -> None:
    crossings = result("status", tmp_path)["crossings"]
    assert crossings[0]["crossing"]["horizon"] == "P730D"  # type: ignore[index]
