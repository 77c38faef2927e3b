"""Reasons to move: conditions on metrics, limits, trends and dates, freely combined."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from outgrow.strategy.fields import Count, Day, Model, Name, Number, Positive, Share, Text


class Band(StrEnum):
    """How urgent a signal is: time to prepare, or time to move."""

    WARN = "warn"
    MUST = "must"


class Trend(Model):
    """A change over time: the share by which a metric rises or falls within `over_days`."""

    direction: Literal["rising", "falling"]
    by_share: Share | None = None
    over_days: Positive


_COMPARATORS = ("above", "at_least", "below", "at_most", "trend")
_GROUPS = ("any", "all", "of")


class Condition(Model):
    """One condition, or several joined by `any`, `all` or `at_least_k` `of`.

    A single condition looks at a `metric` (or the share of a `limit` in use, or the `rate`
    at which a metric grows in a day), compares it, and may have to hold `for_days` or
    `for_seconds`. `within_days` looks ahead instead: true when the record, continued, likely
    passes the figure within that time. `warn` is where the warning band begins. `signal`
    refers to a named one.
    """

    any: list[Condition] | None = None
    all: list[Condition] | None = None
    of: list[Condition] | None = None
    at_least_k: Count | None = None
    signal: Name | None = None
    metric: Name | None = None
    limit: Name | None = None
    rate_of: Name | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    trend: Trend | None = None
    warn: Number | None = None
    on_or_after: Day | None = None
    for_days: Positive | None = None
    for_seconds: Positive | None = None
    within_days: Positive | None = None
    band: Band = Band.MUST
    description: Text = ""

    @model_validator(mode="after")
    def _one_form(self) -> Condition:
        subjects = [self.metric, self.limit, self.rate_of]
        forms = [self.any, self.all, self.of, self.signal, self.on_or_after]
        chosen = sum(s is not None for s in subjects) + sum(f is not None for f in forms)
        if chosen != 1:
            raise PydanticCustomError(
                "condition_form",
                "a condition is exactly one of any, all, of, signal, metric, limit, rate_of, "
                "on_or_after; this one has {n}",
                {"n": chosen},
            )
        comparators = sum(getattr(self, name) is not None for name in _COMPARATORS)
        if comparators != (1 if any_given(subjects) else 0):
            raise PydanticCustomError(
                "condition_comparator",
                "a metric, limit or rate_of needs exactly one of above, at_least, below, "
                "at_most, trend; this one has {n}",
                {"n": comparators},
            )
        self._check_groups()
        self._check_outlook()
        return self

    def _check_outlook(self) -> None:
        subject = self.metric is not None or self.limit is not None
        lasting = self.for_days is not None or self.for_seconds is not None
        if self.within_days is not None and (not subject or self.trend is not None or lasting):
            raise PydanticCustomError(
                "outlook",
                "`within_days` looks ahead to where one metric or limit passes a figure; "
                "it goes with none of trend, rate_of, for_days, for_seconds",
                {},
            )

    def _check_groups(self) -> None:
        for group in (self.any, self.all, self.of):
            if group is not None and not group:
                raise PydanticCustomError("empty_group", "a group of conditions is empty", {})
        if (self.of is None) != (self.at_least_k is None):
            raise PydanticCustomError("k_of_n", "`of` and `at_least_k` go together", {})
        if self.of is not None and not 1 <= (self.at_least_k or 0) <= len(self.of):
            raise PydanticCustomError(
                "k_of_n", "at_least_k must lie between 1 and {n}", {"n": len(self.of)}
            )


def any_given(values: list[str | None]) -> bool:
    """Return whether at least one of `values` is written."""
    return any(value is not None for value in values)


class Signal(Model):
    """A named reason to move, of the whole system or of one component."""

    description: Text = ""
    component: Name | None = None
    when: Condition
