"""The lists that `outgrow price` reads, and what is said of those that it cannot."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.written import packaged

from outgrow.analysis.pricing.cost_line import Total
from outgrow.errors import InputError, InvalidStrategy
from outgrow.operations.price import PriceList, price_written
from outgrow.operations.price_list import read_items

YAML = """
- {service: aws/ec2, name: app, size: t3.small, count: 2}
- {service: aws/cloudwatch, log_ingest_gb: 7}
- {service: aws/cloudwatch, log_ingest_gb: unknown}
"""
JSON = """
{"items": [{"service": "aws/ec2", "name": "app", "size": "t3.small", "count": 2},
           {"service": "aws/cloudwatch", "log_ingest_gb": 7},
           {"service": "aws/cloudwatch", "log_ingest_gb": null}]}
"""
CSV = """service,name,size,count,log_ingest_gb
aws/ec2,app,t3.small,2,
aws/cloudwatch,,,,7
aws/cloudwatch,,,,unknown
"""


def priced(text: str, path: str) -> PriceList:
    return price_written(read_items(text, path), packaged())


@pytest.mark.parametrize(
    ("text", "path"),
    [(YAML, "a.yaml"), ("items:" + YAML, "a.yml"), (JSON, "a.json"), (CSV, "A.CSV")],
)
def test_one_list_costs_the_same_in_every_format(text: str, path: str) -> None:
    found = priced(text, path)
    assert found.total == Total(Decimal("33.87"), at_least=True)  # 2 x 730 h x $0.0208, 7 x $0.50
    assert found.allowances_usd_month == Decimal("2.50")
    assert [one.name for one in found.items] == ["app", "", ""]


def test_usage_of_a_plan_is_a_column_each_in_csv() -> None:
    text = "service,offering,usage.vcpu_hours,usage.gpu\ntariff,daytona/tier-1,100,\n"
    (item,) = read_items(text, "a.csv")
    assert item.fields["usage"] == {"vcpu_hours": "100"}


def test_every_fault_of_every_item_is_reported_with_its_place() -> None:
    text = "- {service: aws/ec2, sise: t3.small}\n- {service: aws/ec, count: 1}\n"
    with pytest.raises(InvalidStrategy) as wrong:
        priced(text, "a.yaml")
    found = wrong.value.diagnostics
    assert [one.path[0] for one in found] == ["item 1", "item 1", "item 2"]
    assert {one.location.line for one in found if one.location} == {1, 2}


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("", "a.yaml", "there is nothing in it"),
        ("# nothing yet\n", "a.yaml", "there is nothing in it"),
        ("a: 1", "a.yaml", "expected a list of items"),
        ("- 3", "a.yaml", "expected a list of items"),
        ("{}", "a.json", "expected a list of items"),
        ("[1]", "a.json", "expected a list of items"),
        ("[", "a.json", "a.json:1:2: this is not JSON"),
        ("[" * 100_000, "a.json", "this is not JSON"),
        ("", "a.csv", "no column `service`"),
        ("service,size\naws/ec2,t3.small,9\n", "a.csv", "a.csv:2: more cells"),
    ],
)
def test_what_is_no_list_of_items_is_refused(text: str, path: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        priced(text, path)


def test_broken_yaml_is_shown_where_it_breaks() -> None:
    with pytest.raises(InvalidStrategy) as wrong:
        priced("- {service: aws/ec2\n\tsize: x}", "a.yaml")
    assert wrong.value.diagnostics
