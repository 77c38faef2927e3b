"""A user's own prices and offerings, turned into what the catalogue speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal

from outgrow.catalog.load import DEFAULT_REGION, Catalog
from outgrow.catalog.offering import Capabilities, Limit, Offering
from outgrow.catalog.rates import Grade, Provenance
from outgrow.catalog.tariff import Charge, Per, Tariff, Tier
from outgrow.strategy.fields import Range
from outgrow.strategy.offerings import CustomLimit, CustomOffering, Metered, Price
from outgrow.strategy.strategy import Finance, Strategy
from outgrow.topology.model import Level

REVENUE = "revenue_usd_month"

_UNKNOWN_TIER = (Tier(None, None),)


def usd_rate(currency: str, finance: Finance) -> Decimal | None:
    """Return what one unit of `currency` costs in USD, by the user's rates."""
    return Decimal(1) if currency == "USD" else finance.currencies.get(currency)


def tariff_of(price: Price, finance: Finance, level: Level, where: str) -> Tariff:
    """Return the tariff that `price` describes, in USD; a range is read at `level`.

    A share of revenue is metered by `revenue_usd_month`. Labour is not part of the bill.
    """
    rate = usd_rate(price.currency, finance)
    provenance = Provenance(where, "", Grade.USER)
    charges: list[Charge] = []

    def add(name: str, per: Per, amount: Decimal | None) -> None:
        unit_price = None if amount is None or rate is None else amount * rate
        charges.append(Charge(name, per, (Tier(None, unit_price),), provenance, unit=per.value))

    if price.unknown:
        add("price", Per.MONTH, None)
    if price.per_month is not None:
        add("fixed", Per.MONTH, _read_range(price.per_month, level))
        if price.per_month.high is None and level is not Level.LOW:
            add("fixed, above the beginning of the range", Per.MONTH, None)
    if price.per_hour is not None:
        add("hours", Per.HOUR, price.per_hour)
    if price.annual is not None:
        add("annual price, a twelfth", Per.YEAR, price.annual)
    if price.per_seat is not None:
        add("seats", Per.SEAT, price.per_seat)
    if price.once is not None:
        add("once", Per.ONCE, price.once)
    if price.share_of_revenue is not None:
        charges.append(_of_revenue(price.share_of_revenue, provenance))
    charges += [_metered(meter, use, rate, provenance) for meter, use in price.per_use.items()]
    return Tariff(tuple(charges))


def _read_range(span: Range, level: Level) -> Decimal:
    if level is Level.LOW or span.high is None:  # "from 25": only the beginning is known
        return span.low
    return span.high if level is Level.HIGH else (span.low + span.high) / 2


def _of_revenue(share: Decimal, provenance: Provenance) -> Charge:
    """Return the charge for a share of a revenue that is in USD whatever the price is in."""
    tiers = (Tier(None, share),)
    return Charge("share of revenue", Per.USE, tiers, provenance, unit="USD", meter=REVENUE)


def _metered(meter: str, use: Metered, rate: Decimal | None, provenance: Provenance) -> Charge:
    if use.tiers and rate is not None:
        tiers = tuple(Tier(t.up_to, t.unit_price * rate) for t in use.tiers)
    elif use.unit_price is not None and rate is not None:
        tiers = (Tier(None, use.unit_price * rate),)
    else:
        tiers = _UNKNOWN_TIER
    return Charge(
        meter, Per.USE, tiers, provenance, unit=use.unit, meter=meter, included=use.included
    )


def catalogue_for(strategy: Strategy, catalog: Catalog) -> Catalog:
    """Return `catalog` with the strategy's own offerings laid over it."""
    if not strategy.offerings:
        return catalog
    own = [
        custom_offering(offering_id, custom, strategy.finance, catalog)
        for offering_id, custom in strategy.offerings.items()
    ]
    return catalog.with_overlay(offerings=own)


def custom_offering(
    offering_id: str, custom: CustomOffering, finance: Finance, catalog: Catalog
) -> Offering:
    """Return the offering a strategy adds or corrects; what it leaves out comes from `like`."""
    where = custom.source or f"the strategy's own offering {offering_id}"
    as_of = custom.as_of.isoformat() if custom.as_of else ""
    provenance = Provenance(where, as_of, Grade.USER)
    base = catalog.offering(custom.like or offering_id, DEFAULT_REGION)
    if base is None:
        base = Offering(offering_id, custom.name, "tariff", "", frozenset(), provenance)
    offering = replace(
        base,
        id=offering_id,
        name=custom.name or base.name or offering_id,
        provenance=provenance,
        available=True,
        limits=merge_limits(base.limits, custom.limits, provenance),
        capabilities=_capabilities(base.capabilities, custom, provenance),
    )
    if custom.serves:
        offering = replace(offering, serves=frozenset(kind.value for kind in custom.serves))
    for name in ("vcpu", "memory_gib", "storage_gib"):
        if getattr(custom, name) is not None:
            offering = replace(offering, **{name: getattr(custom, name)})
    if custom.price is not None:
        tariff = tariff_of(custom.price, finance, Level.EXPECTED, where)
        offering = replace(offering, service="tariff", sku="", tariff=tariff)
    return offering


def merge_limits(
    limits: tuple[Limit, ...], own: Mapping[str, CustomLimit], provenance: Provenance
) -> tuple[Limit, ...]:
    """Return `limits` with the user's own in place of those of the same name."""
    kept = tuple(limit for limit in limits if limit.name not in own)
    return kept + tuple(
        Limit(name, value.value, provenance, hard=value.hard, text=value.note)
        for name, value in own.items()
    )


def _capabilities(
    base: Capabilities, custom: CustomOffering, provenance: Provenance
) -> Capabilities:
    said = custom.capabilities.model_dump(exclude_unset=True)
    known = {f.name for f in fields(Capabilities)}
    changes = {name: value for name, value in said.items() if name in known}
    return replace(base, **changes, provenance=provenance) if changes else base
