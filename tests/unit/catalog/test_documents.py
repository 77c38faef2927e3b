"""docs/add-an-offering.md does what it says: its examples are read from the page and run."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from outgrow.analysis.costs.phase_costs import phase_costs
from outgrow.catalog.load import Catalog
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rates import Grade
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "add-an-offering.md").read_text("utf-8")
CATALOGUE = (DOCS / "catalogue.md").read_text("utf-8")


def blocks(language: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_offerings_written_in_a_strategy_are_priced_as_the_page_says(
    catalog: Catalog,
) -> None:
    (text,) = blocks("yaml")
    loaded = parse_strategy(text)
    assert not loaded.warnings
    report = phase_costs(
        loaded.strategy, catalogue_for(loaded.strategy, catalog), "launch", None
    ).expected
    assert report.of("api").amount_usd_month == Decimal("13.20")
    assert report.of("db").amount_usd_month == Decimal("20.00")
    for told in ("13.20 for the machine", "20.00 for the database"):
        assert told in PAGE


def test_an_offering_of_one_s_own_keeps_what_it_is_like_and_says_whose_it_is(
    catalog: Catalog,
) -> None:
    strategy = parse_strategy(blocks("yaml")[0]).strategy
    above = catalogue_for(strategy, catalog)
    ours, packaged = above.offering("supabase/pro"), catalog.offering("supabase/pro")
    machine = above.offering("our-host/vps-4")
    assert ours is not None
    assert packaged is not None
    assert machine is not None
    assert ours.limit("mau") == packaged.limit("mau")
    assert machine.provenance.grade is Grade.USER
    assert machine.provenance.source == "invoice of March"
    assert machine.capabilities.multi_az is None


def test_the_overlay_on_the_page_changes_one_price(catalog: Catalog) -> None:
    (text,) = blocks("csv", CATALOGUE)
    above = catalog.with_overlay(rates=parse_rows(text, "catalog.csv"))
    rate = above.rate("aws", "ec2", "t3.medium", "us-east-1")
    assert rate is not None
    assert (rate.price_usd, rate.provenance.grade) == (Decimal("0.0312"), Grade.USER)
