"""How an offering charges: the arithmetic every SaaS plan and custom price shares."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from outgrow.catalog.rates import Provenance


class Per(StrEnum):
    """What one unit of a charge is counted by."""

    MONTH = "month"
    YEAR = "year"
    HOUR = "hour"  # multiplied by the hours the resource runs
    SEAT = "seat"  # a month, for each seat
    USE = "use"  # metered: multiplied by the quantity of `meter` in the month
    ONCE = "once"  # shown apart, never part of a monthly total


@dataclass(frozen=True, slots=True)
class Tier:
    """A band of a metered price; `up_to` is cumulative and counts from zero usage."""

    up_to: Decimal | None
    unit_price_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a price list. Tiers apply to the quantity above `included`.

    `billing_step` rounds the billed quantity up (Cloudflare bills whole units).
    """

    name: str
    per: Per
    tiers: tuple[Tier, ...]
    provenance: Provenance
    unit: str = ""
    meter: str = ""
    included: Decimal = Decimal(0)
    billing_step: Decimal | None = None
    billed_while_stopped: bool = False


@dataclass(frozen=True, slots=True)
class Tariff:
    """All charges of an offering, with what the plan forgives or caps.

    `usage_credit_usd_month` is usage the plan's own fee already pays for (Railway);
    `cap_usd_month` is the most it can cost (MongoDB Flex).
    """

    charges: tuple[Charge, ...] = ()
    usage_credit_usd_month: Decimal = Decimal(0)
    cap_usd_month: Decimal | None = None
