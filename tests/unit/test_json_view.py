"""Results as JSON: money as numbers, unknown as null, records by field."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import PricedItem, charge
from outgrow.catalog.rates import Grade
from outgrow.cli.json_view import to_json


def test_values_keep_their_meaning() -> None:
    written = to_json(
        {
            "money": Decimal("1.50"),
            "whole": Decimal("2.00"),
            "unknown": None,
            "day": date(2026, 1, 31),
            "length": timedelta(days=2, seconds=5),
            "grade": Grade.C,
            "several": (1, frozenset({"b", "a"})),
        }
    )
    assert written == {
        "money": 1.5,
        "whole": 2,
        "unknown": None,
        "day": "2026-01-31",
        "length": "P2DT5S",
        "grade": "C",
        "several": [1, ["a", "b"]],
    }


def test_a_record_has_its_fields_and_its_total() -> None:
    line = charge("hours", Decimal(730), "hour", None, None)
    written = to_json(PricedItem("web", "aws/ec2", (line,)))
    assert isinstance(written, dict)
    assert written["total"] == {"amount_usd_month": 0, "at_least": True}
    (only,) = written["lines"]
    assert only["amount_usd_month"] is None
    assert only["kind"] == "charge"
