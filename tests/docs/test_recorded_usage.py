"""The recorded usage of an example says where it is from, and can be read in order."""

from __future__ import annotations

import csv
import re

import pytest
from tests.commands import REPOSITORY

WITH_USAGE = sorted(path.parent.name for path in (REPOSITORY / "examples").glob("*/usage.csv"))


def lines(name: str) -> list[str]:
    return (REPOSITORY / "examples" / name / "usage.csv").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", WITH_USAGE)
def test_the_recorded_usage_says_whose_it_is_not(name: str) -> None:
    comments = " ".join(line[1:].strip() for line in lines(name) if line.startswith("#"))
    owner = name.capitalize()
    assert re.search(rf"((Neither|None of them) is|It is not) {owner}'s", comments)
    assert "Source:" in comments or "published with" in comments


@pytest.mark.parametrize("name", WITH_USAGE)
def test_the_recorded_usage_is_in_order_for_each_metric(name: str) -> None:
    rows = csv.DictReader(line for line in lines(name) if not line.startswith("#"))
    dates: dict[str, list[str]] = {}
    for row in rows:
        assert float(row["value"]) >= 0
        dates.setdefault(row["metric"], []).append(row["date"])
    assert dates
    assert all(found == sorted(set(found)) for found in dates.values())
