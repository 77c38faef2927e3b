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
    Range,
    Scalar,
    Share,
    Span,
    Text,
)


class ClaimItem(Model):
    """A priced thing: a catalogue offering, or a service of docs/pricing.md, with parameters.

    `count` is how many there are; a range (`3-5`) is priced at both ends. `parameters` are
    the fields of the service's item (docs/pricing.md), or the meters of a plan's price list.
    A metered quantity that is not written counts as zero here, because the document leaves
    it out: what it leaves out belongs into `omits` of the claim.
    """

    offering: Text | None = None
    service: Text | None = None
    count: Span = Range(low=Decimal(1), high=Decimal(1))
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
    """For which hours a month a part-time resource costs what is stated.

    hours = (stated - the month of `also_always_on`) / the price of one hour, of a machine or
    of what one hour uses of each meter (`parameters: {vcpu_hours: 1}`). The claim holds
    under the assumption of those hours, and fails when they are negative or above
    730 x `count`. In a claim on hours, each of the claim's `alternatives` takes the place
    of `also_always_on`. `count` resources share the hours (50 sandboxes: 50 x 730 at most).
    """

    offering: Text
    count: Count = 1
    parameters: dict[Name, Scalar] = {}
    also_always_on: list[ClaimItem] = []


class Discount(Model):
    """The share saved by a commitment, of one or several offerings.

    1 - reserved / on demand, no upfront, in percent; each offering is judged on its own.
    """

    offerings: list[Text]
    years: Literal[1, 3] = 1


class LimitOf(Model):
    """A limit or capability that a document says an offering has, or `lacks`.

    A capability that is yes or no needs no `states`: the claim says that it is there, or
    with `lacks` that it is not.
    """

    offering: Text
    limit: Name | None = None
    capability: Name | None = None
    lacks: bool = False


class SizeOf(Model):
    """What a document says the machine of an offering has; each figure given is compared.

    The claim needs no `states`: the figures stand here.
    """

    offering: Text
    vcpu: Positive | None = None
    memory_gib: Positive | None = None
    storage_gib: Positive | None = None


class ResourceSum(Model):
    """The sum of one resource over everything that runs in an environment.

    For each component of `environment`: instances x the assignment's setting of that
    resource (`vcpu`, `memory_gb`, `disk_gb` or `storage_gb`), or else what the component
    `needs`; plus what the environment `reserves`. A component that others run on (`runs_on`)
    is the budget, not a part of the sum.
    """

    environment: Name
    resource: Literal["vcpu", "memory_gib", "storage_gib"]


class RevenueShare(Model):
    """The share of revenue that a claim's stated cost takes, in percent.

    The stated cost over the high and over the low end of `revenue_usd_month`.
    """

    cost: Name
    revenue_usd_month: Span


class Scaled(Model):
    """A capacity that the document states for other machines, carried over to these.

    What is `stated` of some machines, times the `resource` of `here` over that of `of`,
    should agree with `states`: the same memory should not hold twice as much.
    """

    stated: Span
    of: list[ClaimItem]
    here: list[ClaimItem]
    resource: Literal["vcpu", "memory_gib"] = "memory_gib"


class Capacity(Model):
    """How many units of a given size an offering's pool holds at once.

    The least, over the sizes given, of pool / size; a pool nobody knows bounds nothing,
    and the answer is then "at most".
    """

    offering: Text
    vcpu: Positive | None = None
    memory_gib: Positive | None = None
    storage_gib: Positive | None = None


_BASES = (
    "items",
    "phase",
    "sum_of",
    "repeats",
    "limit",
    "size",
    "resources",
    "capacity",
    "scaled",
    "discount",
    "hours",
    "revenue_share",
    "exists",
    "maintained",
)
_STATED_BY_THE_BASIS = frozenset({"exists", "maintained", "limit", "size"})


class Claim(Model):
    """One stated figure and what it is checked against.

    `states` is the figure or range as written; `unit` its unit ("%" for shares, given as
    percent). `per_count` divides the real figure: the cost of one of so many. Exactly one
    basis:

    - `items`, `phase`: the real cost. The statement holds when it overlaps the real range,
      within `tolerance` of its own ends. `omits` is what the statement leaves out, priced
      beside: the real range runs from without to with it, so that a plan is "overstated"
      only when even with `omits` it costs less, and when only the lower end fits it "holds
      without" what it omits. Each of `alternatives` is another reading, priced the same way
      and shown: one that does not fit makes "holds" a "holds only if", none makes a false
      statement true.
    - `sum_of`: arithmetic only, the stated parts against the stated total; `less` names
      parts to subtract. The sum of the real parts is shown beside.
    - `repeats`: the same figure stated elsewhere; the two must overlap.
    - `limit`, `size`: what the catalogue says of an offering; unknown there is "unknown",
      never false. `other_limits` are shown beside and do not change the verdict, but when
      `limit` does not agree and one of them does, the figure is "mislabelled": it is theirs.
    - `resources`, `capacity`, `scaled`, `discount`, `hours`, `revenue_share`: see each.
    - `exists`: the plan is sold; an id that the catalogue does not have is not.
    - `maintained`: somebody still looks after it (else a risk).
    """

    says: Text
    where: Text = ""
    states: Span | None = None
    unit: Text = "USD/month"
    items: list[ClaimItem] = []
    phase: PhaseCost | None = None
    sum_of: list[Name] = []
    less: list[Name] = []
    repeats: Name | None = None
    limit: LimitOf | None = None
    other_limits: list[LimitOf] = []
    size: SizeOf | None = None
    resources: ResourceSum | None = None
    capacity: Capacity | None = None
    scaled: Scaled | None = None
    discount: Discount | None = None
    hours: SolveHours | None = None
    revenue_share: RevenueShare | None = None
    exists: Text | None = None
    maintained: Text | None = None
    per_count: Count | None = None
    omits: list[ClaimItem] = []
    alternatives: dict[Text, list[ClaimItem]] = {}
    tolerance: Share = Decimal("0.05")
    note: Text = ""

    @model_validator(mode="after")
    def _one_basis(self) -> Claim:
        given = [name for name in _BASES if getattr(self, name)]
        if len(given) != 1:
            raise PydanticCustomError(
                "claim_basis",
                "a claim is checked against exactly one of {bases}; this one has {n}",
                {"bases": ", ".join(_BASES), "n": len(given)},
            )
        if self.states is None and given[0] not in _STATED_BY_THE_BASIS:
            raise PydanticCustomError("claim_states", "`states` is missing: which figure?", {})
        return self
