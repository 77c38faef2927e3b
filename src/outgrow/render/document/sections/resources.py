"""A resource in words: its offering, how many, how large, how much of it is used."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.render.document.blocks import BREAK, Code, Muted, Text, listed, text
from outgrow.render.document.words import number, percent, spread, words
from outgrow.strategy.fields import Spread
from outgrow.topology.model import Resource, Topology
from outgrow.units import HOURS_PER_MONTH

_SIZES = (("vcpu", "vCPU"), ("memory_gib", "GiB memory"), ("storage_gib", "GiB storage"))


def offering_text(resource: Resource, topology: Topology) -> Text:
    """Return the offering by name and id, or what the resource runs on."""
    if topology.is_part(resource):
        return text(Muted("on "), Code(resource.runs_on or ""))
    host = host_words(resource, topology)
    if not resource.offering_id:
        return text(host or "own price")
    name = resource.offering.name if resource.offering else ""
    shown = (
        text(name, BREAK, Code(resource.offering_id)) if name else text(Code(resource.offering_id))
    )
    return text(shown, Muted(f" {host}") if host else "")


def host_words(resource: Resource, topology: Topology) -> str:
    """Return `on server`, or nothing where the machine is not in this topology."""
    present = resource.runs_on is not None and topology.of(resource.runs_on)
    return f"on {resource.runs_on}" if present else ""


def instances_words(resource: Resource) -> str:
    """Return how many run: `2`, `2–10, usually 4`, with the extra ones at the peak."""
    count = resource.instances
    said = str(count.expected)
    if count.minimum != count.maximum:
        said = f"{count.minimum}–{count.maximum}"
        if count.expected not in (count.minimum, count.maximum):
            said += f", usually {count.expected}"
    if count.peak_extra:
        said += f" + {count.peak_extra} for {number(count.peak_hours_month)} h"
    return said


def sizing_words(resource: Resource, topology: Topology) -> str:
    """Return what the machine has, the settings, and the terms it is rented under."""
    machine = () if topology.is_part(resource) else _machine(resource)
    return "; ".join((*machine, *_settings(resource), *_terms(resource)))


def _machine(resource: Resource) -> Iterable[str]:
    offering = resource.offering
    if offering is None:
        return
    sizes = [
        f"{number(value)} {unit}"
        for name, unit in _SIZES
        if (value := getattr(offering, name)) is not None
    ]
    if sizes:
        yield ", ".join(sizes)


def _settings(resource: Resource) -> Iterable[str]:
    for name, value in resource.settings.items():
        if isinstance(value, bool):
            yield words(name) if value else f"no {words(name)}"
        elif isinstance(value, str):
            yield f"{words(name)} {value}"
        else:
            yield quantity_words(name, value)


def _terms(resource: Resource) -> Iterable[str]:
    if resource.hours_month != HOURS_PER_MONTH:
        yield f"{number(resource.hours_month)} of 730 h"
    if resource.commitment is not None:
        years = resource.commitment.years
        yield f"reserved for {years} {'year' if years == 1 else 'years'}"
    if resource.spot_share is not None:
        yield f"{percent(resource.spot_share)} spot"
    if resource.seats is not None:
        yield f"{resource.seats} {'seat' if resource.seats == 1 else 'seats'}"
    if resource.expires is not None:
        yield f"ends on {resource.expires.isoformat()}"
    if resource.gated:
        yield f"without {', '.join(resource.gated)}"


def used_text(resource: Resource) -> Text:
    """Return the metered quantities of a month, one a line; those of zero are in the bill."""
    said = [
        text(quantity_words(name, value))
        for name, value in resource.usage.items()
        if value is None or value.high
    ]
    return listed(said)


_UNITS = (
    ("_gb_hours", "GB-hours"),
    ("_gib_hours", "GiB-hours"),
    ("_gb_months", "GB-months"),
    ("_gb", "GB"),
    ("_gib", "GiB"),
    ("_hours", "hours"),
    ("_million", "million"),
    ("_thousand", "thousand"),
    ("_percent", "%"),
)


def quantity_words(name: str, value: Spread | Decimal | None) -> str:
    """Return a quantity with the unit its name ends in: `bandwidth_gb` is `bandwidth 3 GB`."""
    ending, unit = next(((e, u) for e, u in _UNITS if name.endswith(e)), ("", ""))
    what = words(name.removesuffix(ending))
    if value is None:
        return f"{what} unknown"
    if isinstance(value, Decimal):
        return f"{what} {number(value)}{' ' if unit else ''}{unit}"
    return f"{what} {spread(value, unit)}"
