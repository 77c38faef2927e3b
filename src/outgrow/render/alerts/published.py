"""A metric as CloudWatch publishes it, and how it becomes a canonical one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Value


@dataclass(frozen=True, slots=True)
class CloudWatchMetric:
    """A metric of CloudWatch, and how its value becomes the canonical one.

    canonical = `offset` + `factor` x published. `name` is divided by `per` where the canonical
    metric is a share of two counts. `others` name more things that publish the same metric,
    as the further nodes of a cache: the worst of all of them counts.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, Value]
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    per: str | None = None
    note: str = ""
    others: tuple[Mapping[str, Value], ...] = ()


Find = Callable[[AwsRegion, Part], CloudWatchMetric | None]
"""How a canonical metric of a part is found in a region: None where AWS publishes none."""
