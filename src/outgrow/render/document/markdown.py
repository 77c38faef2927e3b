"""The document as GitHub-flavoured Markdown.

Everything a user wrote is escaped: it can neither break a table nor become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outgrow.render.document.blocks import (
    Badge,
    Block,
    Bullets,
    Checklist,
    Code,
    Details,
    Diagram,
    Fold,
    Items,
    KeyFigures,
    Link,
    Meter,
    Muted,
    Paragraph,
    Piece,
    Row,
    Section,
    SourceMark,
    StrategyDocument,
    Strong,
    Table,
    Text,
    Tree,
    TreeNode,
)
from outgrow.render.document.markdown_text import code_span, escape, escape_block, github_slug

IMAGES = "images"
_BOXES = {True: "x", False: " ", None: " "}
_UNSAID = " *(not said)*"
_BAR = 10


def to_markdown(document: StrategyDocument) -> str:
    """Return the whole document; pictures are files in `images/` beside it."""
    return _Writer(document).write()


class _Writer:
    def __init__(self, document: StrategyDocument) -> None:
        self._document = document
        self._anchors = _github_anchors(document)

    def write(self) -> str:
        document = self._document
        lines = [f"# {escape(document.title)}", ""]
        if document.description:
            lines += [escape_block(document.description), ""]
        lines += self._origin()
        lines += self._contents()
        for section in document.sections:
            lines += self._section(section, 2)
        return "\n".join(lines).rstrip("\n") + "\n"

    def _origin(self) -> Iterable[str]:
        document = self._document
        if document.origin:
            yield f"Source: {escape(document.origin)}"
            yield ""
        if document.as_of:
            yield f"Measured values as of {document.as_of}."
            yield ""

    def _contents(self) -> Iterable[str]:
        for section in self._document.sections:
            yield f"- {self._link(section.listed, section.anchor)}"
            for part in section.sections if section.anchor == "phases" else ():
                yield f"  - {self._link(part.listed, part.anchor)}"
        yield ""

    def _section(self, section: Section, level: int) -> Iterable[str]:
        yield f"{'#' * min(level, 6)} {escape(section.title)}"
        yield ""
        for block in section.blocks:
            yield from self._block(block)
        for part in section.sections:
            yield from self._section(part, level + 1)

    def _block(self, block: Block) -> Iterable[str]:
        if isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Paragraph):
            yield self._paragraph(block)
        elif isinstance(block, Bullets):
            yield from self._bullets(block)
        elif isinstance(block, Checklist):
            yield from self._checklist(block)
        elif isinstance(block, KeyFigures):
            yield from self._key_figures(block)
        elif isinstance(block, Details):
            yield from self._details(block)
        elif isinstance(block, Diagram):
            yield from self._diagram(block)
        elif isinstance(block, Tree):
            yield from self._tree(block)
        else:
            yield from self._fold(block)
        yield ""

    def _paragraph(self, block: Paragraph) -> str:
        said = self._text(block.content, opening=True)
        return f"> {said}" if block.tone != "plain" else said

    def _bullets(self, block: Bullets) -> Iterable[str]:
        for index, item in enumerate(block.items, start=1):
            mark = f"{index}." if block.ordered else "-"
            yield f"{mark} {self._text(item, opening=True)}"

    def _checklist(self, block: Checklist) -> Iterable[str]:
        for item in block.items:
            unsaid = _UNSAID if item.done is None else ""
            yield f"- [{_BOXES[item.done]}] {self._text(item.content, opening=True)}{unsaid}"

    def _key_figures(self, block: KeyFigures) -> Iterable[str]:
        for item in block.items:
            note = f" ({self._text(item.note)})" if item.note else ""
            yield f"- **{escape(item.label)}:** {self._text(item.value)}{note}"

    def _details(self, block: Details) -> Iterable[str]:
        for term, said in block.items:
            yield f"- **{escape(term)}:** {self._text(said, line_break='; ')}"

    def _diagram(self, block: Diagram) -> Iterable[str]:
        if block.mermaid:
            yield "```mermaid"
            yield block.mermaid
            yield "```"
            yield ""
            yield f"*{escape(block.title)}* ([SVG]({IMAGES}/{block.name}.svg))"
        else:
            yield f"![{escape(block.description)}]({IMAGES}/{block.name}.svg)"
            yield ""
            yield f"*{escape(block.title)}*"
        if block.caption:
            yield ""
            yield self._text(block.caption, opening=True)

    def _tree(self, block: Tree) -> Iterable[str]:
        yield f"*{escape(block.title)}*"
        yield ""
        yield from self._branch(block.root, 0)
        if block.mermaid:
            yield ""
            yield "```mermaid"
            yield block.mermaid
            yield "```"

    def _branch(self, node: TreeNode, depth: int) -> Iterable[str]:
        yield f"{'  ' * depth}- {self._text(node.content, opening=True)}"
        for child in node.children:
            yield from self._branch(child, depth + 1)

    def _fold(self, block: Fold) -> Iterable[str]:
        yield f"<details><summary>{escape(block.summary)}</summary>"
        yield ""
        for inner in block.blocks:
            yield from self._block(inner)
        yield "</details>"

    def _table(self, block: Table) -> Iterable[str]:
        yield f"*{escape(block.caption)}*"
        yield ""
        yield f"| {' | '.join(escape(column.title) for column in block.columns)} |"
        rules = ("---:" if column.numeric else "---" for column in block.columns)
        yield f"| {' | '.join(rules)} |"
        for row in (*block.rows, *block.totals):
            yield self._row(row)

    def _row(self, row: Row) -> str:
        return f"| {' | '.join(self._text(cell, cell=True) for cell in row.cells)} |"

    def _text(
        self,
        content: Text,
        cell: bool = False,
        opening: bool = False,
        line_break: str = "<br>",
    ) -> str:
        """Return `content` on one line; `opening` when it stands at the start of one."""
        said = "".join(self._piece(piece, cell, line_break) for piece in content).strip()
        return escape_block(said, escaped=True) if opening else said

    def _piece(self, piece: Piece, cell: bool, line_break: str) -> str:
        if isinstance(piece, str):
            return escape(piece)
        if isinstance(piece, Code):
            return code_span(piece.text, cell)
        if isinstance(piece, Strong | Badge):
            return f"**{escape(piece.text)}**" if piece.text.strip() else ""
        if isinstance(piece, Muted):
            return escape(piece.text)
        if isinstance(piece, Link):
            return self._link(piece.text, piece.anchor)
        if isinstance(piece, SourceMark):
            return _source_mark(piece)
        if isinstance(piece, Items):
            return self._items(piece, cell, line_break)
        return _meter(piece) if isinstance(piece, Meter) else line_break

    def _items(self, piece: Items, cell: bool, line_break: str) -> str:
        mark = "• " if line_break == "<br>" else ""
        return line_break.join(f"{mark}{self._text(item, cell)}" for item in piece.items)

    def _link(self, words: str, anchor: str) -> str:
        slug = self._anchors.get(anchor)
        return f"[{escape(words)}](#{slug})" if slug else escape(words)


def _source_mark(mark: SourceMark) -> str:
    return f" \\[{mark.number}{', ' + mark.caveat if mark.caveat else ''}\\]"


def _meter(meter: Meter) -> str:
    filled = min(_BAR, max(0, int(meter.share * _BAR)))
    return f"{'█' * filled}{'░' * (_BAR - filled)} {escape(meter.text)}"


def _github_anchors(document: StrategyDocument) -> Mapping[str, str]:
    """Return the anchor that GitHub gives each heading; repeated ones are numbered."""
    anchors: dict[str, str] = {}
    used: dict[str, int] = {}
    taken = [("", document.title), *_headings(document.sections)]
    for anchor, title in taken:
        slug = github_slug(title)
        count = used.get(slug, 0)
        used[slug] = count + 1
        anchors[anchor] = f"{slug}-{count}" if count else slug
    return anchors


def _headings(sections: Iterable[Section]) -> Iterable[tuple[str, str]]:
    for section in sections:
        yield section.anchor, section.title
        yield from _headings(section.sections)
