"""Price rows from CSV text: the packaged files, and the user's overlay, have one format.

    provider,product,sku,region,unit,price_usd,vcpu,memory_gib,storage_gib,
    limit_name,limit_value,notes,source,as_of

`notes` ends with its grade (`conf=A`); an empty figure is unknown, never zero.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from outgrow.catalog.rates import Grade, Provenance, Rate
from outgrow.errors import InputError

COLUMNS = (
    "provider",
    "product",
    "sku",
    "region",
    "unit",
    "price_usd",
    "vcpu",
    "memory_gib",
    "storage_gib",
    "limit_name",
    "limit_value",
    "notes",
    "source",
    "as_of",
)

_GRADES = "A|B|C|user|ungraded|derived"
_GRADE_AT_END = re.compile(rf"(?:(?P<notes>.*); )?conf=(?P<grade>{_GRADES})", re.DOTALL)
_GRADE_WITHIN = re.compile(rf"[;\s]*\bconf=({_GRADES})\b")


def parse_rows(text: str, file: str) -> tuple[Rate, ...]:
    """Return the rows of `text`; raise InputError naming `file` and line if one is malformed."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(reader, None)
        if header is None or tuple(header) != COLUMNS:
            raise InputError(
                f"{file}:1: the first line is not the header of a price file",
                f"Start the file with: {','.join(COLUMNS)}",
            )
        seen: dict[tuple[str, str, str], Provenance] = {}
        return tuple(_rate(cells, f"{file}:{reader.line_num}", seen) for cells in reader if cells)
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}: {error}", "Write it as CSV.") from None


def _rate(cells: list[str], place: str, seen: dict[tuple[str, str, str], Provenance]) -> Rate:
    if len(cells) != len(COLUMNS):
        raise InputError(
            f"{place}: {len(cells)} columns instead of {len(COLUMNS)}",
            "Quote a cell that holds a comma.",
        )
    provider, product, sku, region, unit, price, vcpu, memory, storage, name, value = cells[:11]
    told = (cells[11], cells[12], cells[13])
    provenance = seen.get(told)
    if provenance is None:
        provenance = seen[told] = _provenance(*told)
    return Rate(
        provider,
        product,
        sku,
        region,
        unit,
        _figure(price, place, "price_usd"),
        _figure(vcpu, place, "vcpu"),
        _figure(memory, place, "memory_gib"),
        _figure(storage, place, "storage_gib"),
        name,
        value,
        provenance,
    )


def _figure(text: str, place: str, column: str) -> Decimal | None:
    if not text:
        return None
    try:
        figure = Decimal(text)
    except InvalidOperation:
        raise InputError(
            f"{place}: {column} is {text!r}, which is not a number",
            "Write a plain number, or leave the cell empty when nobody knows it.",
        ) from None
    if not figure.is_finite() or figure < 0:
        raise InputError(f"{place}: {column} is {text!r}", "Write a number of zero or more.")
    return figure


def _provenance(notes: str, source: str, as_of: str) -> Provenance:
    at_end = _GRADE_AT_END.fullmatch(notes)
    if at_end is not None:
        return Provenance(source, as_of, Grade(at_end["grade"]), at_end["notes"] or "")
    found = _GRADE_WITHIN.search(notes)
    if notes.startswith("DERIVED") or source.startswith("computed"):
        grade = Grade.DERIVED
    else:
        grade = Grade(found.group(1)) if found else Grade.UNGRADED
    return Provenance(source, as_of, grade, _GRADE_WITHIN.sub("", notes).strip("; "))


def number_of(limit_value: str) -> Decimal | None:
    """Return a limit's value, or None when the source's words are not one number."""
    try:
        value = Decimal(limit_value)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def names_in(cell: str) -> Iterable[str]:
    """Return every name a cell stands for: `pro/team` applies to both plans."""
    return {cell, *cell.split("/")}
