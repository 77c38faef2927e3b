"""docs/gaps.md lists every gap there is, in the order of the rules, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from outgrow.analysis.gaps.find import RULES
from outgrow.analysis.lint.waivers import GAP
from outgrow.strategy.strategy import Waiver

PAGE = (Path(__file__).parents[3] / "docs" / "gaps.md").read_text(encoding="utf-8")


def test_the_page_and_the_rules_agree() -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE) == list(RULES)


def test_every_row_says_when_and_how_to_close_it() -> None:
    rows = re.findall(r"^\| `[\w-]+` \|(.*)\|$", PAGE, re.MULTILINE)
    assert all(
        len(row.split("|")) == 2 and all(cell.strip() for cell in row.split("|")) for row in rows
    )
    assert len(rows) == len(RULES)


def test_the_waivers_of_the_page_name_gaps() -> None:
    (written,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    waivers = [Waiver.model_validate(one) for one in yaml.safe_load(written)["waivers"]]
    assert waivers
    assert {one.code.removeprefix(GAP) for one in waivers} <= set(RULES)
