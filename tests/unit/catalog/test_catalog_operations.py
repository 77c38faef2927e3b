"""`outgrow catalog`: what is listed, shown and found, and in which words."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from outgrow.analysis.pricing.services import SERVICES
from outgrow.catalog.load import Catalog
from outgrow.catalog.overlay import overlay_text
from outgrow.catalog.rates import Grade, Provenance, Rate
from outgrow.errors import InputError
from outgrow.operations.catalog import list_offerings, search_offerings, show_offering
from outgrow.operations.overlay import (
    OVERLAY_VARIABLE,
    add_to_overlay,
    overlay_path,
    overlay_rows,
)

USER = Provenance("our contract", "2026-01-01", Grade.USER)


def prices(offering: str, region: str = "us-east-1") -> dict[str, tuple[Decimal | None, str]]:
    shown = show_offering(offering, region)
    return {price.name: (price.price_usd, price.unit) for price in shown.prices}


def listed(prefix: str, kind: str | None = None, region: str = "us-east-1") -> dict[str, str]:
    return {one.offering.id: one.price for one in list_offerings(prefix, kind, region)}


def test_a_service_billed_by_use_shows_each_of_its_rates() -> None:
    assert prices("aws/fargate") == {
        "linux-x86:vcpu": (Decimal("0.04048"), "vCPU-hour"),
        "linux-x86:memory": (Decimal("0.004445"), "GB-hour"),
        "linux-arm64:vcpu": (Decimal("0.03238"), "vCPU-hour"),
        "linux-arm64:memory": (Decimal("0.00356"), "GB-hour"),
        "ephemeral-storage-over-20gb": (Decimal("0.000111"), "GB-hour"),
    }


def test_a_load_balancer_shows_its_capacity_units_beside_its_hour() -> None:
    assert prices("aws/alb") == {
        "alb:hour": (Decimal("0.0225"), "hour"),
        "alb:lcu": (Decimal("0.008"), "LCU-hour"),
    }


def test_every_service_of_aws_shows_at_least_one_known_price(catalog: Catalog) -> None:
    unsized = [one for one in catalog.offering_ids() if one in SERVICES]
    assert len(unsized) == 20
    for offering in unsized:
        shown = show_offering(offering, "us-east-1").prices
        assert [price for price in shown if price.price_usd], offering
        assert all(price.provenance.source and price.unit for price in shown), offering


def test_a_service_shows_unknown_prices_where_nobody_read_them() -> None:
    known, unknown = prices("aws/fargate"), prices("aws/fargate", "eu-west-1")
    assert set(unknown) == set(known)
    assert {price for price, _ in unknown.values()} == {None}


def test_a_service_shows_only_its_own_part_of_a_shared_product() -> None:
    assert set(prices("aws/aurora-serverless-v2")) == {
        "aurora-serverless-v2",
        "aurora-serverless-v2:io-optimized",
    }
    assert prices("aws/public-ipv4") == {"eip-unused": (Decimal("0.005"), "hour")}


def test_prices_at_the_edge_are_shown_in_every_region() -> None:
    at_the_edge = prices("aws/cloudfront", "eu-west-1")
    assert at_the_edge["us:dto:first-10TB"] == (Decimal("0.085"), "GB")
    assert at_the_edge["europe:https"] == (Decimal("0.012"), "10k requests")


def test_a_route_between_two_regions_is_no_price_of_a_third() -> None:
    assert "us-east-1-to-us-east-2" in prices("aws/data-transfer")
    assert "us-east-1-to-us-east-2" not in prices("aws/data-transfer", "eu-west-1")


def test_a_free_allowance_says_how_much_it_is() -> None:
    shown = {price.name: price for price in show_offering("aws/lambda", "us-east-1").prices}
    assert shown["free:requests"].included == "1,000,000 requests per month"
    assert shown["requests"].included == ""


def test_a_machine_shows_the_price_of_its_hour() -> None:
    ((price, unit),) = prices("aws/ec2/t3.medium").values()
    assert (price, unit) == (Decimal("0.0416"), "hour")


def test_a_machine_in_a_region_without_a_price_shows_it_as_unknown() -> None:
    ((price, _),) = prices("aws/rds-postgresql/db.t4g.micro", "eu-west-1").values()
    assert price is None
    assert listed("aws/rds-postgresql/db.t4g.micro", region="eu-west-1") == {
        "aws/rds-postgresql/db.t4g.micro": "unknown"
    }


def test_a_plan_shows_its_charges_with_what_they_include() -> None:
    shown = {price.name: price for price in show_offering("vercel/pro", "us-east-1").prices}
    assert shown["Developer seats"].price_usd == Decimal(20)
    assert shown["Fast data transfer"].included == "1,000 included"
    assert "Errors, pay as you go up to 100,000" in prices("sentry/team")


def test_what_costs_nothing_itself_shows_no_price() -> None:
    assert prices("self-hosted/docker") == {}
    assert listed("self-hosted/docker") == {"self-hosted/docker": "no price of its own"}


def test_a_list_gives_prices_in_words_and_never_a_guess() -> None:
    assert listed("vercel/") == {
        "vercel/enterprise": "unknown",
        "vercel/hobby": "$0.00/month",
        "vercel/pro": "$20.00/seat-month",
    }
    assert listed("aws/fargate") == {"aws/fargate": "by use"}
    assert listed("aws/ec2/t3.medium") == {"aws/ec2/t3.medium": "$0.0416/hour"}


def test_a_list_is_narrowed_by_the_kind_it_serves() -> None:
    queues = listed("", "queue")
    assert "aws/sqs" in queues
    assert "vercel/pro" not in queues
    with pytest.raises(InputError, match="--kind databse") as refused:
        list_offerings("", "databse", "us-east-1")
    assert "postgres" in refused.value.remedy


def test_words_are_searched_for_together() -> None:
    ids = {one.offering.id for one in search_offerings(["redis", "free"], "us-east-1")}
    assert "upstash/redis/free" in ids
    assert "upstash/redis/payg" not in ids


def test_an_unknown_offering_is_answered_with_near_names() -> None:
    with pytest.raises(InputError, match="'supabase/por'") as refused:
        show_offering("supabase/por", "us-east-1")
    assert "supabase/pro" in refused.value.remedy
    with pytest.raises(InputError) as hopeless:
        show_offering("zzzzzz", "us-east-1")
    assert "outgrow catalog list" in hopeless.value.remedy


def test_a_price_of_one_s_own_is_shown_in_place_of_the_packaged_one() -> None:
    ours = Rate("aws", "fargate", "linux-x86:vcpu", "us-east-1", "vCPU-hour", Decimal("0.03"),
                None, None, None, "", "", USER)  # fmt: skip
    add_to_overlay([ours])
    shown = {price.name: price for price in show_offering("aws/fargate", "us-east-1").prices}
    assert shown["linux-x86:vcpu"].price_usd == Decimal("0.03")
    assert shown["linux-x86:vcpu"].provenance == USER
    assert shown["linux-x86:memory"].price_usd == Decimal("0.004445")


def test_the_overlay_lies_in_the_user_s_configuration_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(OVERLAY_VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert overlay_path() == tmp_path / "outgrow" / "catalog.csv"
    assert overlay_rows() == ()
    monkeypatch.setenv(OVERLAY_VARIABLE, str(tmp_path / "ours.csv"))
    assert overlay_path() == tmp_path / "ours.csv"


def test_an_overlay_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    ours = Rate("aws", "ec2", "t3.medium", "us-east-1", "hour", Decimal("0.03"),
                None, None, None, "", "", USER)  # fmt: skip
    text = overlay_text([ours]).replace("\n", "\r\n")
    (tmp_path / "none.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert overlay_rows() == (ours,)
