"""Changes to try without editing the file: auto-stop, commitments, spot, demand values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from outgrow.strategy.components import ComponentKind
from outgrow.strategy.offerings import Commitment
from outgrow.topology.model import Resource
from outgrow.units import HOURS_PER_MONTH, WEEKS_PER_MONTH

# What each question can change: the services that sell machines by the hour.
_STOPPABLE = frozenset({"aws/ec2", "aws/fargate", "aws/rds-postgresql"})
_RESERVABLE = frozenset({"aws/ec2", "aws/rds-postgresql", "aws/elasticache"})
_SPOT = frozenset({"aws/ec2"})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A question about the same strategy under other terms.

    `hours_month` stops machines outside of these hours; `reserve_years` commits every
    reservable resource; `spot_share` runs that share of each stateless one on spot, the rest
    on the terms it has. `addons` are adopted beside those of the phase.
    """

    demand: Mapping[str, Decimal] = field(default_factory=dict)
    hours_month: Decimal | None = None
    reserve_years: Literal[1, 3] | None = None
    spot_share: Decimal | None = None
    addons: tuple[str, ...] = ()


def hours_of(hours_day: Decimal, days_week: Decimal) -> Decimal:
    """Return the running hours a month of `hours_day` on `days_week`, at most a month."""
    return min(hours_day * days_week * WEEKS_PER_MONTH, HOURS_PER_MONTH)


def apply_what_if(resource: Resource, what_if: WhatIf) -> Resource:
    """Return `resource` under the terms of `what_if`, unchanged where they do not apply."""
    service = resource.offering.service if resource.offering else ""
    if what_if.hours_month is not None and service in _STOPPABLE:
        resource = _stopped_outside(resource, what_if.hours_month)
    if what_if.reserve_years is not None and service in _RESERVABLE:
        resource = replace(resource, commitment=Commitment(years=what_if.reserve_years))
    if what_if.spot_share is not None and service in _SPOT and _stateless(resource):
        resource = replace(resource, spot_share=what_if.spot_share)
    return resource


def _stopped_outside(resource: Resource, hours_month: Decimal) -> Resource:
    instances = resource.instances
    peak = replace(instances, peak_hours_month=min(hours_month, instances.peak_hours_month))
    hours = min(hours_month, resource.hours_month)
    return replace(resource, hours_month=hours, instances=peak)


def _stateless(resource: Resource) -> bool:
    kinds = {ComponentKind.SERVICE, ComponentKind.WORKER, ComponentKind.CI_RUNNERS}
    return resource.spec.kind in kinds | {ComponentKind.SANDBOX_POOL, ComponentKind.FRONTEND}
