"""Which offering stands for a component in a phase, and at which size."""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.strategy.fields import (
    Count,
    Day,
    Model,
    MonthOfYear,
    Name,
    Quantity,
    Share,
    Span,
    Text,
)
from outgrow.strategy.offerings import (
    Commitment,
    Counted,
    Instances,
    LimitValue,
    Price,
    Schedule,
    Settings,
    Usage,
)

_MERGED_BY_KEY = ("settings", "usage", "limits", "holds")
# These describe the offering they stand beside, so they mean nothing for another one.
_OF_THE_OFFERING = (
    "runs_on", "settings", "usage", "limits", "holds", "price", "expires", "gated", "commitment",
)  # fmt: skip
_ONE_OR_THE_OTHER = {
    "count": "instances",
    "instances": "count",
    "region": "regions",
    "regions": "region",
}


class Peak(Model):
    """Extra instances for a part of the month: base and peak.

    With `months` only these months of the year have the peak; its price is spread over all
    twelve, as an annual price is.
    """

    count: Count
    hours_month: Quantity
    months: list[MonthOfYear] = []


class Assignment(Model):
    """An offering for one component.

    `settings` are the parameters of the offering's service (docs/pricing.md lists them:
    `disk_gb`, `multi_az`, ...). `usage` are its metered quantities: a number, the name of a
    demand variable, or `{demand: users, times: 0.02}`. `count` and `seats` are numbers, or
    follow a demand variable: `{demand: users, per: 500}` is one for every 500 of them. In an
    environment an assignment changes only what it names. What `runs_on` a component with the
    same offering is part of it and adds no charge: an API in the functions of the frontend's
    plan.
    """

    offering: Text | None = None
    runs_on: Name | None = None
    count: Counted | None = None
    instances: Instances | None = None
    peak: Peak | None = None
    region: Text | None = None
    regions: list[Text] = []
    schedule: Schedule | None = None
    commitment: Commitment | None = None
    spot_share: Share | None = None
    seats: Counted | None = None
    settings: Settings = {}
    usage: dict[Name, Usage] = {}
    limits: dict[Name, LimitValue] = {}
    holds: dict[Name, Span] = {}
    price: Price | None = None
    expires: Day | None = None
    gated: list[Text] = []
    leave_out: bool = False
    note: Text = ""


def merge_assignment(base: Assignment, override: Assignment) -> Assignment:
    """Return `base` changed by what `override` writes, and by nothing else.

    `settings`, `usage`, `limits` and `holds` merge key by key; `null` clears a value. Another
    offering drops what described the first one, and an assignment that was left out comes
    back. `count` replaces `instances`, `region` replaces `regions`, and the reverse.
    """
    written = {name: getattr(override, name) for name in override.model_fields_set}
    kept = {name: getattr(base, name) for name in base.model_fields_set}
    for name in _dropped(base, written):
        kept.pop(name, None)
    for name in _MERGED_BY_KEY:
        if name in written:
            written[name] = {**kept.get(name, {}), **written[name]}
    return Assignment.model_construct(**{**kept, **written})


def _dropped(base: Assignment, written: Mapping[str, object]) -> set[str]:
    dropped = {_ONE_OR_THE_OTHER[name] for name in written if name in _ONE_OR_THE_OTHER}
    if written.get("offering") is not None:
        dropped.add("leave_out")
        if base.offering is not None and written["offering"] != base.offering:
            dropped.update(_OF_THE_OFFERING)
    return dropped
