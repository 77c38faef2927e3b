"""The footnotes: each source gets a number the first time a figure names it."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.catalog.rates import Grade, Provenance
from outgrow.render.document.blocks import Column, Row, SourceMark, Table, Text, text

_CAVEATS = {
    Grade.C: "secondary",
    Grade.DERIVED: "derived",
    Grade.UNGRADED: "ungraded",
}
_GRADES = {
    Grade.A: "A, the provider's own or cross-checked",
    Grade.B: "B, one good source",
    Grade.C: "C, one secondary source",
    Grade.DERIVED: "derived, computed and read nowhere",
    Grade.USER: "stated in the strategy",
    Grade.UNGRADED: "not graded",
}

_Key = tuple[str, str, Grade]


def source_anchor(number: int) -> str:
    """Return the anchor of a source's row."""
    return f"source-{number}"


class SourceBook:
    """Numbers sources in the order in which the document names them."""

    def __init__(self) -> None:
        self._numbers: dict[_Key, int] = {}
        self._notes: dict[_Key, dict[str, None]] = {}

    def mark(self, provenance: Provenance | None) -> Text:
        """Return the footnote of `provenance`, with a word where the figure is a weak one."""
        if provenance is None:
            return ()
        key = (provenance.source, provenance.as_of, provenance.grade)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        if provenance.notes:
            self._notes.setdefault(key, {})[provenance.notes] = None
        return (SourceMark(number, _CAVEATS.get(provenance.grade, "")),)

    def marks(self, provenances: Iterable[Provenance | None]) -> Text:
        """Return the footnotes of several sources, each once."""
        found = dict.fromkeys(self.mark(one) for one in provenances if one is not None)
        return text(*found)

    def table(self) -> Table | None:
        """Return the list of all sources named so far, or None when there are none."""
        if not self._numbers:
            return None
        rows = tuple(
            Row(
                (text(str(number)), text(key[0]), text(key[1] or "undated"), self._said(key)),
                anchor=source_anchor(number),
            )
            for key, number in self._numbers.items()
        )
        columns = (
            Column("No.", numeric=True),
            Column("Source", wide=True),
            Column("Read or dated"),
            Column("Grade and notes", wide=True),
        )
        return Table("Where the figures come from", columns, rows)

    def _said(self, key: _Key) -> Text:
        notes = "; ".join(self._notes.get(key, {}))
        return text(_GRADES[key[2]], f": {notes}" if notes else "")
