"""What the document says of a strategy, section by section."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from tests.unit.document.samples import GROWING, SMALLEST, document_about, facts_about

from outgrow.analysis.usage.usage import Series, Usage
from outgrow.catalog.load import load_catalog
from outgrow.render.document.blocks import Code, listed, marked, text
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import facts_of, with_usage
from outgrow.render.document.files import document_files
from outgrow.render.document.markdown import to_markdown
from outgrow.render.document.plain import plain
from outgrow.strategy.load import parse_strategy

GROWN = to_markdown(document_about(GROWING))
POINTS = [(datetime(2026, month, 1, tzinfo=UTC), Decimal(200 * month)) for month in (1, 2, 3)]
USAGE = Usage({"users": Series("users", tuple(POINTS))})


def part(markdown: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    after = markdown.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n#{{1,{level}}} ", after, maxsplit=1)[0]


def test_a_bill_over_its_budget_is_called_so() -> None:
    assert "$1 – $5 **over**" in part(GROWN, "## At a glance")
    assert "**Budget:** $1 – $5 (the bill is over it)" in part(GROWN, "### First")


def test_an_unknown_price_is_unknown_and_never_zero() -> None:
    aside = part(GROWN, "### aside-way")
    assert "**A month:** unknown" in aside
    assert "$0" not in aside


def test_a_total_with_an_unknown_part_is_at_least() -> None:
    costs = part(GROWN, "## What it costs")
    totals = next(line for line in costs.splitlines() if "Total, expected" in line)
    assert "**≥ $" in totals
    assert "unknown" in totals


def test_two_regions_of_one_component_are_one_row_for_both() -> None:
    row = next(line for line in part(GROWN, "### large").splitlines() if line.startswith("| `api`"))
    assert "× 2 regions" in row


def test_a_way_says_when_what_it_costs_in_downtime_and_how_each_step_is_verified() -> None:
    way = part(GROWN, "#### To large")
    for said in (
        "**When:** users at least 1,000",
        "**Warns at:** users at 800",
        "**Downtime:** 5 min",
        "**Back in service within (RTO):** 1 h",
        "**Data lost at the most (RPO):** 1 min",
        "**The old one is kept:** 7 days",
        "**Effort:** 2–3 days",
        "| 1 | Copy the data. | `db` | yes | Counts agree. |",
    ):
        assert said in way


def test_an_environment_says_what_it_may_not_and_whether_it_fits() -> None:
    staging = part(GROWN, "### staging")
    assert "**May not:** hold production data; run load tests" in staging
    verdict = next(line for line in staging.splitlines() if line.startswith("| Verdict"))
    assert "**too much**" in verdict
    assert "**fits**" in verdict


def test_the_sum_of_an_environment_adds_its_components() -> None:
    total = next(
        line for line in part(GROWN, "### staging").splitlines() if line.startswith("| **Total**")
    )
    assert "**4**" in total  # 2 vCPU of the api and 2 of a db.t3.small
    assert "**6**" in total  # 4 GiB and 2 GiB
    assert "**20**" in total


def test_a_checklist_tells_met_from_not_met_from_not_said() -> None:
    security = part(GROWN, "## Security checklist")
    assert "1 of 3 are met; 1 is not; for 1 the strategy does not say." in security
    assert "- [x] Encrypt the disk. shown by: the console" in security
    assert "- [ ] Rotate the keys.\n" in security
    assert "- [ ] Read the logs. *(not said)*" in security


def test_targets_carry_the_unit_that_their_metric_names() -> None:
    assert "| latency p95 | `api.latency_p95_ms` | below 300 ms | above 500 ms |" in GROWN


def test_every_figure_of_a_bill_leads_to_its_source() -> None:
    numbers = {int(n) for n in re.findall(r"\\\[(\d+)", GROWN)}
    listed_sources = {int(n) for n in re.findall(r"^\| (\d+) \|", part(GROWN, "## Sources"), re.M)}
    assert numbers
    assert numbers <= listed_sources
    assert sorted(listed_sources) == list(range(1, len(listed_sources) + 1))


def test_a_figure_of_a_weak_grade_says_so_where_it_stands() -> None:
    assert re.search(r"\\\[\d+, secondary\\\]", GROWN)


def test_without_usage_the_document_has_no_date() -> None:
    assert document_about(GROWING).as_of == ""
    assert "Where we stand" not in GROWN


def test_with_usage_it_is_dated_by_the_last_value_and_says_where_one_stands() -> None:
    facts = with_usage(facts_about(GROWING), load_catalog(), USAGE)
    document = build_document(facts)
    markdown = to_markdown(document)
    assert document.as_of == "2026-03-01"
    standing = part(markdown, "## Where we stand")
    assert "[First](#first)" in standing
    assert "600" in standing


def test_a_usage_without_values_changes_nothing() -> None:
    facts = facts_about(GROWING)
    assert with_usage(facts, load_catalog(), Usage()) is facts


def test_the_files_are_markdown_page_and_drawings() -> None:
    names = [file.path for file in document_files(document_about(GROWING))]
    assert names == [
        "strategy.md",
        "strategy.html",
        "images/phases.svg",
        "images/cost-curve.svg",
        "images/architecture-start.svg",
        "images/architecture-large.svg",
        "images/architecture-aside-way.svg",
    ]
    shown = set(re.findall(r"\((images/[^)]+)\)", GROWN))
    assert shown == set(names[2:])


def test_phases_named_alike_get_anchors_of_their_own() -> None:
    text_ = SMALLEST + "  next-one: {name: Same, use: {api: {price: {per_month: 1}}}}\n"
    text_ += "  other-one: {name: Same, use: {api: {price: {per_month: 1}}}}\n"
    strategy = parse_strategy(text_).strategy
    markdown = to_markdown(build_document(facts_of(strategy, load_catalog())))
    assert "[Same](#same)" in markdown
    assert "[Same](#same-1)" in markdown


def test_a_message_of_ours_shows_backticks_as_code() -> None:
    assert marked("write `a: 1` here") == ("write ", Code("a: 1"), " here")
    assert marked("one ` alone") == ("one ` alone",)


def test_one_item_alone_is_no_list() -> None:
    assert listed(["only"]) == text("only")
    assert plain(listed(["one", "two"])) == "one; two"


def test_what_an_application_is_told_is_there_only_where_one_imports_the_kit() -> None:
    told = """
tracing: {traces_sample_share: 0.25}
http: {headers: {X-Kind: shop}, trusted_proxies: [10.0.0.0/8]}
sign_in: {issuer: "https://id.example", authorized_parties: ["https://shop.example"]}
data_growth:
  replicas: [{component: db, count: 1, allowed_lag_seconds: 2}]
  sharding: [{component: db, by: [team_id], databases: [db, replica]}]
"""
    without = to_markdown(document_about(GROWING + told))
    assert "What the application is told" not in without
    assert "at most 2 s behind" in without
    assert "by team_id, over db, replica" in without
    with_kit = GROWING.replace("    kind: service\n", "    kind: service\n    kit: true\n", 1)
    section = part(to_markdown(document_about(with_kit + told)), "### What the application is told")
    for said in ("`api` imports outgrow-kit", "25 %", "`X-Kind: shop`", "10.0.0.0/8",
                 "`https://id.example`", "https://shop.example"):  # fmt: skip
        assert said in section
