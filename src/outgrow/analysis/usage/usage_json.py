"""Usage from JSON: a list of `{date, metric, value}`, or `{metric: [[date, value], ...]}`."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator

from outgrow.analysis.usage.usage import Usage
from outgrow.analysis.usage.usage_draft import MAX_ROWS, UsageDraft

_SHAPES = "Write [{date, metric, value}, ...] or {metric: [[date, value], ...]}."
_BLANK = " \t\n\r"


def parse_usage_json(text: str, name: str) -> Usage:
    """Return the usage that `text` holds; `name` is the file as the user knows it.

    Raises InvalidUsage with every problem found.
    """
    text = text.removeprefix("\ufeff")
    draft = UsageDraft(name, text)
    scanner = _Scanner(text)
    try:
        if scanner.at("["):
            _read_list(scanner, draft)
        elif scanner.at("{"):
            _read_mapping(scanner, draft)
        elif not scanner.at(""):
            draft.report("bad-json", "neither a list nor an object", 1, 1, _SHAPES)
        if scanner.rest():
            line, column = scanner.place()
            draft.report("bad-json", "text after the end of the document", line, column)
    except json.JSONDecodeError as error:
        draft.report("bad-json", f"not JSON: {error.msg}", error.lineno, error.colno, _SHAPES)
    except RecursionError:
        line, column = scanner.place()
        draft.report("bad-json", "nested too deeply", line, column, _SHAPES)
    return draft.finish()


class _Scanner:
    """Reads one value after the other and knows the line each begins on.

    The json module decodes a whole document without places; this walks its outer shape.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0]
        self._starts += [index + 1 for index, char in enumerate(text) if char == "\n"]
        # Every number stays text: the draft reads it as it reads a CSV cell.
        self._decoder = json.JSONDecoder(
            parse_float=_Written, parse_int=_Written, parse_constant=_Written
        )

    def place(self) -> tuple[int, int]:
        line = bisect_right(self._starts, self._at)
        return line, self._at - self._starts[line - 1] + 1

    def at(self, mark: str) -> bool:
        self._skip()
        return self._text.startswith(mark, self._at) if mark else self._at == len(self._text)

    def rest(self) -> bool:
        return not self.at("")

    def take(self, mark: str) -> None:
        if not self.at(mark):
            raise json.JSONDecodeError(f"expecting {mark!r}", self._text, self._at)
        self._at += 1

    def value(self) -> object:
        self._skip()
        value, self._at = self._decoder.raw_decode(self._text, self._at)
        return value

    def key(self) -> str:
        if not self.at('"'):
            raise json.JSONDecodeError("expecting a metric's name", self._text, self._at)
        return str(self.value())

    def items(self) -> Iterator[tuple[int, int, object]]:
        """Yield line, column and value of each item of the list that begins here."""
        self.take("[")
        while not self.at("]"):
            line, column = self.place()
            yield line, column, self.value()
            if not self.at("]"):
                self.take(",")
                self._skip()
        self.take("]")

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _BLANK:
            self._at += 1


class _Written(str):
    """A number as it was written."""

    __slots__ = ()


def _read_list(scanner: _Scanner, draft: UsageDraft) -> None:
    for count, (line, column, item) in enumerate(scanner.items()):
        if count >= MAX_ROWS:
            draft.report("usage-too-large", f"more than {MAX_ROWS:,} values", line, column)
        elif not isinstance(item, dict) or set(item) != {"date", "metric", "value"}:
            reason = "an item has exactly the keys date, metric and value"
            draft.report("bad-row", reason, line, column, _SHAPES, (count,))
        elif not isinstance(item["metric"], str) or isinstance(item["metric"], _Written):
            draft.report("bad-metric", "the metric is not text", line, column, "", (count,))
        elif (metric := draft.metric(item["metric"], line, column)) is not None:
            _enter(draft, metric, item["date"], item["value"], line, column)


def _read_mapping(scanner: _Scanner, draft: UsageDraft) -> None:
    count = 0
    scanner.take("{")
    while not scanner.at("}"):
        line, column = scanner.place()
        key = scanner.key()
        scanner.take(":")
        metric = draft.metric(key, line, column)
        if not scanner.at("["):
            draft.report("bad-row", f"{key}: not a list of [date, value]", line, column, _SHAPES)
            scanner.value()
        else:
            count = _read_points(scanner, draft, metric, count)
        if not scanner.at("}"):
            scanner.take(",")
    scanner.take("}")


def _read_points(scanner: _Scanner, draft: UsageDraft, metric: str | None, count: int) -> int:
    for line, column, item in scanner.items():
        count += 1
        if count > MAX_ROWS:
            draft.report("usage-too-large", f"more than {MAX_ROWS:,} values", line, column)
        elif not isinstance(item, list) or len(item) != 2:
            draft.report("bad-row", "a point is [date, value]", line, column, _SHAPES)
        elif metric is not None:
            _enter(draft, metric, item[0], item[1], line, column)
    return count


def _enter(
    draft: UsageDraft, metric: str, date: object, value: object, line: int, column: int
) -> None:
    if not isinstance(date, str) or isinstance(date, _Written):
        draft.report("bad-date", "the date is not text", line, column, 'Write "2026-03-31".')
        return
    moment = draft.instant(date, line, column)
    if not isinstance(value, _Written):
        remedy = "Write the number alone, without quotes."
        draft.report("bad-value", "the value is not a number", line, column, remedy)
        return
    number = draft.value(str(value), line, column)
    if moment is not None and number is not None:
        draft.add(metric, moment, number, line, column)
