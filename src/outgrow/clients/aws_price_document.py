"""What to ask the AWS Price List for, and how one of its documents becomes a price row.

GetProducts answers with JSON documents of one product each: its attributes, and its terms
of sale with their prices. A document is named like the packaged row that it replaces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import MappingProxyType

from outgrow.catalog.rates import Grade, Provenance, Rate

SOURCE = "AWS Price List API"

Table = Mapping[str, object]


class Unread(Enum):
    """Why a document gave no row."""

    OTHER = "another way of billing the same size"
    FREE = "a price of zero"
    MALFORMED = "not as documented"


@dataclass(frozen=True, slots=True)
class PriceQuery:
    """One product to ask for; `meters` gives the ending of the sku for each usage type."""

    service_code: str
    filters: Mapping[str, str]
    product: str
    unit: str
    meters: Mapping[str, str]


_CACHE = {"productFamily": "Cache Instance", "locationType": "AWS Region"}

QUERIES: Mapping[str, PriceQuery] = MappingProxyType(
    {
        "ec2": PriceQuery(
            "AmazonEC2",
            {
                "productFamily": "Compute Instance",
                "locationType": "AWS Region",
                "operatingSystem": "Linux",
                "tenancy": "Shared",
                "preInstalledSw": "NA",
                "capacitystatus": "Used",
                "currentGeneration": "Yes",
            },
            "ec2",
            "hour",
            {"BoxUsage": ""},
        ),
        "rds_postgresql": PriceQuery(
            "AmazonRDS",
            {
                "productFamily": "Database Instance",
                "locationType": "AWS Region",
                "databaseEngine": "PostgreSQL",
            },
            "rds_postgresql",
            "hour",
            {"InstanceUsage": "", "Multi-AZUsage": ":multi-az"},
        ),
        "elasticache_redis": PriceQuery(
            "AmazonElastiCache",
            {**_CACHE, "cacheEngine": "Redis"},
            "elasticache_redis",
            "node-hour",
            {"NodeUsage": ""},
        ),
        "elasticache_valkey": PriceQuery(
            "AmazonElastiCache",
            {**_CACHE, "cacheEngine": "Valkey"},
            "elasticache_valkey",
            "node-hour",
            {"NodeUsage": ""},
        ),
    }
)

# The usage type is the only attribute that tells a node from a surcharge on it: extended
# support is `ExtendedSupportYr3-NodeUsage:...`, a Multi-AZ cluster `Multi-AZClusterUsage:...`.
# Before it comes the region's short name, except in us-east-1.
_USAGE_TYPE = re.compile(r"(?:[A-Z0-9]+-)?(?P<meter>[A-Za-z-]+):\S+")
_MEMORY = re.compile(r"(?P<gib>[0-9.,]+) GiB")


def read_document(text: object, query: PriceQuery, region: str) -> Rate | Unread:
    """Return the row that one document of an answer to `query` holds, or why it holds none."""
    try:
        document = _table(json.loads(_text(text)))
        attributes = _table(_table(document["product"])["attributes"])
        ending = _sku_ending(attributes, query)
        if ending is None:
            return Unread.OTHER
        return _rate(attributes, _table(document["terms"]), ending, query, region)
    except (KeyError, TypeError, ValueError, InvalidOperation, RecursionError):
        return Unread.MALFORMED


def _sku_ending(attributes: Table, query: PriceQuery) -> str | None:
    found = _USAGE_TYPE.fullmatch(_text(attributes["usagetype"]))
    return query.meters.get(found["meter"]) if found else None


def _rate(
    attributes: Table, terms: Table, ending: str, query: PriceQuery, region: str
) -> Rate | Unread:
    if attributes["regionCode"] != region:
        raise ValueError("a price of another region")
    price_usd, as_of = _on_demand(terms)
    if not price_usd:
        return Unread.FREE
    return Rate(
        provider="aws",
        product=query.product,
        sku=_text(attributes["instanceType"]) + ending,
        region=region,
        unit=query.unit,
        price_usd=price_usd,
        vcpu=_figure(_text(attributes["vcpu"])),
        memory_gib=_memory_gib(_text(attributes["memory"])),
        storage_gib=None,
        limit_name="",
        limit_value="",
        provenance=Provenance(SOURCE, as_of.isoformat(), Grade.A, "on-demand list price"),
    )


def _on_demand(terms: Table) -> tuple[Decimal, date]:
    """Return the price of an hour, and since when it holds."""
    term = _only(_table(terms["OnDemand"]))
    band = _only(_table(term["priceDimensions"]))
    if band["unit"] != "Hrs":
        raise ValueError("not a price of an hour")
    price_usd = _figure(_text(_table(band["pricePerUnit"])["USD"]))
    return price_usd, date.fromisoformat(_text(term["effectiveDate"])[:10])


def _only(table: Table) -> Table:
    (value,) = table.values()
    return _table(value)


def _memory_gib(text: str) -> Decimal:
    found = _MEMORY.fullmatch(text)
    if found is None:
        raise ValueError("memory in another unit")
    return _figure(found["gib"].replace(",", ""))


def _figure(text: str) -> Decimal:
    """Return the number without the zeros that the price list pads it with."""
    figure = Decimal(text)
    if not figure.is_finite() or figure < 0:
        raise ValueError("not a number of zero or more")
    return Decimal(f"{figure.normalize():f}")


def _table(value: object) -> Table:
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
