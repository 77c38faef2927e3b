"""The number that somebody meant who wrote a unit, or used another one than the key says."""

from __future__ import annotations

import re
from decimal import Decimal

from outgrow.units import GIB_PER_TIB, MIB_PER_GIB, format_number

_WRITTEN = re.compile(r"\s*([$€£]?)\s*([-+]?\d[\d,_]*(?:\.\d+)?)\s*([A-Za-zµ%$€£]*)\s*")
_LONGEST = 64

_GIB_BYTES = Decimal(1024) ** 3
_BYTES = {
    "b": Decimal(1),
    **{
        prefix + suffix: base**power
        for power, prefix in enumerate("kmgtp", start=1)
        for base, suffixes in ((Decimal(1000), ("b",)), (Decimal(1024), ("i", "ib")))
        for suffix in suffixes
    },
}
_SECONDS = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), Decimal("0.001")),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(3600)),
    **dict.fromkeys(("d", "day", "days"), Decimal(86400)),
    **dict.fromkeys(("w", "week", "weeks"), Decimal(604800)),
}
_KEY_SECONDS = {
    "_ms": Decimal("0.001"),
    "_seconds": Decimal(1),
    "_hours": Decimal(3600),
    "_days": Decimal(86400),
}


def number_meant(key: str, text: str) -> str:
    """Return what to write for `text`, a number with a unit, beside `key`; "" if unclear."""
    match = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return ""
    number = Decimal(match[2].replace(",", "").replace("_", ""))
    unit = match[1] or match[3]
    for read in (_gib, _share, _time, _cpu):
        if said := read(key, number, unit):
            return said
    return f"Write `{key}: {_written(number)}`" + (
        f" if {unit} is what the key counts." if unit else "."
    )


def other_unit(key: str, number: Decimal, highest: Decimal) -> str:
    """Return what to write when `number` is above `highest` because of its unit; "" if unclear."""
    if key.endswith("_gib") and number / MIB_PER_GIB <= highest:
        return f"If MiB were meant, write `{key}: {_written(number / MIB_PER_GIB)}`."
    if key == "vcpu" and number / 1000 <= highest:
        return f"If millicores were meant, write `{key}: {_written(number / 1000)}`."
    if highest == 1 and number <= 100:
        return f"If percent were meant, write `{key}: {_written(number / 100)}`."
    return ""


def _gib(key: str, number: Decimal, unit: str) -> str:
    factor = _BYTES.get(unit.lower())
    if not key.endswith("_gib") or factor is None:
        return ""
    gib = number * factor / _GIB_BYTES
    if gib == number:
        return f"Write `{key}: {_written(number)}`; the key already says GiB."
    said = (
        f"{_written(number)} {unit.upper()} is {_written(gib)} GiB: write `{key}: {_written(gib)}`"
    )
    binary = {"gb": Decimal(1), "mb": 1 / MIB_PER_GIB, "tb": GIB_PER_TIB}.get(unit.lower())
    if binary is None:
        return said.replace(unit.upper(), unit) + "."
    meant = {"gb": "GiB", "mb": "MiB", "tb": "TiB"}[unit.lower()]
    return f"{said}, or {_written(number * binary)} if {meant} was meant."


def _share(key: str, number: Decimal, unit: str) -> str:
    if unit != "%":
        return ""
    return f"Write `{key}: {_written(number / 100)}`, the share of 1 that {_written(number)} % is."


def _time(key: str, number: Decimal, unit: str) -> str:
    per_key = next((size for end, size in _KEY_SECONDS.items() if key.endswith(end)), None)
    factor = _SECONDS.get(unit.lower())
    if per_key is None or factor is None:
        return ""
    return f"Write `{key}: {_written(number * factor / per_key)}`."


def _cpu(key: str, number: Decimal, unit: str) -> str:
    if key != "vcpu" or unit != "m":
        return ""
    cores = _written(number / 1000)
    return f"{_written(number)}m is {cores} vCPU: write `vcpu: {cores}`."


def _written(number: Decimal) -> str:
    """Return `number` to four decimals at most, or more when it is smaller than that."""
    places = Decimal("0.01") if abs(number) >= 1 else Decimal("0.0001")
    exact = number.normalize()
    short = exact if int(exact.as_tuple().exponent) >= -4 else number.quantize(places)
    return format_number(short).replace(",", "")
