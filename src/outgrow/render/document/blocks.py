"""What a document is made of, before it is Markdown or HTML.

Sections say what they mean (a table, a checklist, a figure with its source) and never how it
looks; `markdown.py` and `html.py` each know every kind below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

Tone = Literal["plain", "good", "warn", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Code:
    """A name as it is written in the strategy or the catalogue."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that carry the line."""

    text: str


@dataclass(frozen=True, slots=True)
class Muted:
    """Words beside the point: a unit, a note, a second name."""

    text: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict or a state in one or two words; the words alone must say it."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another section of the document, by its anchor."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class SourceMark:
    """A footnote: the number of a source, and a word where its grade must be told."""

    number: int
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """A share as a bar, and the same in words."""

    share: Decimal
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Break:
    """The next line of the same cell."""


@dataclass(frozen=True, slots=True)
class Items:
    """A short list inside a cell or a line."""

    items: tuple[Text, ...]


BREAK = Break()

Piece: TypeAlias = str | Code | Strong | Muted | Badge | Link | SourceMark | Meter | Break | Items
Text: TypeAlias = tuple[Piece, ...]
Written: TypeAlias = "Piece | Text"


def text(*parts: Written) -> Text:
    """Return `parts` as one text; empty strings vanish."""
    pieces: list[Piece] = []
    for part in parts:
        pieces.extend(part if isinstance(part, tuple) else (part,))
    return tuple(piece for piece in pieces if piece != "")


def after(said: object, *parts: Written) -> Text:
    """Return `parts` when there is something said, else nothing."""
    return text(*parts) if said else ()


def listed(items: Iterable[Written]) -> Text:
    """Return items as a short list; one alone is just that."""
    found = tuple(text(item) for item in items)
    return (Items(found),) if len(found) > 1 else text(*found)


def marked(words: str) -> Text:
    """Return a message of outgrow's own, in which backticks mark names as code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:  # an odd backtick is just that
        return text(words)
    return text(*(Code(part) if index % 2 else part for index, part in enumerate(parts)))


def joined(parts: Iterable[Text], between: Piece = ", ") -> Text:
    """Return `parts` with `between` in between."""
    pieces: list[Piece] = []
    for index, part in enumerate(parts):
        pieces.extend((between, *part) if index else part)
    return tuple(pieces)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences; a toned one stands apart from the text around it."""

    content: Text
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `wide` ones hold sentences, `numeric` ones figures."""

    title: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as many cells as the table has columns, the first being its head.

    A row with an `anchor` can be linked to.
    """

    cells: tuple[Text, ...]
    tone: Tone = "plain"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `totals` are rows that sum up those above."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered where the order matters."""

    items: tuple[Text, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class CheckItem:
    """Something to do: done, not done, or (None) nobody has said."""

    done: bool | None
    content: Text


@dataclass(frozen=True, slots=True)
class Checklist:
    """Items with what is met."""

    items: tuple[CheckItem, ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure that the reader should take away."""

    label: str
    value: Text
    note: Text = ()
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A row of key figures."""

    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """Terms with what is said about each, where a table would have one row."""

    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture as SVG, and as Mermaid where that can say the same.

    `name` is a file name without its ending; `description` says in words what is drawn.
    """

    name: str
    title: str
    description: str
    svg: str
    mermaid: str = ""
    caption: Text = ()


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A question or an answer, with what follows from it."""

    content: Text
    children: tuple[TreeNode, ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree read from its root, and the same in Mermaid."""

    title: str
    root: TreeNode
    mermaid: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Detail that a first reading passes over."""

    summary: str
    blocks: tuple[Block, ...]


Block: TypeAlias = (
    Paragraph | Table | Bullets | Checklist | KeyFigures | Details | Diagram | Tree | Fold
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; `anchor` is unique in the document.

    `short` is its name in the table of contents.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    short: str = ""

    @property
    def listed(self) -> str:
        """Return the name in the table of contents."""
        return self.short or self.title

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to read under the heading."""
        return not self.blocks and not self.sections


@dataclass(frozen=True, slots=True)
class StrategyDocument:
    """The whole document; `as_of` is the day of the last measured value, if there is one."""

    name: str
    description: str
    origin: str
    as_of: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """Return the name of the strategy with what the document is."""
        return f"{self.name}: infrastructure strategy"
