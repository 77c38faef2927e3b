"""Stages of growth, and the ways between them."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from outgrow.strategy.assignments import Assignment
from outgrow.strategy.fields import (
    Day,
    Estimate,
    Model,
    Name,
    Positive,
    Quantity,
    Span,
    Text,
)
from outgrow.strategy.offerings import Price
from outgrow.strategy.signals import Condition

Level = Literal["none", "low", "medium", "high"]


class Step(Model):
    """One step of a move from a phase to the next."""

    do: Text
    component: Name | None = None
    downtime_seconds: Quantity | None = None
    reversible: bool | None = None
    verify: Text = ""


class Transition(Model):
    """A way from one phase to another: when, how, and what it may cost in downtime.

    `direction: down` is a way back; `aside` a branch taken instead of growing.
    """

    description: Text = ""
    when: Condition | None = None
    direction: Literal["up", "down", "aside"] = "up"
    steps: list[Step] = []
    changes: list[Text] = []
    downtime_seconds: Quantity | None = None
    hold_old_days: Quantity | None = None
    rto_seconds: Quantity | None = None
    rpo_seconds: Quantity | None = None
    effort_days: Span | None = None
    complexity: Level | None = None


class Weeks(Model):
    """A phase bound to the calendar rather than to demand."""

    from_week: Positive | None = None
    to_week: Positive | None = None
    from_date: Day | None = None
    to_date: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Weeks:
        days = self.from_date and self.to_date and self.to_date < self.from_date
        if days or (self.from_week and self.to_week and self.to_week < self.from_week):
            raise PydanticCustomError("weeks_order", "this ends before it begins", {})
        return self


class Phase(Model):
    """A stage of growth.

    `serves` is the range of each demand variable it is meant for; `expects` the values it
    is priced at (the middle of the range when left out). `holds` is what it can carry.
    """

    name: Text = ""
    description: Text = ""
    serves: dict[Name, Span] = {}
    expects: dict[Name, Estimate] = {}
    holds: dict[Name, Span] = {}
    weeks: Weeks | None = None
    region: Text | None = None
    regions: list[Text] = []
    use: dict[Name, Assignment] = {}
    addons: list[Name] = []
    costs: dict[Name, Price] = {}
    budget_usd_month: Span | None = None
    labour_hours_week: Estimate | None = None
    complexity: Level | None = None
    control: Literal["none", "limited", "partial", "full"] | None = None
    next: dict[Name, Transition] = {}
    actions: list[Text] = []
    accepts: list[Text] = []


class AddOn(Model):
    """Something that can be added to a phase on its own: a read replica, a cache."""

    description: Text = ""
    use: dict[Name, Assignment]
    fits: list[Name] = []
    when: Condition | None = None
    steps: list[Step] = []
