"""The commands on the pages about costs and gaps run, and their examples are strategies."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.commands import outgrow

from outgrow.strategy.load import parse_strategy

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("costs.md", "gaps.md")


def commands(page: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


ALL = list(dict.fromkeys(line for page in PAGES for line in commands(page)))


@pytest.mark.parametrize("line", ALL)
def test_a_command_on_the_page_runs(line: str, tmp_path: Path) -> None:
    program, *arguments = shlex.split(line)
    ran = outgrow(*arguments, home=tmp_path)
    assert program == "outgrow"
    assert ran.code in ((0, 1) if arguments[0] == "check" else (0,)), ran.err
    assert ran.out


def test_the_prices_on_the_page_are_a_strategy() -> None:
    text = (DOCS / "costs.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    head = """
outgrow: 1
name: from the page
demand: {revenue_usd_month: {}}
components: {web: {kind: frontend}}
"""
    strategy = parse_strategy(head + written).strategy
    assert strategy.phases["launch"].costs["payments"].share_of_revenue is not None


def test_the_pages_name_every_flag_that_changes_the_terms(tmp_path: Path) -> None:
    told = outgrow("cost", "--help", home=tmp_path).out
    text = (DOCS / "costs.md").read_text(encoding="utf-8")
    flags = set(re.findall(r"--(?:set|autostop|reserve|spot|explain|json|all)\b", told))
    assert len(flags) == 7
    assert {flag for flag in flags if flag not in text} == set()
