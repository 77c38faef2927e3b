"""The user's overlay as text: rows written so that `parse_rows` reads the same rows back.

The overlay holds what `outgrow catalog refresh` read and what its owner wrote by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.catalog.parse_rows import COLUMNS
from outgrow.catalog.rates import Provenance, Rate


def overlay_text(rows: Iterable[Rate]) -> str:
    """Return `rows` as the text of a price file, in their order."""
    lines = (COLUMNS, *(_cells(row) for row in rows))
    return "".join(",".join(_quoted(cell) for cell in line) + "\n" for line in lines)


def merge_rows(old: Iterable[Rate], new: Iterable[Rate]) -> tuple[Rate, ...]:
    """Return `old` with each row of `new` in place of the row it names, or at the end.

    A row is named by its id and its limit: a price and a limit of one size are two rows.
    """
    merged = {(row.id, row.limit_name): row for row in old}
    merged.update({(row.id, row.limit_name): row for row in new})
    return tuple(merged.values())


def _cells(row: Rate) -> tuple[str, ...]:
    return (
        row.provider,
        row.product,
        row.sku,
        row.region,
        row.unit,
        _figure(row.price_usd),
        _figure(row.vcpu),
        _figure(row.memory_gib),
        _figure(row.storage_gib),
        row.limit_name,
        row.limit_value,
        _notes(row.provenance),
        row.provenance.source,
        row.provenance.as_of,
    )


def _figure(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _notes(provenance: Provenance) -> str:
    grade = f"conf={provenance.grade.value}"
    return f"{provenance.notes}; {grade}" if provenance.notes else grade


def _quoted(cell: str) -> str:
    # csv.writer leaves a lone carriage return bare before Python 3.13, and reads it as an end.
    if not any(mark in cell for mark in ',"\r\n'):
        return cell
    return '"' + cell.replace('"', '""') + '"'
