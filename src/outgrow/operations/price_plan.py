"""What is wrong with a plan in a price list, once the catalogue is asked."""

from __future__ import annotations

from difflib import get_close_matches

from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.tariff_item import TariffItem
from outgrow.catalog.load import Catalog
from outgrow.catalog.offering import Offering
from outgrow.diagnostics import Diagnostic, Severity


def plan_faults(item: PriceItem, catalog: Catalog) -> list[Diagnostic]:
    """Return why the plan of `item` cannot be priced: no such plan, or no such meter in it.

    A meter that is written wrong would otherwise count as one that is not used.
    """
    if not isinstance(item, TariffItem):
        return []
    offering = catalog.offering(item.offering, item.region)
    if offering is None:
        near = catalog.suggest(item.offering)
        remedy = f"Did you mean {near[0]!r}?" if near else "`outgrow catalog list` has them all."
        reason = f"no offering {item.offering!r} in the catalogue"
        return [_fault("unknown-offering", reason, remedy, "offering")]
    if offering.service.startswith("aws/"):
        reason = f"{item.offering!r} has no price list of its own"
        return [_fault("wrong-service", reason, _own_service(offering), "service")]
    meters = _meters(offering)
    return [_unknown_meter(meter, meters, item) for meter in item.usage if meter not in meters]


def _own_service(offering: Offering) -> str:
    size = offering.id.removeprefix(f"{offering.service}/")
    sized = f" with `size: {size}`" if size != offering.id else ""
    return f"Write `service: {offering.service}`{sized}."


def _meters(offering: Offering) -> tuple[str, ...]:
    charges = offering.tariff.charges if offering.tariff is not None else ()
    return tuple(charge.meter for charge in charges if charge.meter)


def _unknown_meter(meter: str, meters: tuple[str, ...], item: TariffItem) -> Diagnostic:
    near = get_close_matches(meter, meters, n=1)
    if near:
        remedy = f"Did you mean {near[0]!r}?"
    else:
        remedy = f"Its meters: {', '.join(meters)}." if meters else "It meters nothing."
    return _fault(
        "unknown-meter", f"{item.offering} has no meter {meter!r}", remedy, "usage", meter
    )


def _fault(code: str, reason: str, remedy: str, *path: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, reason, remedy, path=path)
