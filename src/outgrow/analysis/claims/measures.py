"""Bytes in the unit that a limit's name carries: `database_gb` counts GB, not MB."""

from __future__ import annotations

from decimal import Decimal

_KIB = Decimal(1024)
_KB = Decimal(1000)
_BYTES = {
    "kb": _KB,
    "mb": _KB**2,
    "gb": _KB**3,
    "tb": _KB**4,
    "kib": _KIB,
    "mib": _KIB**2,
    "gib": _KIB**3,
    "tib": _KIB**4,
}


def in_unit_of(limit_name: str, value: Decimal, unit: str) -> Decimal | None:
    """Return `value`, written in `unit`, in the unit that `limit_name` carries.

    Without a unit, or when neither counts bytes, the value is taken to be in the limit's own.
    None when one counts bytes and the other does not.
    """
    written = _BYTES.get(_first_word(unit))
    carried = _carried(limit_name)
    if not unit or (written is None and carried is None):
        return value
    if written is None or carried is None:
        return None
    return value * written / carried


def _first_word(unit: str) -> str:
    return unit.replace("/", " ").split()[0].lower() if unit.strip("/ ") else ""


def _carried(limit_name: str) -> Decimal | None:
    tokens = limit_name.lower().split("_")
    if "hours" in tokens:  # GB-hours are no bytes
        return None
    return next((_BYTES[one] for one in tokens if one in _BYTES), None)
