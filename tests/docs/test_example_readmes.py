"""What the README of an example says outgrow found is what outgrow finds, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

import pytest
from tests.commands import REPOSITORY

from outgrow.analysis.claims.judgement import Judgement, Verdict
from outgrow.diagnostics import Severity
from outgrow.operations.check import Checked, check_strategies

NAMES = ("pocketable", "sprint-one", "nowry", "floyo", "nexod")
CONDITIONAL = {Verdict.HOLDS_IF, Verdict.NEAR, Verdict.RISK}
Cells = tuple[str, ...]


@cache
def checked(name: str) -> Checked:
    (one,) = check_strategies([str(REPOSITORY / "examples" / name)], date(2026, 10, 1))
    return one


@cache
def told(name: str) -> str:
    """Return the part of the README that says what does not hold."""
    readme = (REPOSITORY / "examples" / name / "README.md").read_text("utf-8")
    return readme.split("\n## What outgrow found", 1)[1].split("\n## ", 1)[0]


def table(name: str, heading: str) -> list[Cells]:
    """Return the rows of the table whose head begins with `heading`."""
    lines = told(name).splitlines()
    head = [at for at, line in enumerate(lines) if line.startswith(heading)]
    found = []
    for line in lines[head[0] + 2 :] if head else ():
        if not line.startswith("|"):
            break
        found.append(tuple(cell.strip() for cell in line.split("|")[1:-1]))
    return found


def bare(cell: str) -> str:
    return cell.strip("`")


def paragraph(name: str, word: str) -> set[str]:
    """Return the claims that the paragraph after `word` names."""
    found = re.search(rf"^{word}: (.*?)(?:\n\n|\Z)", told(name), re.MULTILINE | re.DOTALL)
    claims = {one.claim for one in checked(name).judgements}
    return claims & set(re.findall(r"`([^`]+)`", found[1])) if found else set()


def judged(name: str, verdicts: Iterable[Verdict]) -> dict[str, Judgement]:
    wanted = set(verdicts)
    return {one.claim: one for one in checked(name).judgements if one.verdict in wanted}


def unsupported(cell: str, judgement: Judgement) -> list[str]:
    """Return the amounts of `cell`, to the cent, of which the tool's reason knows nothing."""
    amounts = re.findall(r"\d[\d,]*\.\d\d\b", cell)
    return [one for one in amounts if one not in judgement.reason]


@pytest.mark.parametrize("name", NAMES)
def test_the_first_table_has_every_claim_that_does_not_hold_and_no_other(name: str) -> None:
    rows = {bare(row[0]): row for row in table(name, "| claim | stated |")}
    false = judged(name, [Verdict.DOES_NOT_HOLD])
    assert set(rows) == set(false)
    assert [row for one, row in rows.items() if unsupported(row[2], false[one])] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_second_table_has_every_claim_with_a_condition_and_its_verdict(name: str) -> None:
    rows = {bare(row[0]): row for row in table(name, "| claim | verdict |")}
    found = judged(name, CONDITIONAL)
    verdicts = {one: row[1] for one, row in rows.items()}
    assert verdicts == {one: found[one].verdict.value.replace("_", " ") for one in found}
    assert [row for one, row in rows.items() if unsupported(row[3], found[one])] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_holds_and_what_is_unknown_is_named_so(name: str) -> None:
    assert paragraph(name, "Holds") == set(judged(name, [Verdict.HOLDS]))
    assert paragraph(name, "Unknown") == set(judged(name, [Verdict.UNKNOWN]))


@pytest.mark.parametrize("name", NAMES)
def test_every_other_error_and_warning_is_named_with_its_place(name: str) -> None:
    rows = [(bare(row[0]), bare(row[1])) for row in table(name, "| finding |")]
    found = [
        (one.code, "/".join(map(str, one.path)))
        for one in checked(name).findings
        if one.severity in (Severity.ERROR, Severity.WARNING) and not one.code.startswith("claim-")
    ]
    assert sorted(rows) == sorted(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_an_example_that_its_page_shows_is_there(name: str) -> None:
    folder = REPOSITORY / "examples" / name
    shown = set(re.findall(rf"examples/{name}/([\w.-]+)", (folder / "README.md").read_text()))
    assert {one for one in shown if not (folder / one).is_file()} == set()
