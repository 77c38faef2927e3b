"""What drives the system: users, tenants, documents, requests, revenue."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from outgrow.strategy.fields import Estimate, Model, Name, Text, certain


class Measurement(Model):
    """Where a variable is measured: the system, and the query or field in it."""

    system: Text
    query: Text = ""


class Demand(Model):
    """A demand variable: measured, or derived as `base` + the sum of `per` other variables.

    `per: {users: 0.02}` reads "0.02 of this for each user".
    """

    description: Text = ""
    unit: Text = ""
    measured: Measurement | None = None
    base: Estimate = Field(default_factory=lambda: certain(Decimal(0)))
    per: dict[Name, Estimate] = {}

    @property
    def derived(self) -> bool:
        """Return whether the variable follows from others rather than being measured."""
        return bool(self.per)
