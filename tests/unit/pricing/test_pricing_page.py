"""docs/pricing.md names every service and every field of it, with its default."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pydantic.fields import FieldInfo

from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_items
from outgrow.catalog.load import Catalog

PAGE = (Path(__file__).parents[3] / "docs" / "pricing.md").read_text(encoding="utf-8")
COMMON = set(PriceItem.model_fields)
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)


def section(service: str) -> str:
    return PAGE.split(f"\n### `{service}`\n", 1)[1].split("\n### ", 1)[0]


def default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    words = {"": "empty", "False": "false", "{}": "none"}
    default = str(field.get_default(call_default_factory=True))
    return words.get(default, default)


def test_the_page_has_a_section_for_each_service_and_no_other() -> None:
    assert re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE) == list(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_section_has_every_field_of_the_service_with_its_default(service: str) -> None:
    fields = SERVICES[service].item.model_fields
    own = {name: default_of(field) for name, field in fields.items() if name not in COMMON}
    assert dict(ROW.findall(section(service))) == own


@pytest.mark.parametrize("service", SERVICES)
def test_a_section_names_every_choice(service: str) -> None:
    text = section(service)
    for name, field in SERVICES[service].item.model_fields.items():
        if name in COMMON or not str(field.annotation).startswith("typing.Literal"):
            continue
        choices = [choice for choice in field.annotation.__args__ if choice != ""]  # type: ignore[union-attr]
        assert [choice for choice in choices if f"`{choice}`" not in text] == []


def test_the_examples_of_the_page_can_be_priced(book: Catalog) -> None:
    listed = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    (table,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    rows = list(csv.DictReader(table.splitlines()))
    priced = price_items([parse_item(one) for one in [*listed, *rows]], book)
    known = [one.total.amount_usd_month for one in priced]
    assert known[:2] == [Decimal("152.07"), Decimal("326.70")]
    assert [one.total.at_least for one in priced[:3]] == [False, False, True]
    assert known[-1] == Decimal("300.76")


def test_the_worked_example_adds_up(book: Catalog) -> None:
    fields = {"size": "t3.medium", "count": 4, "hours_month": 264, "disk_gb": 50, "public_ipv4": 1}
    (priced,) = price_items([parse_item({"service": "aws/ec2", **fields})], book)
    shown = [*(one.amount_usd_month for one in priced.lines), priced.total.amount_usd_month]
    table = re.search(r"\| line \| quantity .*?\n\n", PAGE, re.DOTALL)
    assert table is not None
    assert [str(amount) for amount in shown] == re.findall(r"([\d.]+) \|\n", table[0])
