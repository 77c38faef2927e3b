"""`--set users=4000`, `--autostop 12x5`, `--reserve 1y`, `--spot 0.7`: text into a WhatIf."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from outgrow.errors import InputError
from outgrow.strategy.strategy import Strategy
from outgrow.topology.what_if import WhatIf, hours_of

_HOURS = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*[xX]\s*(\d+(?:\.\d+)?)\s*$")
_SCALES = {"k": Decimal(1000), "m": Decimal(1_000_000)}


def read_values(written: Iterable[str]) -> dict[str, Decimal]:
    """Return the values of `name=number` texts; raise InputError naming every bad one."""
    values: dict[str, Decimal] = {}
    wrong: list[str] = []
    for text in written:
        name, separator, number = text.partition("=")
        value = _number(number) if separator and name.strip() else None
        if value is None:
            wrong.append(repr(text))
        else:
            values[name.strip()] = value
    if wrong:
        raise InputError(
            f"--set {', '.join(wrong)}: expected name=number", "For example `--set users=4000`."
        )
    return values


def _number(text: str) -> Decimal | None:
    text = text.strip().replace("_", "").replace(",", "")
    scale = _SCALES.get(text[-1:].lower(), Decimal(1))
    try:
        value = Decimal(text[:-1] if scale != 1 else text) * scale
    except ArithmeticError:
        return None
    return value if value.is_finite() and Decimal(0) <= value <= Decimal("1e15") else None


def demand_values(written: Iterable[str], strategy: Strategy) -> dict[str, Decimal]:
    """Return `--set` values whose names the strategy's demand knows; raise InputError if not."""
    values = read_values(written)
    known = demand_names(strategy)
    unknown = [name for name in values if name not in known]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], sorted(known), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}."
        raise InputError(f"--set: no demand variable {', '.join(map(repr, unknown))}", hint)
    return values


def demand_names(strategy: Strategy) -> set[str]:
    """Return every demand variable of the file: declared, served or expected."""
    names = set(strategy.demand)
    for phase in strategy.phases.values():
        names |= set(phase.serves) | set(phase.expects)
    return names


def read_what_if(
    demand: Mapping[str, Decimal],
    autostop: str | None = None,
    reserve: str | None = None,
    spot: Decimal | None = None,
    addons: tuple[str, ...] = (),
) -> WhatIf:
    """Return the what-if that the flags describe."""
    return WhatIf(
        demand=demand,
        hours_month=None if autostop is None else _hours(autostop),
        reserve_years=None if reserve is None else _years(reserve),
        spot_share=None if spot is None else _share(spot),
        addons=addons,
    )


def _hours(text: str) -> Decimal:
    match = _HOURS.match(text)
    if match is None or Decimal(match[1]) > 24 or Decimal(match[2]) > 7:
        raise InputError(
            f"--autostop {text!r}: expected hours a day x days a week", "For example 12x5."
        )
    return hours_of(Decimal(match[1]), Decimal(match[2]))


def _years(text: str) -> Literal[1, 3]:
    if text not in ("1y", "3y"):
        raise InputError(f"--reserve {text!r}: expected 1y or 3y", "For example `--reserve 1y`.")
    return 1 if text == "1y" else 3


def _share(value: Decimal) -> Decimal:
    if not (value.is_finite() and Decimal(0) <= value <= Decimal(1)):
        raise InputError(f"--spot {value}: expected a share from 0 to 1", "For example 0.7.")
    return value
