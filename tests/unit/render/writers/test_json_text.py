"""JSON in Prettier's layout is still the same JSON."""

from __future__ import annotations

import json
from decimal import Decimal

from outgrow.render.writers.json_text import Json, json_text


def test_lists_of_plain_values_stay_on_a_line_that_fits() -> None:
    short: Json = {"a": ["x", "y"], "b": [{"c": 1}], "d": [], "e": {}}
    assert json_text(short) == (
        '{\n  "a": ["x", "y"],\n  "b": [\n    {\n      "c": 1\n    }\n  ],\n'
        '  "d": [],\n  "e": {}\n}\n'
    )
    long: Json = {"a": ["x" * 50, "y" * 50]}
    assert len(json_text(long).splitlines()) == 6


def test_text_and_numbers_come_back_as_they_were() -> None:
    hostile = 'a "b" \\ \n\x00 </script> é'
    document: Json = {hostile: [hostile, Decimal("0.010"), Decimal(4000), True, None, 3]}
    assert json.loads(json_text(document)) == {hostile: [hostile, 0.01, 4000, True, None, 3]}
    assert "E" not in json_text([Decimal(4000), Decimal("0.0000001")])
