"""A usage file while it is read: every row checked, every problem kept for the end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from outgrow.analysis.usage.usage import Series, Usage
from outgrow.diagnostics import Diagnostic, Location, Path, Severity
from outgrow.errors import InvalidUsage

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 200_000
_MAX_REPORTED = 1_000
_NUMBER = re.compile(r"^\+?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?$", re.ASCII)
_METRIC = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")
_LARGEST = Decimal("1e18")
_YEARS = range(1970, 2201)


class UsageDraft:
    """Collects values and problems; `finish` returns the usage or raises with all of them."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._points: dict[str, dict[datetime, tuple[Decimal, int]]] = {}
        self._problems: list[Diagnostic] = []
        self._unreported = 0
        self._dates: dict[str, datetime | str] = {}
        if len(text) > MAX_BYTES:
            self.report("usage-too-large", f"the file is larger than {MAX_BYTES // 1024**2} MiB", 1)
            raise InvalidUsage(self._problems)

    def report(
        self, code: str, reason: str, line: int, column: int = 1, remedy: str = "", path: Path = ()
    ) -> None:
        """Keep a problem; past a thousand they are only counted."""
        if len(self._problems) >= _MAX_REPORTED:
            self._unreported += 1
            return
        location = Location(self._file, line, column)
        self._problems.append(
            Diagnostic(Severity.ERROR, code, reason, remedy, path, location, self._file)
        )

    def metric(self, text: str, line: int, column: int) -> str | None:
        """Return the metric's name, or report why `text` is none."""
        if _METRIC.match(text):
            return text
        remedy = "Use letters, digits, '.', '_' and '-', at most 80: db.database_gb."
        self.report("bad-metric", f"{text[:80]!r} is not a metric", line, column, remedy)
        return None

    def instant(self, text: str, line: int, column: int) -> datetime | None:
        """Return the moment in UTC, or report why `text` is none."""
        known = self._dates.get(text)
        if known is None:
            known = self._dates[text] = _instant(text)
        if isinstance(known, datetime):
            return known
        remedy = "Write 2026-03-31, or 2026-03-31T08:00:00+00:00 where the hour matters."
        self.report("bad-date", known, line, column, remedy)
        return None

    def value(self, text: str, line: int, column: int) -> Decimal | None:
        """Return the value, or report why `text` is none."""
        found = _value(text)
        if isinstance(found, Decimal):
            return found
        reason, remedy = found
        self.report("bad-value", reason, line, column, remedy)
        return None

    def add(
        self, metric: str, moment: datetime, value: Decimal, line: int, column: int = 1
    ) -> None:
        """Enter a value; another one for the same metric and instant is a problem."""
        points = self._points.setdefault(metric, {})
        earlier = points.setdefault(moment, (value, line))
        if earlier[0] != value:
            self.report(
                "duplicate-value",
                f"{metric} is {value} here and {earlier[0]} on line {earlier[1]}, "
                f"both at {moment.isoformat()}",
                line,
                column,
                "Keep the one that was measured.",
            )

    def finish(self) -> Usage:
        """Return the usage, or raise InvalidUsage with every problem."""
        if not self._points and not self._problems:
            remedy = "Write at least one value; docs/usage-files.md shows both formats."
            self.report("empty-usage", "the file holds no value", 1, 1, remedy)
        if self._unreported:
            reason = f"{self._unreported} more problems of the same kinds"
            last = self._problems[-1].location
            location = Location(self._file, last.line if last else 1, 1)
            self._problems.append(
                Diagnostic(Severity.ERROR, "more-problems", reason, location=location)
            )
        if self._problems:
            raise InvalidUsage(self._problems)
        return Usage(
            {
                metric: Series(
                    metric,
                    tuple((moment, points[moment][0]) for moment in sorted(points)),
                    self._file,
                )
                for metric, points in self._points.items()
            }
        )


def _instant(text: str) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return f"{text[:60]!r} is not a date"
    if moment.year not in _YEARS:
        return f"the year {moment.year} lies outside {_YEARS.start}-{_YEARS.stop - 1}"
    return moment


def _value(text: str) -> Decimal | tuple[str, str]:
    if _NUMBER.match(text):
        value = Decimal(text)
        if value <= _LARGEST:
            return value
        return f"{text[:60]} is larger than {_LARGEST:.0e}", "Check the figure and its unit."
    shown = repr(text[:60])
    if not text:
        return "there is no value", "Leave the row out where nothing was measured."
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity", "null", "none", "na", "n/a"}:
        return f"{shown} is not a value", "Leave the row out where nothing was measured."
    if _NUMBER.match(text[1:]) and text[0] == "-":
        return f"{shown} is negative; usage is counted from zero", "Write what is in use."
    plain = text.replace(",", "").replace("_", "").replace(" ", "")
    if _NUMBER.match(plain):
        return f"{shown} has separators between its digits", f"Write {plain}."
    return f"{shown} is not a number", "Write the number alone; the unit is in the metric's name."
