"""What holds for every item of every service, whatever its quantities."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Le
from hypothesis import given
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from outgrow.analysis.pricing.cost_line import LineKind, PricedItem, Total
from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_item, price_items
from outgrow.catalog.load import Catalog

SIZES = {
    "aws/ec2": ["t3.medium", "t3.large", "m5.large", "t2.medium", "x9.nosuch", "c5.metal", "t3"],
    "aws/rds-postgresql": ["db.t3.large", "db.r6g.xlarge", "t4g.small", "db.nosuch"],
    "aws/elasticache": ["cache.t3.micro", "r6g.large", "cache.nosuch"],
    "aws/documentdb": ["db.t3.medium", "db.r5.4xlarge", "db.nosuch"],
}
OFFERINGS = [
    "vercel/pro",
    "vercel/enterprise",
    "railway/pro",
    "mongodb-atlas/flex",
    "mongodb-atlas/m10",
    "cloudflare/r2",
    "clerk/pro",
    "sentry/team",
    "daytona/tier-1",
    "digitalocean/droplet/s-2vcpu-2gb",
    "aws/ec2/t3.medium",
    "nobody/nothing",
]
METERS = ["bandwidth_gb", "vcpu_months", "ops_per_second", "storage_gb", "errors", "egress_gib"]
REGIONS = ["us-east-1", "eu-west-1", "us-west-2", "ap-south-1", "mars-north-1"]

quantities = st.one_of(
    st.integers(0, 10**12).map(Decimal),
    st.decimals(0, 10**4, places=3, allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal(0), Decimal("1E-30"), Decimal(10) ** 12, Decimal("1E+12")]),
)


def bounds(metadata: Sequence[object]) -> tuple[Decimal, Decimal]:
    """Return the least and the most that a field with `metadata` accepts."""
    told = [
        more for one in metadata for more in (one.metadata if isinstance(one, FieldInfo) else [one])
    ]
    least = [Decimal(str(one.ge)) for one in told if isinstance(one, Ge)]
    most = [Decimal(str(one.le)) for one in told if isinstance(one, Le)]
    return max(least, default=Decimal(0)), min(most, default=Decimal(10) ** 12)


def value_of(service: str, name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    """Return the values that `field` of `service` accepts."""
    if name == "size":
        return st.sampled_from(SIZES[service])
    if name == "offering":
        return st.sampled_from(OFFERINGS)
    if name == "region":
        return st.sampled_from(REGIONS)
    if name == "usage":
        return st.dictionaries(st.sampled_from(METERS), st.none() | quantities)
    annotation = field.annotation
    options = [one for one in get_args(annotation) if one is not NoneType]
    if get_origin(annotation) is Literal:
        return st.sampled_from(options)
    if annotation is bool:
        return st.booleans()
    if annotation is str:
        return st.text(max_size=5)
    unknown = NoneType in get_args(annotation)
    nested = getattr(options[0], "__metadata__", ()) if unknown else ()
    least, most = bounds([*field.metadata, *nested])
    if annotation is int:
        return st.integers(int(least), int(most))
    amounts = quantities.map(lambda amount: max(least, min(most, amount)))
    return (st.none() | amounts) if unknown else amounts


def fields_of(service: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return the fields of any valid item of `service`, the optional ones present or not."""
    model = SERVICES[service].item
    fields = {
        name: value_of(service, name, field)
        for name, field in model.model_fields.items()
        if name not in ("service", "name")
    }
    required = {
        name: fields.pop(name) for name in list(fields) if model.model_fields[name].is_required()
    }
    return st.fixed_dictionaries(required, optional=fields).map(
        lambda one: {"service": service, **one}
    )


any_fields = st.sampled_from(sorted(SERVICES)).flatmap(fields_of)


def item_of(fields: dict[str, Any]) -> PriceItem:
    model: type[PriceItem] = SERVICES[fields["service"]].item
    return model.model_validate(fields)


def price(fields: dict[str, Any], book: Catalog) -> PricedItem:
    return price_item(item_of(fields), book)


@given(fields=any_fields)
def test_any_valid_item_has_a_price(fields: dict[str, Any], book: Catalog) -> None:
    priced = price(fields, book)
    for line in priced.lines:
        known = line.quantity is not None and line.unit_price_usd is not None
        assert known == (line.amount_usd_month is not None) or "cap" in line.formula
        if line.amount_usd_month is not None:
            assert line.amount_usd_month.as_tuple().exponent == -2 or line.amount_usd_month == 0


@given(fields=any_fields)
def test_the_total_is_the_sum_of_its_lines(fields: dict[str, Any], book: Catalog) -> None:
    priced = price(fields, book)
    charges = [one.amount_usd_month for one in priced.lines if one.kind is LineKind.CHARGE]
    known = [amount for amount in charges if amount is not None]
    assert priced.total == Total(sum(known, Decimal(0)), at_least=len(known) < len(charges))


@given(fields=any_fields)
def test_an_item_never_costs_less_than_nothing(fields: dict[str, Any], book: Catalog) -> None:
    assert price(fields, book).total.amount_usd_month >= 0


@given(fields=any_fields, data=st.data())
def test_more_of_it_never_costs_less(
    fields: dict[str, Any], data: st.DataObject, book: Catalog
) -> None:
    fewer, more = sorted(data.draw(st.tuples(*[st.integers(0, 10**5)] * 2)))
    one, other = (
        price({**fields, "count": Decimal(count)}, book).total.amount_usd_month
        for count in (fewer, more)
    )
    assert one <= other


HOURLY = sorted(name for name in SERVICES if "hours_month" in SERVICES[name].item.model_fields)


@given(fields=st.sampled_from(HOURLY).flatmap(fields_of), data=st.data())
def test_longer_hours_never_cost_less(
    fields: dict[str, Any], data: st.DataObject, book: Catalog
) -> None:
    if fields.get("gb_month"):
        # The same traffic in fewer hours needs more capacity in each of them.
        fields["gb_month"] = Decimal(0)
    shorter, longer = sorted(data.draw(st.tuples(*[st.integers(0, 744)] * 2)))
    one, other = (
        price({**fields, "hours_month": Decimal(hours)}, book).total.amount_usd_month
        for hours in (shorter, longer)
    )
    assert one <= other


@given(fields=any_fields, data=st.data())
def test_a_quantity_nobody_knows_never_lowers_the_total(
    fields: dict[str, Any], data: st.DataObject, book: Catalog
) -> None:
    """The known part of a bill stays as it is when one more quantity is unknown.

    But for DocumentDB's storage, which makes backups free: how many is then unknown too.
    """
    model = SERVICES[fields["service"]].item
    usages = [
        name for name, field in model.model_fields.items() if NoneType in get_args(field.annotation)
    ]
    if fields["service"] == "aws/documentdb":
        usages.remove("storage_gb")
    if not usages:
        return
    name = data.draw(st.sampled_from(usages))
    without = price({**fields, name: Decimal(0)}, book).total
    unknown = price({**fields, name: None}, book).total
    assert unknown.amount_usd_month == without.amount_usd_month
    assert unknown.at_least or not without.at_least


@given(many=st.lists(any_fields, max_size=6))
def test_items_priced_together_cost_the_sum_of_each(
    many: list[dict[str, Any]], book: Catalog
) -> None:
    items = [item_of(fields) for fields in many]
    together = price_items(items, book)
    assert [one.total for one in together] == [price_item(one, book).total for one in items]


@given(many=st.lists(any_fields, max_size=6))
def test_an_allowance_is_never_given_twice(many: list[dict[str, Any]], book: Catalog) -> None:
    items = [item_of(fields) for fields in many]
    given_out: dict[str, Decimal] = {}
    most: dict[str, Decimal] = {}
    for alone, together in zip(
        (price_item(one, book) for one in items), price_items(items, book), strict=True
    ):
        for line in together.lines:
            if line.kind is LineKind.ALLOWANCE and line.quantity is not None:
                given_out[line.name] = given_out.get(line.name, Decimal(0)) + line.quantity
        for line in alone.lines:
            if line.kind is LineKind.ALLOWANCE and line.quantity is not None:
                most[line.name] = max(most.get(line.name, Decimal(0)), line.quantity)
    sums = {name: quantity for name, quantity in given_out.items()}
    assert set(sums) == set(most)
    assert all(quantity >= most[name] for name, quantity in sums.items())


@pytest.mark.parametrize("service", sorted(SERVICES))
@given(data=st.data())
def test_an_item_written_as_text_is_the_same_item(service: str, data: st.DataObject) -> None:
    """CSV has only text: what `model_dump` gives is read back from strings."""
    item = item_of(data.draw(fields_of(service)))
    written = {
        name: "unknown" if value is None else value if isinstance(value, dict) else str(value)
        for name, value in item.model_dump().items()
    }
    assert parse_item(written) == item
