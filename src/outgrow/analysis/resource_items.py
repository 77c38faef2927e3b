"""A resource of a topology as items that the pricing modules know."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outgrow.analysis.pricing.services import SERVICES
from outgrow.strategy.offerings import Commitment
from outgrow.topology.model import Level, Resource, at_level

TARIFF = "tariff"
Written = dict[str, object]


def written_items(resource: Resource, level: Level) -> tuple[Written, ...]:
    """Return what `parse_item` reads for `resource` at `level`: base load, then peak.

    A component without an offering of its own, or at a price the strategy states, has none.
    """
    if resource.offering is None or resource.price is not None:
        return ()
    count = resource.instances.at(level)
    items = [_item(resource, level, count, resource.hours_month)] if count else []
    peak = resource.instances
    if peak.peak_extra and level is not Level.LOW:
        items.append(_item(resource, level, peak.peak_extra, peak.peak_hours_month))
    return tuple(items)


def usage_at(resource: Resource, level: Level) -> dict[str, Decimal | None]:
    """Return each metered quantity of `resource` at `level`; None where unknown."""
    return {
        name: None if spread is None else at_level(spread, level)
        for name, spread in resource.usage.items()
    }


def _item(resource: Resource, level: Level, count: int, hours: Decimal) -> Written:
    assert resource.offering is not None
    service = resource.offering.service
    model = SERVICES.get(service)
    usage: Mapping[str, object] = usage_at(resource, level)
    if service == TARIFF or model is None:
        written: Written = {"service": TARIFF, "offering": resource.offering_id, "usage": usage}
        fields = SERVICES[TARIFF].item.model_fields
    else:
        written = {"service": service, **resource.settings, **usage}
        fields = model.item.model_fields
        if "size" in fields and resource.offering.sku:
            written["size"] = resource.offering.sku
        if "engine" in fields:  # two offerings share the service, one for each engine
            written["engine"] = "valkey" if "valkey" in resource.offering_id else "redis"
    written |= {"name": resource.component, "region": resource.region, "count": count}
    terms = {
        "hours_month": hours,
        "seats": resource.seats,
        "spot_share": resource.spot_share,
        **_commitment(resource.commitment),
    }
    return written | {
        name: value for name, value in terms.items() if value is not None and name in fields
    }


def _commitment(commitment: Commitment | None) -> Written:
    if commitment is None:
        return {}
    return {"reserved": f"{commitment.years}y", "reserved_class": commitment.flavour}
