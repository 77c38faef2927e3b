"""What importing the kit and each of its parts brings in: counted, because times vary."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import outgrow_kit

SOURCE = Path(outgrow_kit.__file__).parents[1]
PARTS = sorted(
    one.name for one in pkgutil.iter_modules(outgrow_kit.__path__, f"{outgrow_kit.__name__}.")
)
CLOUD_SDKS = {
    "alibabacloud_core", "azure", "boto3", "botocore", "cloudflare", "digitalocean", "fly",
    "google", "hcloud", "kubernetes", "oci", "pydo", "pulumi", "s3transfer", "supabase",
}  # fmt: skip
# Each of these is large, and belongs to the code that uses it and not to the import.
LATE = {"sqlalchemy", "psycopg", "redis", "prometheus_client", "sentry_sdk", "alembic", "fastapi"}


def brought_in(name: str) -> set[str]:
    """Return the modules that an import adds to an interpreter that has just begun."""
    code = (
        f"import sys; before = set(sys.modules); import {name}; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r}); {code}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_the_package_brings_in_next_to_nothing() -> None:
    modules = brought_in("outgrow_kit")
    assert {one for one in modules if one.startswith("outgrow")} == {"outgrow_kit"}
    assert len(modules) <= 10, "`typing` alone is 20 modules"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_brings_in_no_cloud_sdk_and_no_library_before_it_is_used(part: str) -> None:
    tops = {one.partition(".")[0] for one in brought_in(part)}
    assert "outgrow_kit" in tops
    assert not tops & (CLOUD_SDKS | LATE | {"outgrow"})
