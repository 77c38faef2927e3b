"""The limits of a phase, with how much of each is used at the demand it expects."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.render.document.blocks import (
    BREAK,
    Block,
    Code,
    Column,
    Fold,
    Meter,
    Muted,
    Row,
    Table,
    Tone,
    text,
)
from outgrow.render.document.facts import PhaseFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.sources import SourceBook
from outgrow.render.document.words import NOTHING, number, percent
from outgrow.strategy.fields import Spread
from outgrow.topology.model import ResolvedLimit, Resource, Topology

_ALMOST = Decimal("0.8")

_LIMITS = (
    Column("Limit"),
    Column("Value", numeric=True),
    Column("Beyond it"),
    Column("Expected use", wide=True),
    Column("Source"),
)


def limits(one: PhaseFacts, sources: SourceBook) -> Iterable[Block]:
    """Return the limits whose use is known, the fullest first; the others are folded away."""
    known: list[tuple[Decimal, Row]] = []
    others: list[Row] = []
    for resource in _once_each(one.topology):
        for limit in resource.limits:
            share = _expected_share(limit, one.topology)
            row = _limit_row(resource, limit, share, sources)
            if share is None:
                others.append(row)
            else:
                known.append((share.likely, row))
    if known:
        rows = tuple(row for _, row in sorted(known, key=lambda entry: -entry[0]))
        yield without_empty(Table("Limits, and how much of them is used", _LIMITS, rows))
    if others:
        table = Table("Limits whose use nothing tells", _LIMITS, tuple(others))
        yield Fold(f"Limits whose use nothing tells ({len(others)})", (without_empty(table),))


def _once_each(topology: Topology) -> Iterable[Resource]:
    first: dict[str, Resource] = {}
    for resource in topology.resources:
        first.setdefault(resource.component, resource)
    return first.values()


def _limit_row(
    resource: Resource, resolved: ResolvedLimit, share: Spread | None, sources: SourceBook
) -> Row:
    limit = resolved.limit
    name = f"{resource.component}.{limit.name}"
    note = (BREAK, Muted(limit.text)) if limit.text else ()
    return Row(
        (
            text(Code(name), note),
            text("unknown" if limit.value is None else number(limit.value)),
            text("it stops" if limit.hard else "it costs more"),
            text(NOTHING) if share is None else text(_used(share)),
            sources.mark(limit.provenance),
        )
    )


def _expected_share(resolved: ResolvedLimit, topology: Topology) -> Spread | None:
    value = resolved.limit.value
    metric = next((m for m in resolved.metrics if topology.demand.get(m) is not None), None)
    used = topology.demand.get(metric) if metric else None
    if used is None or not value:
        return None
    return Spread(low=used.low / value, likely=used.likely / value, high=used.high / value)


def _used(share: Spread) -> Meter:
    tone: Tone = "good"
    if share.likely > 1:
        tone = "bad"
    elif share.likely >= _ALMOST or share.high > 1:
        tone = "warn"
    ends = (
        f", at most {percent(share.high)}" if percent(share.high) != percent(share.likely) else ""
    )
    return Meter(share.likely, f"{percent(share.likely)}{ends}", tone)
