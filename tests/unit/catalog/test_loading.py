"""The catalogue reads what is asked for, and answers nothing that it was not told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from outgrow.catalog import packaged
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.parse_rows import COLUMNS, parse_rows
from outgrow.catalog.rates import Grade, Provenance, Rate
from outgrow.errors import InputError

HEADER = ",".join(COLUMNS)
OURS = Provenance("our contract", "2026-01-01", Grade.USER)


class Shelf:
    """The packaged files, with a count of how often each provider's were read."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()

    def rates(self, provider: str) -> tuple[Rate, ...]:
        self.read[provider] += 1
        return packaged.packaged_rates(provider)

    def catalog(self) -> Catalog:
        return Catalog(self.rates, packaged.packaged_offerings, packaged.packaged_providers)


def our_price(sku: str, price: str, *, region: str = "us-east-1") -> Rate:
    figure = Decimal(price)
    return Rate("aws", "ec2", sku, region, "hour", figure, None, None, None, "", "", OURS)


def found(catalog: Catalog, offering_id: str, region: str = "us-east-1") -> Offering:
    offering = catalog.offering(offering_id, region)
    assert offering is not None, offering_id
    return offering


def price(catalog: Catalog, sku: str, region: str = "us-east-1") -> Decimal | None:
    rate = catalog.rate("aws", "ec2", sku, region)
    return rate.price_usd if rate else None


def test_nothing_is_read_before_something_is_asked_for() -> None:
    shelf = Shelf()
    catalog = shelf.catalog()
    assert not shelf.read
    catalog.offering("vercel/pro")
    catalog.offering("vercel/hobby", "eu-west-1")
    catalog.rate("vercel", "plan", "pro:seat", "us-east-1")
    assert shelf.read == {"vercel": 1}


def test_an_offering_that_nobody_knows_reads_no_price_at_all() -> None:
    shelf = Shelf()
    assert shelf.catalog().offering("nobody/free") is None
    assert not shelf.read


@pytest.mark.parametrize(
    ("offering", "limit", "text"),
    [
        ("daytona/tier-1", "memory_gib_total", "10 or 20 (doc disagrees with itself)"),
        ("neon/scale", "compute_units", "16 autoscaling / 56 fixed"),
    ],
)
def test_a_limit_that_is_not_one_number_keeps_its_words_and_has_no_value(
    catalog: Catalog, offering: str, limit: str, text: str
) -> None:
    told = found(catalog, offering).limit(limit)
    assert told is not None
    assert (told.value, told.text) == (None, text)


def test_a_limit_that_is_a_number_has_no_words(catalog: Catalog) -> None:
    told = found(catalog, "daytona/tier-2").limit("memory_gib_total")
    assert told is not None
    assert (told.value, told.text) == (Decimal(200), "")


def test_an_overlay_wins_over_the_packaged_price_and_over_an_older_overlay() -> None:
    packaged_only = load_catalog()
    once = packaged_only.with_overlay(rates=[our_price("t3.medium", "0.03")])
    twice = once.with_overlay(rates=[our_price("t3.large", "0.07")])
    assert price(packaged_only, "t3.medium") == Decimal("0.0416")
    assert (price(twice, "t3.medium"), price(twice, "t3.large")) == (
        Decimal("0.03"),
        Decimal("0.07"),
    )
    assert price(twice, "t3.medium", "eu-west-1") == Decimal("0.0456")


def test_an_overlaid_offering_replaces_the_packaged_one_in_every_region(catalog: Catalog) -> None:
    ours = replace(found(catalog, "vercel/pro"), name="Vercel Pro, our contract")
    above = catalog.with_overlay(offerings=[ours])
    assert found(above, "vercel/pro", "eu-west-1").name == "Vercel Pro, our contract"
    assert found(catalog, "vercel/pro").name == "Vercel Pro"
    assert above.offering_ids() == catalog.offering_ids()


def test_overlaid_offerings_share_what_has_been_read() -> None:
    shelf = Shelf()
    below = shelf.catalog()
    pro = found(below, "vercel/pro")
    above = below.with_overlay(offerings=[replace(pro, id="ours/pro")])
    assert found(above, "vercel/pro") is pro
    assert found(above, "ours/pro").name == "Vercel Pro"
    assert below.offering("ours/pro") is None
    assert shelf.read == {"vercel": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not the header"),
        ("provider,price\n", "not the header"),
        (f"{HEADER}\naws,ec2\n", "2 columns instead of 14"),
        (f"{HEADER}\naws,ec2,a,us-east-1,hour,cheap,,,,,,,s,2026\n", "'cheap', which is not"),
        (f"{HEADER}\naws,ec2,a,us-east-1,hour,-1,,,,,,,s,2026\n", "price_usd is '-1'"),
        (f"{HEADER}\naws,ec2,a,us-east-1,hour,NaN,,,,,,,s,2026\n", "price_usd is 'NaN'"),
        (f'{HEADER}\naws,"ec2\n', "columns instead of 14"),
        (f"{HEADER}\n{'x' * 200_000}\n", "field larger than"),
    ],
)
def test_a_malformed_price_file_is_refused_with_its_name_and_line(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=r"ours\.csv:[12]") as refused:
        parse_rows(text, "ours.csv")
    assert reason in refused.value.reason
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("notes", "grade", "kept"),
    [
        ("conf=A", Grade.A, ""),
        ("annual billing; conf=C", Grade.C, "annual billing"),
        ("mean of 5; conf=A (a snapshot)", Grade.A, "mean of 5 (a snapshot)"),
        ("DERIVED from c6i.large by size", Grade.DERIVED, "DERIVED from c6i.large by size"),
        ("no grade at all", Grade.UNGRADED, "no grade at all"),
    ],
)  # fmt: skip
def test_the_grade_is_read_from_the_notes(notes: str, grade: Grade, kept: str) -> None:
    (row,) = parse_rows(f"{HEADER}\naws,ec2,a,us-east-1,hour,1,,,,,,{notes},s,2026\n", "f.csv")
    assert (row.provenance.grade, row.provenance.notes) == (grade, kept)
