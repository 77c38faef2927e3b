"""Prices as a user writes them: a cost entry, a tariff, an offering of one's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from outgrow.strategy.components import ComponentKind
from outgrow.strategy.fields import (
    Count,
    Day,
    MemoryGib,
    Model,
    Name,
    Positive,
    Quantity,
    Scalar,
    Span,
    Text,
    Vcpu,
)


class PriceTier(Model):
    """A band of a metered price; `up_to` is cumulative, absent on the last band."""

    up_to: Positive | None = None
    unit_price: Quantity


class Metered(Model):
    """A price per use: what is included, then one price or several bands."""

    included: Quantity = Decimal(0)
    unit: Text = ""
    unit_price: Quantity | None = None
    tiers: list[PriceTier] = []


class Price(Model):
    """What something costs, in `currency`: any of the parts may be absent.

    `unknown: true` says that nobody knows, which is not the same as free. `per_month` may
    be a range. `annual` is a yearly price, spread over 12 months. `share_of_revenue` needs
    a demand variable called `revenue_usd_month`.
    """

    currency: Text = "USD"
    per_month: Span | None = None
    per_hour: Quantity | None = None
    annual: Quantity | None = None
    per_seat: Quantity | None = None
    once: Quantity | None = None
    per_use: dict[Name, Metered] = {}
    share_of_revenue: Quantity | None = None
    labour_hours_week: Quantity | None = None
    unknown: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Price:
        if not self.model_fields_set - {"currency"}:
            raise PydanticCustomError(
                "empty_price", "a price needs per_month, per_hour, annual, ... or unknown: true", {}
            )
        return self


class CustomLimit(Model):
    """A cap: its value, the metric that counts against it, and whether it stops the system."""

    value: Quantity
    metric: Name | None = None
    hard: bool = True
    note: Text = ""


class CustomCapabilities(Model):
    """What an offering can do; leave out what you do not know."""

    websockets: bool | None = None
    persistent_connections: bool | None = None
    always_on: bool | None = None
    longest_request_seconds: Positive | None = None
    commercial_use: bool | None = None
    maintained: bool | None = None
    stops_billing_when_stopped: bool | None = None
    multi_az: bool | None = None
    multi_region: bool | None = None
    sticky_sessions: bool | None = None
    read_replicas: bool | None = None
    backups: bool | None = None


class CustomOffering(Model):
    """An offering that the strategy adds, or one of the catalogue that it corrects.

    `like` starts from a catalogue offering; what is written here wins.
    """

    name: Text = ""
    like: Text | None = None
    serves: list[ComponentKind] = []
    price: Price | None = None
    vcpu: Vcpu | None = None
    memory_gib: MemoryGib | None = None
    storage_gib: Quantity | None = None
    limits: dict[Name, LimitValue] = {}
    capabilities: CustomCapabilities = Field(default_factory=CustomCapabilities)
    expires: Day | None = None
    source: Text = ""
    as_of: Day | None = None
    note: Text = ""


class Instances(Model):
    """How many run: at the least, usually, at the most."""

    minimum: Count
    expected: Count | None = None
    maximum: Count | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Instances:
        known = [v for v in (self.minimum, self.expected, self.maximum) if v is not None]
        if known != sorted(known):
            raise PydanticCustomError(
                "instances_order", "minimum <= expected <= maximum does not hold", {}
            )
        return self


class Schedule(Model):
    """When a resource runs; outside of it, it is stopped (its disk and address still bill)."""

    hours_month: Quantity | None = None
    hours_day: Quantity | None = None
    days_week: Quantity | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Schedule:
        by_day = self.hours_day is not None
        if (self.hours_month is not None) == by_day:
            raise PydanticCustomError(
                "schedule", "a schedule is either hours_month, or hours_day with days_week", {}
            )
        if (self.hours_month or 0) > 744 or (self.hours_day or 0) > 24 or (self.days_week or 0) > 7:
            raise PydanticCustomError("schedule", "there are not that many hours", {})
        return self


class Commitment(Model):
    """A promise to rent for one or three years in return for a lower price."""

    years: Literal[1, 3]
    payment: Literal["no_upfront", "partial_upfront", "all_upfront"] = "no_upfront"
    flavour: Literal["standard", "convertible"] = "standard"


class MeteredUse(Model):
    """A metered quantity: a number, or `times` of a demand variable.

    Written as a number, as the name of a demand variable, or as
    `{demand: users, times: 0.02}`.
    """

    quantity: Quantity | None = None
    demand: Name | None = None
    times: Quantity = Decimal(1)

    @model_validator(mode="after")
    def _one_form(self) -> MeteredUse:
        if (self.quantity is None) == (self.demand is None):
            raise PydanticCustomError("usage", "a usage is a number or names a demand", {})
        return self


def _written_use(use: MeteredUse) -> object:
    if use.quantity is not None:
        return use.model_dump(exclude_unset=True)["quantity"]
    return use.demand if use.times == 1 else {"demand": use.demand, "times": use.times}


def _read_use(value: object) -> object:
    if isinstance(value, str) and not value[:1].isdigit():
        return {"demand": value}
    return value if isinstance(value, dict | MeteredUse) else {"quantity": value}


class HowMany(Model):
    """A whole number, or one for every `per` of a demand variable, a part counting as one.

    Written as a number, or as `{demand: users, per: 500}`, with `at_least` and `at_most`
    around it.
    """

    number: Count | None = None
    demand: Name | None = None
    per: Positive = Decimal(1)
    at_least: Count = 0
    at_most: Count | None = None

    @model_validator(mode="after")
    def _one_form(self) -> HowMany:
        if (self.number is None) == (self.demand is None):
            raise PydanticCustomError(
                "how_many", "this is a whole number, or follows a demand variable", {}
            )
        if self.at_most is not None and self.at_most < self.at_least:
            raise PydanticCustomError("how_many", "at_least is more than at_most", {})
        return self


def _written_count(many: HowMany) -> object:
    written = many.model_dump(exclude_unset=True)
    return written["number"] if many.number is not None else written


def _read_count(value: object) -> object:
    return value if isinstance(value, dict | HowMany) else {"number": value}


def _read_limit(value: object) -> object:
    return value if isinstance(value, dict | CustomLimit) else {"value": value}


Usage = Annotated[
    MeteredUse,
    BeforeValidator(_read_use),
    PlainSerializer(_written_use, return_type=Any),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "quantity": {"type": "number", "minimum": 0},
                        "demand": {"type": "string"},
                        "times": {"type": "number", "minimum": 0},
                    },
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Counted = Annotated[
    HowMany,
    BeforeValidator(_read_count),
    PlainSerializer(_written_count, return_type=Any),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 100_000},
                {
                    "type": "object",
                    "properties": {
                        "demand": {"type": "string"},
                        "per": {"type": "number", "exclusiveMinimum": 0},
                        "at_least": {"type": "integer", "minimum": 0},
                        "at_most": {"type": "integer", "minimum": 0},
                    },
                    "required": ["demand"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
LimitValue = Annotated[
    CustomLimit, BeforeValidator(_read_limit, json_schema_input_type=Quantity | CustomLimit)
]
Settings = dict[Name, Scalar]
