"""The file of `outgrow price`: what is read as meant, and what is refused with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.catalog.load import Catalog
from outgrow.errors import InputError, InvalidStrategy
from outgrow.operations.price import price_written
from outgrow.operations.price_list import read_items


def total(text: str, path: str, book: Catalog) -> Decimal:
    return price_written(read_items(text, path), book).total.amount_usd_month


def refusal(text: str, path: str) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        read_items(text, path)
    return str(caught.value), caught.value.remedy


def faults(text: str, path: str, book: Catalog) -> dict[str, tuple[str, str]]:
    with pytest.raises(InvalidStrategy) as caught:
        price_written(read_items(text, path), book)
    return {one.path_text: (one.code, one.remedy) for one in caught.value.diagnostics}


@pytest.mark.parametrize(
    "text",
    [
        "service,size,count\naws/ec2,t3.medium,2\n",
        "service,size,count\r\naws/ec2,t3.medium,2\r\n\r\n",
        'service , size, count\n"aws/ec2", "t3.medium", 2 \n',
        "service,size,count,,\naws/ec2,t3.medium,2,,\n,,,,\n",
        "size,count,service\nt3.medium,2,aws/ec2",
    ],
    ids=["plain", "CRLF", "spaces and quotes", "empty cells and rows", "other order"],
)
def test_a_table_is_read_however_a_spreadsheet_writes_it(text: str, book: Catalog) -> None:
    assert total(text, "a.csv", book) == Decimal("60.74")  # 2 × 730 × 0.0416


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("", "a.csv", "a.csv:1: no column `service`"),
        ("service;size\naws/ec2;t3.medium\n", "a.csv", "a.csv:1: no column `service`"),
        ("service,size,size\naws/ec2,a,b\n", "a.csv", "a.csv:1: column `size` stands twice"),
        ("service,size\naws/ec2,a,b\n", "a.csv", "a.csv:2: more cells than columns"),
        ('service,size\naws/ec2,"a\n', "a.csv", "a.csv:2: this is not CSV"),
        (f"service,size\naws/ec2,{'9' * 200_000}\n", "a.csv", "a.csv:2: this is not CSV"),
        ("", "a.json", "a.json:1:1: this is not JSON"),
        ('[{"size": "a", "size": "b"}]', "a.json", "`size` is written twice"),
        (f'[{{"count": {"9" * 5000}}}]', "a.json", "a.json: this is not JSON"),
        ("{}", "a.json", "a.json: expected a list of items"),
        ("", "a.yaml", "a.yaml: there is nothing in it"),
        ("# nothing\n", "a.yaml", "a.yaml: there is nothing in it"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_words(text: str, path: str, reason: str) -> None:
    said, remedy = refusal(text, path)
    assert reason in said
    assert remedy


def test_a_misspelt_meter_is_not_taken_for_unused(book: Catalog) -> None:
    text = "service,offering,usage.bandwith_gb\ntariff,vercel/pro,1200\n"
    found = faults(text, "a.csv", book)
    assert found == {"item 1/usage/bandwith_gb": ("unknown-meter", "Did you mean 'bandwidth_gb'?")}


def test_a_plan_that_is_not_there_names_the_nearest(book: Catalog) -> None:
    text = "- {service: tariff, offering: vercel/prro}\n- {service: tariff, offering: zzz}\n"
    assert faults(text, "a.yaml", book) == {
        "item 1/offering": ("unknown-offering", "Did you mean 'vercel/pro'?"),
        "item 2/offering": ("unknown-offering", "`outgrow catalog list` has them all."),
    }


def test_a_size_of_aws_is_sent_to_its_service(book: Catalog) -> None:
    text = "- {service: tariff, offering: aws/ec2/t3.medium}\n"
    remedy = "Write `service: aws/ec2` with `size: t3.medium`."
    assert faults(text, "a.yaml", book) == {"item 1/service": ("wrong-service", remedy)}


def test_a_meter_nothing_resembles_lists_those_there_are(book: Catalog) -> None:
    text = "- {service: tariff, offering: clerk/pro, usage: {zzz: 1}}\n"
    assert faults(text, "a.yaml", book) == {
        "item 1/usage/zzz": ("unknown-meter", "Its meters: mru.")
    }
