"""What the curated offerings say, held to the rows they were made from and to NOT_FOUND.md."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.catalog.load import Catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Grade
from outgrow.catalog.tariff import Per


def found(catalog: Catalog, offering_id: str) -> Offering:
    offering = catalog.offering(offering_id)
    assert offering is not None, offering_id
    return offering


def bill(catalog: Catalog, offering_id: str, **usage: str) -> PricedItem:
    fields: dict[str, object] = {"service": "tariff", "offering": offering_id, "usage": usage}
    return price_item(parse_item(fields), catalog)


def amounts(priced: PricedItem) -> dict[str, Decimal | None]:
    return {line.name: line.amount_usd_month for line in priced.lines}


UNKNOWN = [
    "vercel/enterprise",
    "railway/enterprise",
    "supabase/enterprise",
    "mongodb-atlas/m20",
    "digitalocean/managed-caching",
    "digitalocean/load-balancer",
    "logtail/free",
    "daytona/free",
    "daytona/pro",
    "grafana-cloud/pro",
]


@pytest.mark.parametrize("offering_id", UNKNOWN)
def test_a_price_that_was_not_found_stays_unknown(catalog: Catalog, offering_id: str) -> None:
    tariff = found(catalog, offering_id).tariff
    assert tariff is not None
    assert tariff.charges[0].tiers[0].unit_price_usd is None


@pytest.mark.parametrize(
    "missing", ["supabase/pitr", "cloudflare/pro", "mongodb-atlas/m40", "clerk/enterprise"]
)
def test_what_was_not_found_is_not_an_offering(catalog: Catalog, missing: str) -> None:
    assert catalog.offering(missing) is None


def test_vercel_enterprise_is_not_given_the_price_that_one_page_claims(catalog: Catalog) -> None:
    offering = found(catalog, "vercel/enterprise")
    assert amounts(bill(catalog, "vercel/enterprise")) == {"Contract": None}
    assert "claimed by one secondary source" in offering.notes


def test_vercel_pro_pays_usage_with_its_credit_before_money(catalog: Catalog) -> None:
    priced = amounts(
        bill(
            catalog,
            "vercel/pro",
            bandwidth_gb="1100",
            origin_transfer_gb="0",
            function_invocations_million="0",
            active_cpu_hours="0",
            memory_gb_hours="0",
        )
    )
    assert priced["Fast data transfer"] == Decimal("15.00")
    assert priced["Usage the fee already pays for"] == Decimal("-15.00")


def test_vercel_hobby_may_not_earn_money(catalog: Catalog) -> None:
    assert found(catalog, "vercel/hobby").capabilities.commercial_use is False


def test_r2_is_free_up_to_its_allowance_and_then_bills_whole_units(catalog: Catalog) -> None:
    within = bill(
        catalog,
        "cloudflare/r2",
        storage_gb="10",
        class_a_requests_million="1",
        class_b_requests_million="10",
        egress_gb="5000",
    )
    assert {line.amount_usd_month for line in within.lines} <= {Decimal("0.00")}
    above = bill(
        catalog,
        "cloudflare/r2",
        storage_gb="10.1",
        class_a_requests_million="1.1",
        class_b_requests_million="10.1",
        egress_gb="0",
    )
    assert amounts(above) == {
        "Storage": Decimal("0.02"),
        "Class A requests (writes, lists)": Decimal("4.50"),
        "Class B requests (reads)": Decimal("0.36"),
    }


def test_r2_infrequent_access_has_no_free_allowance_and_no_known_request_price(
    catalog: Catalog,
) -> None:
    tariff = found(catalog, "cloudflare/r2-infrequent-access").tariff
    assert tariff is not None
    assert {charge.included for charge in tariff.charges} == {Decimal(0)}
    (requests,) = [charge for charge in tariff.charges if charge.meter == "requests_million"]
    assert requests.tiers[0].unit_price_usd is None


@pytest.mark.parametrize(
    ("plan", "errors", "usd"),
    [
        ("sentry/team", "50000", "0"),
        ("sentry/team", "100000", "18.125"),  # 50,000 × 0.0003625
        ("sentry/team", "600000", "124.395"),  # + 400,000 × 0.0002188 + 100,000 × 0.0001875
        ("sentry/business", "60000", "11.125"),  # 10,000 × 0.0011125
    ],
)
def test_sentry_errors_are_billed_in_bands_counted_from_the_first(
    catalog: Catalog, plan: str, errors: str, usd: str
) -> None:
    lines = [line for line in bill(catalog, plan, errors=errors).lines if "Errors" in line.name]
    exact = sum(
        ((line.quantity or Decimal(0)) * (line.unit_price_usd or Decimal(0)) for line in lines),
        Decimal(0),
    )
    assert exact == Decimal(usd)


def test_sentry_spans_above_the_included_are_unknown(catalog: Catalog) -> None:
    priced = bill(catalog, "sentry/team", spans="6000000")
    assert amounts(priced)["Spans above the included"] is None
    assert "Spans above the included" not in amounts(bill(catalog, "sentry/team"))


def test_sentry_fees_rest_on_a_secondary_source(catalog: Catalog) -> None:
    for plan in ("sentry/developer", "sentry/team", "sentry/business"):
        assert found(catalog, plan).provenance.grade is Grade.C


def test_clerk_at_100_000_users_is_what_its_own_page_computes(catalog: Catalog) -> None:
    known = bill(catalog, "clerk/pro", mru="100000")
    assert sum(line.amount_usd_month or 0 for line in known.lines) == Decimal("1025.00")
    beyond = bill(catalog, "clerk/pro", mru="100001")
    assert None in amounts(beyond).values()


def test_neon_bills_every_hour_that_a_compute_unit_is_awake(catalog: Catalog) -> None:
    priced = amounts(
        bill(
            catalog,
            "neon/launch",
            compute_unit_hours="730",
            database_gb="10",
            egress_gb="150",
            restore_history_gb="0",
            extra_branches="0",
        )
    )
    assert priced == {
        "Compute": Decimal("77.38"),
        "Storage": Decimal("3.50"),
        "Egress": Decimal("5.00"),
    }
    assert found(catalog, "neon/free").capabilities.always_on is False


@pytest.mark.parametrize(
    ("plan", "memory_gb", "total"),
    [("railway/hobby", "0.3", "5"), ("railway/hobby", "0.7", "7"), ("railway/pro", "3", "30")],
)
def test_railway_s_fee_is_a_credit_as_its_own_page_computes(
    catalog: Catalog, plan: str, memory_gb: str, total: str
) -> None:
    priced = bill(
        catalog,
        plan,
        memory_gb_months=memory_gb,
        vcpu_months="0",
        egress_gb="0",
        volume_gb="0",
    )
    assert sum(line.amount_usd_month or 0 for line in priced.lines) == Decimal(total)


def test_railway_free_and_trial_stop_for_reasons_that_are_told_apart(catalog: Catalog) -> None:
    free, trial = found(catalog, "railway/free"), found(catalog, "railway/trial")
    assert (free.capabilities.always_on, trial.capabilities.always_on) == (False, False)
    assert free.capabilities.provenance is not None
    assert free.capabilities.provenance.grade is Grade.DERIVED
    assert found(catalog, "railway/hobby").capabilities.always_on is True
    expires = trial.limit("expires_after_days")
    assert expires is not None
    assert expires.value == Decimal(30)


@pytest.mark.parametrize(
    ("operations", "usd"), [("80", "8"), ("101", "15"), ("450", "30"), ("5000", "30")]
)
def test_mongodb_flex_bills_by_its_table_and_never_more_than_its_cap(
    catalog: Catalog, operations: str, usd: str
) -> None:
    priced = bill(catalog, "mongodb-atlas/flex", ops_per_second=operations)
    assert None not in amounts(priced).values()
    assert sum(line.amount_usd_month or 0 for line in priced.lines) == Decimal(usd)


def test_mongodb_m10_is_not_the_ten_dollars_that_documents_say(catalog: Catalog) -> None:
    assert amounts(bill(catalog, "mongodb-atlas/m10")) == {"Cluster": Decimal("58.40")}


@pytest.mark.parametrize(
    ("tier", "vcpu", "creations"),
    [("tier-1", 10, 300), ("tier-2", 100, 400), ("tier-3", 250, 500), ("tier-4", 500, 600)],
)
def test_daytona_tiers_open_pools_and_cost_the_same(
    catalog: Catalog, tier: str, vcpu: int, creations: int
) -> None:
    offering = found(catalog, f"daytona/{tier}")
    limits = {limit.name: limit.value for limit in offering.limits}
    assert limits["total_vcpu"] == Decimal(vcpu)
    assert limits["sandbox_creations_minute"] == Decimal(creations)
    assert offering.tariff is not None
    prices = {charge.name: charge.tiers[0].unit_price_usd for charge in offering.tariff.charges}
    assert prices["vCPU"] == Decimal("0.0504")
    assert prices["Memory"] == Decimal("0.0162")
    (credit,) = [charge for charge in offering.tariff.charges if charge.per is Per.ONCE]
    assert credit.tiers[0].unit_price_usd == Decimal(-200)


def test_the_180_seconds_said_of_daytona_stay_unknown(catalog: Catalog) -> None:
    daytona = [one for one in catalog.offering_ids() if one.startswith("daytona/")]
    assert len(daytona) == 7
    for offering_id in daytona:
        offering = found(catalog, offering_id)
        assert offering.capabilities.longest_request_seconds is None
        assert not [limit.name for limit in offering.limits if "second" in limit.name]
    told = [rate.limit_value for rate in catalog.rates("daytona")]
    assert "180" not in told


def test_daytona_has_no_free_and_no_pro_plan(catalog: Catalog) -> None:
    assert not found(catalog, "daytona/free").available
    assert not found(catalog, "daytona/pro").available
    assert found(catalog, "daytona/self-hosted").capabilities.maintained is False


def test_grafana_gives_away_what_is_written_and_bills_all_that_is_processed(
    catalog: Catalog,
) -> None:
    priced = amounts(bill(catalog, "grafana-cloud/pro", logs_gb="60"))
    assert priced["Logs written"] == Decimal("4.00")  # 10 GB × 0.40
    assert priced["Logs processed"] == Decimal("3.00")  # 60 GB × 0.05


def test_render_free_is_not_free_beyond_its_egress(catalog: Catalog) -> None:
    assert amounts(bill(catalog, "render/web-service/free")) == {"Instance": Decimal("0.00")}
    beyond = amounts(bill(catalog, "render/web-service/free", egress_gb="120"))
    assert beyond["Egress above the included"] is None


def test_a_powered_off_droplet_bills_in_full(catalog: Catalog) -> None:
    droplet = found(catalog, "digitalocean/droplet/s-2vcpu-4gb")
    assert droplet.capabilities.stops_billing_when_stopped is False
    assert droplet.tariff is not None
    assert droplet.tariff.charges[0].billed_while_stopped
