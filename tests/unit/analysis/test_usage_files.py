"""Usage files: two CSV forms, two JSON forms, every problem at once with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from outgrow.analysis.usage.usage import Usage, merge_usage
from outgrow.analysis.usage.usage_csv import parse_usage_csv
from outgrow.analysis.usage.usage_json import parse_usage_json
from outgrow.errors import InvalidUsage

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = datetime(2026, 3, 8, tzinfo=UTC)


def problems_of_csv(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(InvalidUsage) as raised:
        parse_usage_csv(text, "usage.csv")
    return places(raised.value)


def problems_of_json(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(InvalidUsage) as raised:
        parse_usage_json(text, "usage.json")
    return places(raised.value)


def places(error: InvalidUsage) -> list[tuple[str, int, int]]:
    return [
        (one.code, one.location.line, one.location.column)
        for one in error.diagnostics
        if one.location is not None
    ]


def test_the_long_form_is_read_and_sorted() -> None:
    usage = parse_usage_csv(
        "# exported by hand\ndate,metric,value\n2026-03-08,users,42\n2026-03-01,users,35\n", "u.csv"
    )
    assert usage["users"].points == ((FIRST, Decimal(35)), (SECOND, Decimal(42)))
    assert usage["users"].source == "u.csv"


def test_the_wide_form_leaves_out_what_was_not_measured() -> None:
    usage = parse_usage_csv(
        "date,users,db.storage_gb\n2026-03-01,35,\n2026-03-08,42,6.5\n", "usage.csv"
    )
    assert usage["db.storage_gb"].points == ((SECOND, Decimal("6.5")),)
    assert len(usage["users"].points) == 2


def test_a_date_without_an_offset_is_utc_and_one_with_it_is_converted() -> None:
    usage = parse_usage_csv("date,users\n2026-03-01T02:00:00+02:00,35\n2026-03-08,42\n", "u.csv")
    assert [moment for moment, _ in usage["users"].points] == [FIRST, SECOND]


def test_every_bad_row_is_reported_with_its_line_and_column() -> None:
    text = (
        "date,metric,value\n"
        "2026-03-01,users,35\n"
        "yesterday,users,36\n"
        "2026-03-03,us ers,36\n"
        "2026-03-04,users,-1\n"
        "2026-03-05,users,NaN\n"
        "2026-03-06,users,inf\n"
        "2026-03-07,users\n"
    )
    assert problems_of_csv(text) == [
        ("bad-date", 3, 1),
        ("bad-metric", 4, 12),
        ("bad-value", 5, 18),
        ("bad-value", 6, 18),
        ("bad-value", 7, 18),
        ("bad-row", 8, 1),
    ]


def test_two_values_at_one_instant_are_reported_and_the_same_value_twice_is_not() -> None:
    text = "date,users\n2026-03-01,35\n2026-03-01,35\n2026-03-01T00:00:00Z,36\n"
    assert problems_of_csv(text) == [("duplicate-value", 4, 22)]


def test_separators_between_digits_are_refused_with_the_number_to_write() -> None:
    with pytest.raises(InvalidUsage) as raised:
        parse_usage_csv('date,users\n2026-03-01,"1,000"\n', "usage.csv")
    assert raised.value.diagnostics[0].remedy == "Write 1000."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-usage"),
        ("# nothing yet\n", "empty-usage"),
        ("date,metric,value\n", "empty-usage"),
        ("2026-03-01,users,35\n", "bad-header"),
        ("date;metric;value\n2026-03-01;users;35\n", "bad-header"),
        ("date,users,users\n2026-03-01,1,1\n", "bad-header"),
        ('date,metric,value\n2026-03-01,"users,35\n', "bad-csv"),
        ("date,users\n0026-03-01,1\n", "bad-date"),
        ("date,users\n2026-03-01,1e99\n", "bad-value"),
        ("date,users\n2026-03-01,١\n", "bad-value"),
        ("date,users\n" + "x" * (5 * 1024 * 1024), "usage-too-large"),
    ],
)
def test_a_file_that_is_no_usage_says_why(text: str, code: str) -> None:
    assert problems_of_csv(text)[0][0] == code


def test_the_rows_of_a_file_are_bounded() -> None:
    text = "date,metric,value\n" + "2026-03-01,users,1\n" * 200_001
    assert problems_of_csv(text)[0][0] == "usage-too-large"


def test_both_json_shapes_say_the_same() -> None:
    listed = parse_usage_json(
        '[{"date": "2026-03-08", "metric": "users", "value": 42},'
        ' {"date": "2026-03-01", "metric": "users", "value": 35.5}]',
        "usage.json",
    )
    mapped = parse_usage_json('{"users": [["2026-03-01", 35.5], ["2026-03-08", 42]]}', "usage.json")
    assert listed["users"] == mapped["users"]
    assert listed["users"].points[0] == (FIRST, Decimal("35.5"))


def test_bad_json_items_are_all_reported_where_they_stand() -> None:
    text = (
        "[\n"
        '  {"date": "2026-03-01", "metric": "users", "value": "35"},\n'
        '  {"date": "2026-03-01", "metric": "users"},\n'
        '  {"date": 20260301, "metric": "users", "value": 1},\n'
        '  {"date": "2026-03-01", "metric": 7, "value": 1},\n'
        '  {"date": "2026-03-01", "metric": "users", "value": NaN}\n'
        "]"
    )
    assert problems_of_json(text) == [
        ("bad-value", 2, 3),
        ("bad-row", 3, 3),
        ("bad-date", 4, 3),
        ("bad-metric", 5, 3),
        ("bad-value", 6, 3),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[{",
        "{1: []}",
        '{"users": 3}',
        "12",
        '"users"',
        "[] x",
        "[" * 100_000,
        '{"users": [' + "[" * 100_000,
        '{"users": [["2026-03-01"]]}',
        "[" + "1" * 10_000 + "]",
    ],
)
def test_text_that_is_no_usage_json_is_a_diagnostic(text: str) -> None:
    assert problems_of_json(text)


def test_a_value_given_by_hand_is_the_newest() -> None:
    measured = parse_usage_csv("date,users\n2026-03-01,35\n2026-03-08,42\n", "usage.csv")
    given = Usage.from_values({"users": Decimal(50), "tenants": Decimal(3)}, SECOND, "--set")
    usage = merge_usage(measured, given)
    assert usage["users"].points == ((FIRST, Decimal(35)), (SECOND, Decimal(50)))
    assert usage["users"].source == "usage.csv, --set"
    assert usage["tenants"].last == (SECOND, Decimal(3))
    assert Usage.from_values({"users": Decimal(1)}, FIRST)["users"].last == (FIRST, Decimal(1))


def test_what_lies_after_a_moment_is_not_known_then() -> None:
    usage = parse_usage_csv("date,users\n2026-03-01,35\n2026-03-08,42\n", "usage.csv")
    assert usage.until(FIRST)["users"].last == (FIRST, Decimal(35))
    assert "users" not in usage.until(datetime(2026, 2, 1, tzinfo=UTC))
