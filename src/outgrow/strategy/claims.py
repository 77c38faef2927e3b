"""Figures that a document states, and what each must be checked against."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from outgrow.strategy.fields import (
    Count,
    Model,
    Name,
    Positive,
    Scalar,
    Share,
    Span,
    Text,
)


class ClaimItem(Model):
    """A priced thing: a catalogue offering, or a service of docs/pricing.md, with parameters."""

    offering: Text | None = None
    service: Text | None = None
    parameters: dict[Name, Scalar] = {}

    @model_validator(mode="after")
    def _one_form(self) -> ClaimItem:
        if (self.offering is None) == (self.service is None):
            raise PydanticCustomError("item", "an item names either an offering or a service", {})
        return self


class PhaseCost(Model):
    """The cost of a phase, or of some of its components, in one environment."""

    phase: Name
    environment: Name | None = None
    components: list[Name] = []
    instances: Literal["minimum", "expected", "maximum"] = "expected"


class SolveHours(Model):
    """For which hours a month a part-time machine costs what is stated."""

    offering: Text
    also_always_on: list[ClaimItem] = []


class Discount(Model):
    """The share saved by a commitment, of one or several offerings."""

    offerings: list[Text]
    years: Literal[1, 3] = 1


class LimitOf(Model):
    """A limit or capability that a document says an offering has."""

    offering: Text
    limit: Name | None = None
    capability: Name | None = None


class Capacity(Model):
    """How many units of a given size an offering's pool holds at once."""

    offering: Text
    vcpu: Positive | None = None
    memory_gib: Positive | None = None
    storage_gib: Positive | None = None


class Claim(Model):
    """One stated figure and what it is checked against.

    `states` is the figure or range as written; `per` its unit. Exactly one basis: `items`
    (priced by the catalogue), `phase`, `sum_of` other claims, `limit`, `capacity`,
    `discount`, `hours`, `exists` (the plan is sold), or `maintained`. `omits` lists what the
    statement leaves out; the checker prices it beside. `tolerance` is a share.
    """

    says: Text
    where: Text = ""
    states: Span | None = None
    unit: Text = "USD/month"
    items: list[ClaimItem] = []
    phase: PhaseCost | None = None
    sum_of: list[Name] = []
    limit: LimitOf | None = None
    capacity: Capacity | None = None
    discount: Discount | None = None
    hours: SolveHours | None = None
    exists: Text | None = None
    maintained: Text | None = None
    per_count: Count | None = None
    omits: list[ClaimItem] = []
    alternatives: dict[Text, list[ClaimItem]] = {}
    tolerance: Share = Decimal("0.05")
    note: Text = ""

    @model_validator(mode="after")
    def _one_basis(self) -> Claim:
        bases = (self.phase, self.limit, self.capacity, self.discount, self.hours)
        given = sum(basis is not None for basis in bases)
        given += sum(bool(basis) for basis in (self.items, self.sum_of, self.exists))
        given += bool(self.maintained)
        if given != 1:
            raise PydanticCustomError(
                "claim_basis",
                "a claim is checked against exactly one of items, phase, sum_of, limit, "
                "capacity, discount, hours, exists, maintained; this one has {n}",
                {"n": given},
            )
        if self.states is None and not (self.exists or self.maintained or self.limit):
            raise PydanticCustomError("claim_states", "`states` is missing: which figure?", {})
        return self
