"""A resource of a topology as items that the pricing modules know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.pricing.services import SERVICES
from outgrow.strategy.offerings import Commitment
from outgrow.topology.model import Level, Resource, at_level

TARIFF = "tariff"
Written = dict[str, object]


@dataclass(frozen=True, slots=True)
class Load:
    """So many equal instances for so many hours, and what they use in the month."""

    count: int
    hours_month: Decimal
    usage: Mapping[str, Decimal | None]
    commitment: Commitment | None


def written_items(resource: Resource, level: Level) -> tuple[Written, ...]:
    """Return what `parse_item` reads for `resource` at `level`: base load, then peak.

    A component without an offering of its own, or at a price the strategy states, has none.
    """
    if resource.offering is None or resource.price is not None:
        return ()
    return tuple(_item(resource, load) for load in loads_at(resource, level))


def loads_at(resource: Resource, level: Level) -> tuple[Load, ...]:
    """Return what runs at `level`: the base, then what joins it at the peak.

    The month's usage and the commitment belong to the base; nobody reserves for a peak.
    """
    instances = resource.instances
    count = instances.at(level)
    usage = usage_at(resource, level)
    loads = [Load(count, resource.hours_month, usage, resource.commitment)] if count else []
    if instances.peak_extra and level is not Level.LOW:
        nothing = dict.fromkeys(usage, Decimal(0)) if count else usage
        loads.append(Load(instances.peak_extra, instances.peak_hours_month, nothing, None))
    return tuple(loads)


def usage_at(resource: Resource, level: Level) -> dict[str, Decimal | None]:
    """Return each metered quantity of `resource` at `level`; None where unknown."""
    return {
        name: None if spread is None else at_level(spread, level)
        for name, spread in resource.usage.items()
    }


def _item(resource: Resource, load: Load) -> Written:
    assert resource.offering is not None
    service = resource.offering.service
    model = SERVICES.get(service)
    if service == TARIFF or model is None:
        written: Written = {"offering": resource.offering_id, "usage": load.usage}
        service, fields = TARIFF, SERVICES[TARIFF].item.model_fields
    else:
        written = {**resource.settings, **load.usage}
        fields = model.item.model_fields
        if "size" in fields and resource.offering.sku:
            written["size"] = resource.offering.sku
        if "engine" in fields:  # two offerings share the service, one for each engine
            written["engine"] = "valkey" if "valkey" in resource.offering_id else "redis"
    written |= {"service": service, "name": resource.component, "region": resource.region}
    terms = {
        "count": load.count,
        "hours_month": load.hours_month,
        "seats": resource.seats,
        "spot_share": resource.spot_share,
        **_commitment(load.commitment),
    }
    return written | {
        name: value for name, value in terms.items() if value is not None and name in fields
    }


def _commitment(commitment: Commitment | None) -> Written:
    if commitment is None:
        return {}
    return {"reserved": f"{commitment.years}y", "reserved_class": commitment.flavour}
