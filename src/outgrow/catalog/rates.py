"""One row of the price catalogue, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Grade(StrEnum):
    """How far a figure can be trusted; shown wherever the figure counts."""

    A = "A"  # the provider's own data, or cross-checked
    B = "B"  # one good source
    C = "C"  # one secondary source
    DERIVED = "derived"  # computed, read nowhere
    USER = "user"  # the strategy or the user's overlay says so
    UNGRADED = "ungraded"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure was read, when, and how far to trust it."""

    source: str
    as_of: str
    grade: Grade
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A price, a capacity or a limit of one SKU in one region.

    `price_usd` is None when nobody knows it; `limit_value` is kept as text because
    some sources disagree with themselves ("10 or 20").
    """

    provider: str
    product: str
    sku: str
    region: str
    unit: str
    price_usd: Decimal | None
    vcpu: Decimal | None
    memory_gib: Decimal | None
    storage_gib: Decimal | None
    limit_name: str
    limit_value: str
    provenance: Provenance

    @property
    def id(self) -> str:
        """Return `provider/product/sku@region`, unique together with `limit_name`."""
        return f"{self.provider}/{self.product}/{self.sku}@{self.region}"
