"""Every cost statement of the five documents is judged as the facts say."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import pytest
from tests.unit.claims.strategies import CATALOG, EXAMPLES, ROOT, example

from outgrow.analysis.claims.judge import judge_claims
from outgrow.analysis.claims.judgement import Judgement, Verdict
from outgrow.units import to_cents

MEANING = {
    "holds": {Verdict.HOLDS, Verdict.HOLDS_IF},
    "does not hold": {Verdict.DOES_NOT_HOLD},
    "near": {Verdict.NEAR},
    "risk": {Verdict.RISK},
}


def rows() -> list[dict[str, str]]:
    text = (ROOT / "tests" / "data" / "seed_verdicts.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def judgements(name: str) -> dict[str, Judgement]:
    return {one.claim: one for one in judge_claims(example(name), CATALOG)}


def figures(judgement: Judgement) -> Iterator[Decimal]:
    for real in (judgement.real, *(reading.real for reading in judgement.readings)):
        if real is not None:
            yield to_cents(real.low)
            if real.high is not None:
                yield to_cents(real.high)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['document']} {row['statement']}")
def test_statement_is_judged_as_the_facts_say(row: dict[str, str]) -> None:
    judgement = judgements(row["example"])[row["claim"]]
    assert judgement.verdict in MEANING[row["verdict"]], judgement.reason


@pytest.mark.parametrize(
    "row",
    [row for row in rows() if row["figures_usd"]],
    ids=lambda row: f"{row['document']} {row['statement']}",
)
def test_real_figures_are_right_to_the_cent(row: dict[str, str]) -> None:
    found = set(figures(judgements(row["example"])[row["claim"]]))
    assert {Decimal(figure) for figure in row["figures_usd"].split()} <= found


def test_every_document_is_in_the_table() -> None:
    assert {row["example"] for row in rows()} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_claim_has_a_reason_with_what_it_was_checked_against(name: str) -> None:
    for judgement in judgements(name).values():
        assert len(judgement.reason) > 10, judgement.claim
        assert judgement.reason.strip() == judgement.reason
