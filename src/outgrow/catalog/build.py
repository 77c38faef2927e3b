"""An offering from its definition and the price rows it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from outgrow.catalog.definitions import (
    ChargeDefinition,
    Definition,
    Reference,
    TierDefinition,
)
from outgrow.catalog.offering import Capabilities, Limit, Offering
from outgrow.catalog.parse_rows import number_of
from outgrow.catalog.rate_index import GLOBAL, RateIndex
from outgrow.catalog.rates import Grade, Provenance, Rate
from outgrow.catalog.tariff import Charge, Per, Tariff, Tier
from outgrow.errors import InputError

TARIFF_SERVICE = "tariff"

NO_SOURCE = Provenance("no source found", "", Grade.UNGRADED)

_WORST_FIRST = (Grade.UNGRADED, Grade.DERIVED, Grade.USER, Grade.C, Grade.B, Grade.A)
_WORDS = {"true": True, "false": False}


class OfferingBuilder:
    """Builds the offerings of one provider for one region."""

    def __init__(self, index: RateIndex, region: str) -> None:
        self._index = index
        self._region = region

    def build(self, definition: Definition) -> Offering:
        """Return the offering; raise InputError when it refers to a row that is not there."""
        row = self._row(definition.row) if definition.row else None
        tariff = self._tariff(definition) if definition.service == TARIFF_SERVICE else None
        return Offering(
            id=definition.id,
            name=definition.name,
            service=definition.service,
            sku=definition.sku,
            serves=definition.serves,
            provenance=_provenance(row, tariff),
            vcpu=row.vcpu if row else None,
            memory_gib=row.memory_gib if row else None,
            storage_gib=row.storage_gib if row else None,
            limits=self._limits(definition.limits, hard=True)
            + self._limits(definition.soft_limits, hard=False),
            capabilities=self._capabilities(definition.capabilities),
            tariff=tariff,
            available=definition.available,
            notes=definition.notes,
        )

    def without_unstated_limits(self, definition: Definition) -> Definition:
        """Return `definition` with only the limits that a row states.

        A family defines all its sizes at once, and for some of them nobody read every limit.
        """
        return replace(
            definition,
            limits=self._stated(definition.limits),
            soft_limits=self._stated(definition.soft_limits),
        )

    def _stated(self, limits: Mapping[str, Reference]) -> dict[str, Reference]:
        return {name: one for name, one in limits.items() if self._find(one) is not None}

    def _tariff(self, definition: Definition) -> Tariff:
        credit = definition.usage_credit
        return Tariff(
            charges=tuple(self._charge(charge) for charge in definition.charges),
            usage_credit_usd_month=self._number(credit) if credit else Decimal(0),
            cap_usd_month=self._figure(definition.cap) if definition.cap else None,
        )

    def _charge(self, definition: ChargeDefinition) -> Charge:
        price = definition.tiers[0].price
        row = self._row(price) if price else None
        return Charge(
            name=definition.name,
            per=definition.per,
            tiers=tuple(self._tier(tier) for tier in definition.tiers),
            provenance=row.provenance if row else NO_SOURCE,
            unit=definition.unit or (row.unit if row else ""),
            meter=definition.meter if definition.per is Per.USE else "",
            included=self._number(definition.included) if definition.included else Decimal(0),
            billing_step=self._number(definition.step) if definition.step else None,
            billed_while_stopped=definition.billed_while_stopped,
        )

    def _tier(self, definition: TierDefinition) -> Tier:
        return Tier(
            self._figure(definition.up_to) if definition.up_to else None,
            self._figure(definition.price) if definition.price else None,
        )

    def _limits(self, references: Mapping[str, Reference], hard: bool) -> tuple[Limit, ...]:
        return tuple(self._limit(name, one, hard) for name, one in references.items())

    def _limit(self, name: str, reference: Reference, hard: bool) -> Limit:
        row, value = self._row(reference), self._figure(reference)
        text = row.limit_value if value is None else ""
        return Limit(name, value, row.provenance, hard, text)

    def _capabilities(self, references: Mapping[str, Reference]) -> Capabilities:
        if not references:
            return Capabilities()
        rows = [self._row(reference) for reference in references.values()]
        values = {name: self._capability(one) for name, one in references.items()}
        try:
            return Capabilities(**values, provenance=_together(rows))  # type: ignore[arg-type]
        except TypeError:
            raise InputError(
                f"{', '.join(values)}: not all of these are capabilities",
                "See the fields of outgrow.catalog.offering.Capabilities.",
            ) from None

    def _capability(self, reference: Reference) -> bool | Decimal | None:
        if reference.flag is not None:
            return reference.flag
        word = self._row(reference).limit_value
        return _WORDS[word] if word in _WORDS else self._figure(reference)

    def _number(self, reference: Reference) -> Decimal:
        """Return a figure that cannot be left unknown: an allowance, a step, a credit."""
        value = self._figure(reference)
        if value is None:
            raise InputError(
                f"{reference} is not a number, so nothing can be counted by it",
                "Refer to a row that states one, or leave the figure out.",
            )
        return value

    def _figure(self, reference: Reference) -> Decimal | None:
        value = self._raw_figure(reference)
        if value is None:
            return None
        if reference.minus:
            value -= self._raw_figure(reference.minus) or Decimal(0)
        return -value / reference.divide if reference.negate else value / reference.divide

    def _raw_figure(self, reference: Reference) -> Decimal | None:
        row = self._row(reference)
        if reference.value is not None:
            return reference.value
        if reference.limit_name:
            return number_of(row.limit_value)
        return row.price_usd if row.region in (self._region, GLOBAL) else None

    def _row(self, reference: Reference) -> Rate:
        """Return the row that a figure stands in, from another region if need be.

        What a size is and can do is the same everywhere; `_raw_figure` leaves the price
        of another region unknown.
        """
        row = self._find(reference)
        if row is None:
            raise InputError(
                f"no price row {reference} in the catalogue",
                "Add the row with its source and date, or correct the reference.",
            )
        return row

    def _find(self, reference: Reference) -> Rate | None:
        product, sku, name = reference.product, reference.sku, reference.limit_name
        region = self._index.known_region(product, sku, self._region)
        if name:
            return self._index.limit(product, sku, name, region)
        return self._index.rate(product, sku, region)


def _provenance(row: Rate | None, tariff: Tariff | None) -> Provenance:
    if row is not None:
        return row.provenance
    return tariff.charges[0].provenance if tariff and tariff.charges else NO_SOURCE


def _together(rows: Iterable[Rate]) -> Provenance:
    """Return one provenance for facts of several rows, as good as the worst of them."""
    told = list({row.provenance: None for row in rows})
    return Provenance(
        "; ".join(dict.fromkeys(one.source for one in told)),
        max(one.as_of for one in told),
        min((one.grade for one in told), key=_WORST_FIRST.index),
        "; ".join(dict.fromkeys(one.notes for one in told if one.notes)),
    )
