"""What a user writes to have one thing priced: a typed item for each service.

Every quantity of an item is for one resource; `count` multiplies them all. A usage quantity
may be None, which says "nobody knows": its line is then unknown and the total "at least".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from outgrow.units import HOURS_PER_MONTH

# The bounds keep every product within the 28 digits that decimals carry exactly.
_MOST = Decimal(10) ** 12
_MOST_COPIES = Decimal(10) ** 5

Amount = Annotated[Decimal, Field(ge=0, le=_MOST)]
Usage = Annotated[Decimal, Field(ge=0, le=_MOST)] | None
Count = Annotated[Decimal, Field(ge=0, le=_MOST_COPIES)]
Hours = Annotated[Decimal, Field(ge=0, le=744)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]
Term = Literal["", "1y", "3y"]

NOTHING = Decimal(0)
ONE = Decimal(1)


class PriceItem(BaseModel):
    """The base of every item: a name for the reader, a region, and how many there are."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = ""
    service: str
    region: str = "us-east-1"
    count: Count = ONE


class HourlyItem(PriceItem):
    """An item billed by the hour it runs; a month is 730 hours, the longest has 744."""

    hours_month: Hours = HOURS_PER_MONTH


def times(*factors: Decimal | None) -> Decimal | None:
    """Return the product; None when a factor is unknown, unless another makes it zero."""
    product = ONE
    unknown = False
    for factor in factors:
        if factor is None:
            unknown = True
        else:
            product *= factor
    return None if unknown and product else product


def above(quantity: Decimal | None, included: Decimal) -> Decimal | None:
    """Return what exceeds `included`: what a service bills past its own free part."""
    if quantity is None:
        return None
    return quantity - included if quantity > included else NOTHING
