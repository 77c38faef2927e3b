"""Which offering stands for a component in a phase, and at which size."""

from __future__ import annotations

from datetime import date

from outgrow.strategy.fields import Count, Model, Name, Quantity, Share, Span, Text
from outgrow.strategy.offerings import (
    Commitment,
    Instances,
    LimitValue,
    Price,
    Schedule,
    Settings,
    Usage,
)


class Peak(Model):
    """Extra instances for a part of the month: base and peak."""

    count: Count
    hours_month: Quantity


class Assignment(Model):
    """An offering for one component.

    `settings` are the parameters of the offering's service (docs/pricing.md lists them:
    `disk_gb`, `multi_az`, ...). `usage` are its metered quantities: a number, the name of a
    demand variable, or `{demand: users, times: 0.02}`. In an environment an assignment
    changes only what it names. What `runs_on` a component with the same offering is part of
    it and adds no charge: an API in the functions of the frontend's plan.
    """

    offering: Text | None = None
    runs_on: Name | None = None
    count: Count | None = None
    instances: Instances | None = None
    peak: Peak | None = None
    region: Text | None = None
    regions: list[Text] = []
    schedule: Schedule | None = None
    commitment: Commitment | None = None
    spot_share: Share | None = None
    seats: Count | None = None
    settings: Settings = {}
    usage: dict[Name, Usage] = {}
    limits: dict[Name, LimitValue] = {}
    holds: dict[Name, Span] = {}
    price: Price | None = None
    expires: date | None = None
    gated: list[Text] = []
    leave_out: bool = False
    note: Text = ""
