"""What good looks like, when to raise the alarm, and whom to tell."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from outgrow.strategy.components import SecretReference
from outgrow.strategy.fields import Count, Model, Name, Number, Positive, Share, Text

Aim = Literal["latency", "error_rate", "availability", "ttfb", "lcp", "throughput", "other"]


class Target(Model):
    """A promise about the running system, and the level at which to alert.

    The unit is in the metric's name (`latency_p95_ms`).
    """

    metric: Name
    aim: Aim = "other"
    component: Name | None = None
    percentile: Positive | None = None
    below: Number | None = None
    above: Number | None = None
    alert_above: Number | None = None
    alert_below: Number | None = None
    window_seconds: Positive | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Target:
        if (self.below is None) == (self.above is None):
            raise PydanticCustomError("target", "a target is either below or above a value", {})
        return self


class Channel(Model):
    """Where an alert goes; the address is a reference, never the secret itself."""

    kind: Literal["slack", "page", "email", "webhook"]
    to: Text = ""
    secret: SecretReference | None = None


class Alert(Model):
    """A rule that tells someone: a metric, the share of a limit in use, or an event."""

    description: Text = ""
    metric: Name | None = None
    limit: Name | None = None
    event: Name | None = None
    component: Name | None = None
    phases: list[Name] = []
    above: Number | None = None
    below: Number | None = None
    above_share: Share | None = None
    statistic: Literal["average", "sum", "maximum", "minimum", "count"] = "average"
    window_seconds: Positive = Decimal(300)
    windows: Count = 1
    severity: Literal["info", "warn", "page"] = "warn"
    to: list[Name] = []

    @model_validator(mode="after")
    def _one_form(self) -> Alert:
        if sum(v is not None for v in (self.metric, self.limit, self.event)) != 1:
            raise PydanticCustomError(
                "alert_form", "an alert watches exactly one of metric, limit, event", {}
            )
        levels = sum(v is not None for v in (self.above, self.below, self.above_share))
        if levels != (0 if self.event else 1):
            raise PydanticCustomError(
                "alert_level",
                "an alert on a metric or limit has exactly one of above, below, above_share",
                {},
            )
        return self


class ApplicationMetric(Model):
    """A metric that the application itself exposes: its name, its type and its labels."""

    kind: Literal["counter", "gauge", "histogram"]
    description: Text = ""
    component: Name | None = None
    labels: list[Name] = []


class Retention(Model):
    """How long each kind of record is kept, in days."""

    metrics_days: Count | None = None
    logs_days: Count | None = None
    backups_days: Count | None = None
    traces_days: Count | None = None
