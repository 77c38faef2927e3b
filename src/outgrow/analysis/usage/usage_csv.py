"""Usage from CSV, in the long form (`date,metric,value`) or the wide one (a column a metric)."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from outgrow.analysis.usage.usage import Usage
from outgrow.analysis.usage.usage_draft import MAX_ROWS, UsageDraft

_LONG = {"date", "metric", "value"}
_HEADER_REMEDY = "Begin with `date,metric,value`, or with `date` and one column a metric."


def parse_usage_csv(text: str, name: str) -> Usage:
    """Return the usage that `text` holds; `name` is the file as the user knows it.

    Lines that begin with `#` are comments. Raises InvalidUsage with every problem found.
    """
    draft = UsageDraft(name, text)
    rows = _rows(text, draft)
    header = next(rows, None)
    if header is None:
        return draft.finish()
    line, cells = header
    names = [cell.strip() for cell in cells]
    if not _header_is_good(names, line, cells, draft):
        return draft.finish()
    if set(names) == _LONG:
        _read_long(names, rows, draft)
    else:
        _read_wide(names, rows, draft)
    return draft.finish()


def _rows(text: str, draft: UsageDraft) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins on, comments and blank lines left out."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    kept = [number for number, line in enumerate(lines, 1) if not _is_skipped(line)]
    reader = csv.reader((lines[number - 1] for number in kept), strict=True)
    count = 0
    try:
        while True:
            begins = reader.line_num
            row = next(reader, None)
            if row is None:
                return
            if count > MAX_ROWS:
                draft.report("usage-too-large", f"more than {MAX_ROWS:,} rows", kept[begins])
                return
            count += 1
            yield kept[begins], row
    except csv.Error as error:
        line = kept[min(reader.line_num, len(kept)) - 1]
        draft.report("bad-csv", f"not CSV: {error}", line, 1, "Check the quotes on this line.")


def _is_skipped(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _header_is_good(names: list[str], line: int, cells: list[str], draft: UsageDraft) -> bool:
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        draft.report("bad-header", "the columns are not separated by commas", line, 1)
        return False
    if "date" not in names or len(names) < 2:
        shown = ",".join(names)[:80]
        draft.report(
            "bad-header", f"the header {shown!r} has no date column", line, 1, _HEADER_REMEDY
        )
        return False
    good = True
    for index, column_name in enumerate(names):
        column = _column(cells, index)
        if column_name in names[:index]:
            draft.report("bad-header", f"the column {column_name!r} comes twice", line, column)
            good = False
        elif draft.metric(column_name, line, column) is None:
            good = False
    return good


def _read_long(names: list[str], rows: Iterator[tuple[int, list[str]]], draft: UsageDraft) -> None:
    date_at, metric_at, value_at = (names.index(name) for name in ("date", "metric", "value"))
    for line, cells in rows:
        if not _has_cells(names, line, cells, draft):
            continue
        metric = draft.metric(cells[metric_at].strip(), line, _column(cells, metric_at))
        moment = draft.instant(cells[date_at].strip(), line, _column(cells, date_at))
        value = draft.value(cells[value_at].strip(), line, _column(cells, value_at))
        if metric is not None and moment is not None and value is not None:
            draft.add(metric, moment, value, line, _column(cells, value_at))


def _read_wide(names: list[str], rows: Iterator[tuple[int, list[str]]], draft: UsageDraft) -> None:
    date_at = names.index("date")
    cell_count = 0
    for line, cells in rows:
        if not _has_cells(names, line, cells, draft):
            continue
        moment = draft.instant(cells[date_at].strip(), line, _column(cells, date_at))
        cell_count += len(cells) - 1
        if cell_count > MAX_ROWS:
            draft.report("usage-too-large", f"more than {MAX_ROWS:,} values", line)
            return
        for index, (metric, cell) in enumerate(zip(names, cells, strict=True)):
            if index == date_at or not cell.strip():  # not measured on that day
                continue
            column = _column(cells, index)
            value = draft.value(cell.strip(), line, column)
            if value is not None and moment is not None:
                draft.add(metric, moment, value, line, column)


def _has_cells(names: list[str], line: int, cells: list[str], draft: UsageDraft) -> bool:
    if len(cells) == len(names):
        return True
    remedy = "A value with a comma in it needs no comma: 1000, not 1,000."
    reason = f"{len(cells)} cells where the header has {len(names)} columns"
    draft.report("bad-row", reason, line, 1, remedy)
    return False


def _column(cells: list[str], index: int) -> int:
    return 1 + sum(len(cell) + 1 for cell in cells[:index])
