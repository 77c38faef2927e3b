"""The pages about the catalogue hold what they say: every table, and the worked example."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from outgrow.catalog.definitions import Definition
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Capabilities
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rates import Grade


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "catalogue.md").read_text("utf-8")


@pytest.fixture
def walk_through(repository: Path) -> str:
    return (repository / "docs" / "add-an-offering.md").read_text("utf-8")


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(page: str, title: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", section(page, title), re.MULTILINE)


def block(page: str, language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_page_names_every_meter_and_no_other(page: str, catalog: Catalog) -> None:
    used = {
        charge.meter
        for offering in catalog.offerings()
        if offering.tariff
        for charge in offering.tariff.charges
        if charge.meter
    }
    assert first_cells(page, "Meters") == sorted(used)


def test_the_page_names_every_limit_and_no_other(page: str, catalog: Catalog) -> None:
    used = {limit.name for offering in catalog.offerings() for limit in offering.limits}
    assert first_cells(page, "Limits") == sorted(used)


def test_the_page_names_every_unit_and_no_other(page: str, repository: Path) -> None:
    table = [line for line in section(page, "Units").splitlines() if line.startswith("| ")]
    told = re.findall(r"`([^`]+)`", "\n".join(table))
    assert len(told) == len(set(told))
    files = (repository / "src" / "outgrow" / "catalog" / "data").glob("*.csv")
    rows = [row for file in files for row in parse_rows(file.read_text("utf-8"), file.name)]
    assert set(told) == {row.unit for row in rows}


def test_the_page_names_every_grade_and_capability(page: str) -> None:
    assert first_cells(page, "Grades") == [
        grade.value
        for grade in (Grade.A, Grade.B, Grade.C, Grade.DERIVED, Grade.USER, Grade.UNGRADED)
    ]
    told = re.findall(r"`([^`]+)`", section(page, "Capabilities"))
    assert told == [one.name for one in fields(Capabilities) if one.name != "provenance"]


def test_the_worked_example_gives_the_offering_that_ships(
    walk_through: str, catalog: Catalog
) -> None:
    rows = parse_rows(block(walk_through, "csv"), "the example")
    definition = block(walk_through, "toml")
    example = Catalog(lambda _: rows, lambda _: definition, lambda: ("upstash",))
    assert example.offering_ids() == ("upstash/redis/payg",)
    assert example.offering("upstash/redis/payg") == catalog.offering("upstash/redis/payg")


def test_the_worked_example_is_the_text_that_ships(walk_through: str, repository: Path) -> None:
    data = repository / "src" / "outgrow" / "catalog" / "data"
    rows = (data / "upstash.csv").read_text("utf-8").splitlines()
    assert all(line in rows for line in block(walk_through, "csv").splitlines())
    assert block(walk_through, "toml") in (data / "offerings" / "upstash.toml").read_text("utf-8")


def test_the_walk_through_explains_every_key_of_a_definition(walk_through: str) -> None:
    words = re.sub(r"```.*?```", "", walk_through, flags=re.DOTALL)
    told = set(re.findall(r"`([^`]+)`", section(words, "3. Describe the offering by its rows")))
    assert {one.name for one in fields(Definition)} - {"service", "sku"} <= told
