"""Figures of single offerings against the words of their sources."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Limit, Offering
from outgrow.catalog.rates import Grade
from outgrow.catalog.tariff import Charge, Per


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def known(catalog: Catalog, offering_id: str) -> Offering:
    offering = catalog.offering(offering_id)
    assert offering is not None
    return offering


def limit(catalog: Catalog, offering_id: str, name: str) -> Limit:
    found = known(catalog, offering_id).limit(name)
    assert found is not None
    return found


def charge(catalog: Catalog, offering_id: str, name: str) -> Charge:
    tariff = known(catalog, offering_id).tariff
    assert tariff is not None
    return next(one for one in tariff.charges if name in (one.name, one.meter))


def test_megabytes_become_gigabytes_exactly(catalog: Catalog) -> None:
    assert limit(catalog, "supabase/free", "database_gb").value == Decimal("0.5")
    assert limit(catalog, "upstash/redis/free", "storage_gb").value == Decimal("0.256")


def test_a_limit_its_source_contradicts_has_no_value_and_keeps_the_words(catalog: Catalog) -> None:
    memory = limit(catalog, "daytona/tier-1", "memory_gib_total")
    assert (memory.value, memory.text) == (None, "10 or 20 (doc disagrees with itself)")
    assert limit(catalog, "neon/scale", "compute_units").text == "16 autoscaling / 56 fixed"


def test_a_limit_with_a_price_beyond_it_is_soft(catalog: Catalog) -> None:
    assert limit(catalog, "vercel/hobby", "bandwidth_gb_month").hard
    assert not limit(catalog, "vercel/pro", "bandwidth_gb_month").hard
    assert limit(catalog, "sentry/developer", "errors_month").hard
    assert not limit(catalog, "sentry/team", "errors_month").hard


def test_flex_bands_add_up_to_the_prices_of_the_table(catalog: Catalog) -> None:
    base = charge(catalog, "mongodb-atlas/flex", "Base, up to 100 operations/s")
    more = charge(catalog, "mongodb-atlas/flex", "ops_per_second")
    total = base.tiers[0].unit_price_usd
    assert total == 8
    for tier, expected in zip(more.tiers, (15, 21, 26, 30), strict=False):
        assert tier.unit_price_usd is not None
        total += 100 * tier.unit_price_usd
        assert total == expected
    tariff = known(catalog, "mongodb-atlas/flex").tariff
    assert tariff is not None
    assert tariff.cap_usd_month == 30


def test_a_plan_whose_fee_pays_for_usage_says_how_much(catalog: Catalog) -> None:
    credits = {
        name: known(catalog, name).tariff for name in ("railway/hobby", "railway/pro", "vercel/pro")
    }
    told = {name: tariff.usage_credit_usd_month for name, tariff in credits.items() if tariff}
    assert told == {"railway/hobby": 5, "railway/pro": 20, "vercel/pro": 20}


def test_r2_bills_whole_units(catalog: Catalog) -> None:
    assert charge(catalog, "cloudflare/r2", "storage_gb").billing_step == 1
    assert charge(catalog, "cloudflare/r2", "storage_gb").included == 10
    assert charge(catalog, "cloudflare/r2", "egress_gb").tiers[0].unit_price_usd == 0


def test_the_sign_up_credit_is_given_once_and_is_no_monthly_discount(catalog: Catalog) -> None:
    credit = charge(catalog, "daytona/tier-1", "Sign-up credit")
    assert (credit.per, credit.tiers[0].unit_price_usd) == (Per.ONCE, -200)


def test_a_price_beyond_what_was_read_is_unknown(catalog: Catalog) -> None:
    beyond = charge(catalog, "clerk/pro", "mru").tiers[-1]
    assert (beyond.up_to, beyond.unit_price_usd) == (None, None)
    assert charge(catalog, "vercel/enterprise", "Contract").tiers[0].unit_price_usd is None


def test_a_powered_off_droplet_bills_and_a_stopped_machine_does_not(catalog: Catalog) -> None:
    droplet = known(catalog, "digitalocean/droplet/s-2vcpu-4gb").capabilities
    machine = known(catalog, "aws/ec2/t3.medium").capabilities
    assert droplet.stops_billing_when_stopped is False
    assert machine.stops_billing_when_stopped is True


def test_what_no_source_says_is_neither_yes_nor_no(catalog: Catalog) -> None:
    capabilities = known(catalog, "daytona/tier-1").capabilities
    assert capabilities.longest_request_seconds is None
    assert capabilities.websockets is None
    assert capabilities.provenance is None


def test_the_longest_request_follows_the_plan(catalog: Catalog) -> None:
    told = {
        name: known(catalog, name).capabilities.longest_request_seconds
        for name in ("vercel/hobby", "vercel/pro", "railway/pro", "aws/lambda")
    }
    assert told == {"vercel/hobby": 300, "vercel/pro": 800, "railway/pro": 900, "aws/lambda": 900}


def test_capabilities_are_graded_as_the_worst_of_their_rows(catalog: Catalog) -> None:
    hobby = known(catalog, "vercel/hobby").capabilities
    assert hobby.commercial_use is False
    # The plan's row is of grade B, those of functions and websockets of grade A.
    assert hobby.provenance is not None
    assert hobby.provenance.grade is Grade.B
    assert "vercel.com/docs/functions/websockets" in hobby.provenance.source
