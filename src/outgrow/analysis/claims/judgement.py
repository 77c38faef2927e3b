"""What comes of checking a claim: a verdict, the real figure, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.catalog.rates import Grade, Provenance
from outgrow.strategy.claims import Claim
from outgrow.strategy.fields import Range
from outgrow.units import format_number, to_cents

_USD = "USD"
_WEAK = (Grade.C, Grade.DERIVED, Grade.UNGRADED)


class Verdict(StrEnum):
    """Whether a stated figure is true."""

    HOLDS = "holds"
    NEAR = "near"  # off by more than the tolerance, by less than twice of it
    HOLDS_IF = "holds_if"  # true for one reading, or without what the statement leaves out
    DOES_NOT_HOLD = "does_not_hold"
    UNKNOWN = "unknown"  # no source says
    RISK = "risk"  # true today, and not to be relied upon


@dataclass(frozen=True, slots=True)
class Figure:
    """A real figure or range; without `high` it is "at least", because a part is unknown."""

    low: Decimal
    high: Decimal | None

    def __add__(self, other: Figure) -> Figure:
        ends = self.high, other.high
        high = None if ends[0] is None or ends[1] is None else ends[0] + ends[1]
        return Figure(self.low + other.low, high)

    def scaled(self, factor: Decimal) -> Figure:
        """Return the figure times `factor`."""
        return Figure(self.low * factor, None if self.high is None else self.high * factor)

    def text(self, unit: str) -> str:
        """Return `$30.37`, `$364.42-607.36` or `at least $599.00`; money to the cent."""
        low = ("$" if unit.startswith(_USD) else "") + _number(self.low, unit)
        if self.high is None:
            return f"at least {low}"
        high = _number(self.high, unit)
        return low if low.lstrip("$") == high else f"{low}-{high}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The same statement read in another way, with the figure it then has.

    `fits` is None when nobody knows.
    """

    label: str
    real: Figure | None
    fits: bool | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one claim; `reason` is one sentence with the numbers.

    `real` is what the basis itself gives; `readings` what it gives with what the statement
    leaves out, and on each alternative. `lines` are the cost lines behind it.
    """

    claim: str
    verdict: Verdict
    reason: str
    stated: Range | None = None
    real: Figure | None = None
    unit: str = ""
    readings: tuple[Reading, ...] = ()
    lines: tuple[CostLine, ...] = ()
    sources: tuple[Provenance, ...] = ()

    @property
    def weak_sources(self) -> tuple[Provenance, ...]:
        """Return the sources that should be told beside the figure: secondary or derived."""
        return tuple(source for source in self.sources if source.grade in _WEAK)


def judged(
    name: str,
    claim: Claim,
    verdict: Verdict,
    reason: str,
    real: Figure | None = None,
    readings: tuple[Reading, ...] = (),
    lines: Iterable[CostLine] = (),
    sources: Iterable[Provenance | None] = (),
) -> Judgement:
    """Return the judgement of `claim`; weak sources are told at the end of its reason."""
    kept = tuple(lines)
    found = [*sources, *(line.provenance for line in kept)]
    told = tuple(dict.fromkeys(one for one in found if one is not None))
    return Judgement(
        claim=name,
        verdict=verdict,
        reason=reason + _caveat(told),
        stated=claim.states,
        real=real,
        unit=claim.unit,
        readings=readings,
        lines=kept,
        sources=told,
    )


def stated_text(claim: Claim) -> str:
    """Return the stated figure as the reader wrote it: `$30`, `$15 a year`, `50 GB/month`."""
    if claim.states is None:
        return claim.says
    currency, _, per = claim.unit.partition("/")
    if currency != _USD:
        return f"{claim.states} {claim.unit}"
    return f"${claim.states}" + (f" a {per}" if per not in ("", "month") else "")


def _caveat(sources: tuple[Provenance, ...]) -> str:
    grades = sorted({source.grade for source in sources if source.grade in _WEAK})
    words = {
        Grade.C: "a figure of grade C, from one secondary source",
        Grade.DERIVED: "a figure computed from others, read nowhere",
        Grade.UNGRADED: "a figure without a graded source",
    }
    return f" (rests on {' and '.join(words[grade] for grade in grades)})" if grades else ""


def _number(value: Decimal, unit: str) -> str:
    if unit.startswith(_USD):
        return f"{to_cents(value):,}"
    return format_number(value.quantize(Decimal("0.1")) if value != value.to_integral() else value)
