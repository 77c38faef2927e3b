"""Refreshing prices: from a stubbed price list to the overlay on disk, and back as prices."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tests.unit.catalog.price_documents import cache, ec2, page, rds

from outgrow.catalog.load import Catalog, load_catalog
from outgrow.errors import EXIT_OUTSIDE_FAILED, InputError, OutsideError
from outgrow.operations.catalog import refresh, show_offering
from outgrow.operations.overlay import OVERLAY_VARIABLE, user_overlay

BY_HAND = (
    "provider,product,sku,region,unit,price_usd,vcpu,memory_gib,storage_gib,"
    "limit_name,limit_value,notes,source,as_of\n"
    "aws,ec2,our.own,us-east-1,hour,0.5,2,4,,,,conf=user,our contract,2026-01-01\n"
)


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


@pytest.fixture
def stubbed(client: Any) -> Iterator[Stubber]:
    """A client that answers once with four prices, none of them the packaged ones."""
    with Stubber(client) as stubber:
        stubber.add_response("get_products", page(ec2(price="0.0970000000")))
        stubber.add_response(
            "get_products",
            page(
                rds("0.4600000000", "InstanceUsage", "Single-AZ"),
                rds("0.9100000000", "Multi-AZUsage", "Multi-AZ"),
            ),
        )
        stubber.add_response("get_products", page(cache("0.2070000000", "Redis")))
        stubber.add_response("get_products", page(cache("0.1650000000", "Valkey")))
        yield stubber


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the overlay goes: a folder that does not exist yet."""
    path = tmp_path / "config" / "catalog.csv"
    monkeypatch.setenv(OVERLAY_VARIABLE, str(path))
    return path


def price(catalog: Catalog, product: str, sku: str) -> Decimal | None:
    found = catalog.rate("aws", product, sku, "us-east-1")
    return found.price_usd if found else None


def test_refreshed_prices_replace_the_packaged_ones(stubbed: Stubber, overlay: Path) -> None:
    refreshed = refresh("aws", ["us-east-1", "us-east-1"], stubbed.client)
    assert (refreshed.path, len(refreshed.rates), refreshed.skipped) == (overlay, 5, 0)
    assert refreshed.regions == ("us-east-1",)
    packaged, current = load_catalog(), user_overlay(load_catalog())
    assert price(packaged, "ec2", "m5.large") == Decimal("0.096")
    assert price(current, "ec2", "m5.large") == Decimal("0.097")
    assert price(current, "rds_postgresql", "db.r6g.xlarge:multi-az") == Decimal("0.91")
    assert price(current, "elasticache_redis", "cache.r6g.large") == Decimal("0.207")
    assert price(current, "elasticache_valkey", "cache.r6g.large") == Decimal("0.165")


def test_a_refreshed_price_is_shown_with_its_source_and_date(
    stubbed: Stubber, overlay: Path
) -> None:
    refresh("aws", ["us-east-1"], stubbed.client)
    (shown,) = show_offering("aws/ec2/m5.large", "us-east-1").prices
    assert shown.price_usd == Decimal("0.097")
    assert (shown.provenance.source, shown.provenance.as_of) == ("AWS Price List API", "2026-10-01")


def test_what_a_packaged_row_says_beside_its_price_outlives_a_refresh(
    stubbed: Stubber, overlay: Path
) -> None:
    refresh("aws", ["us-east-1"], stubbed.client)
    current = user_overlay(load_catalog())
    machine = current.offering("aws/ec2/m5.large")
    node = current.offering("aws/elasticache-redis/cache.r6g.large")
    assert machine is not None
    assert node is not None
    assert machine.limit("network_mbps") is not None
    assert node.limit("connections") is not None
    assert (machine.vcpu, machine.memory_gib) == (Decimal(2), Decimal(8))


def test_a_refresh_keeps_the_rows_written_by_hand(stubbed: Stubber, overlay: Path) -> None:
    overlay.parent.mkdir()
    overlay.write_text(BY_HAND, encoding="utf-8")
    refresh("aws", ["us-east-1"], stubbed.client)
    assert overlay.read_text(encoding="utf-8").startswith(BY_HAND)
    assert price(user_overlay(load_catalog()), "ec2", "our.own") == Decimal("0.5")


def test_refreshing_twice_writes_the_same_file(
    client: Any, stubbed: Stubber, overlay: Path
) -> None:
    refresh("aws", ["us-east-1"], stubbed.client)
    once = overlay.read_bytes()
    stubbed.add_response("get_products", page(ec2(price="0.0970000000")))
    for _ in range(3):
        stubbed.add_response("get_products", page())
    refresh("aws", ["us-east-1"], client)
    assert overlay.read_bytes() == once


def test_a_failure_half_way_leaves_the_overlay_as_it_was(client: Any, overlay: Path) -> None:
    overlay.parent.mkdir()
    overlay.write_text(BY_HAND, encoding="utf-8")
    with Stubber(client) as stubber:
        stubber.add_response("get_products", page(ec2()))
        stubber.add_client_error("get_products", "ThrottlingException")
        with pytest.raises(OutsideError):
            refresh("aws", ["us-east-1"], client)
    assert overlay.read_text(encoding="utf-8") == BY_HAND


@contextmanager
def disk_full_after(size_bytes: int) -> Iterator[None]:
    """Let this process write no file beyond `size_bytes`; it holds for root as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_leaves_the_overlay_whole(stubbed: Stubber, overlay: Path) -> None:
    overlay.parent.mkdir()
    overlay.write_text(BY_HAND, encoding="utf-8")
    with disk_full_after(200), pytest.raises(OutsideError, match="cannot be written"):
        refresh("aws", ["us-east-1"], stubbed.client)
    assert overlay.read_text(encoding="utf-8") == BY_HAND
    assert list(overlay.parent.iterdir()) == [overlay]


def test_a_folder_that_cannot_be_made_is_a_failure_outside(
    stubbed: Stubber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    monkeypatch.setenv(OVERLAY_VARIABLE, str(tmp_path / "file" / "catalog.csv"))
    with pytest.raises(OutsideError, match="cannot be written"):
        refresh("aws", ["us-east-1"], stubbed.client)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_an_overlay_that_cannot_be_read_is_named_and_left_alone(
    stubbed: Stubber, overlay: Path
) -> None:
    overlay.parent.mkdir()
    overlay.write_text("name,price\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"catalog\.csv:1"):
        refresh("aws", ["us-east-1"], stubbed.client)
    assert overlay.read_text(encoding="utf-8") == "name,price\n"


def test_only_aws_publishes_a_price_list(overlay: Path) -> None:
    with pytest.raises(InputError, match="vercel: no price list"):
        refresh("vercel", ["us-east-1"])
    assert not overlay.exists()


def test_the_command_without_credentials_says_what_to_do(overlay: Path, tmp_path: Path) -> None:
    """It ends before anything is sent: boto3 looks for credentials first."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("AWS_")
    } | {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    ended = subprocess.run(
        [sys.executable, "-m", "outgrow", "catalog", "refresh", "aws"],
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert ended.returncode == EXIT_OUTSIDE_FAILED
    assert "no AWS credentials that can be used" in ended.stderr
    assert "aws sso login" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not overlay.exists()
