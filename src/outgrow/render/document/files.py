"""The document as files: Markdown, one HTML page, and the drawings that the Markdown shows."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.render.document.blocks import Diagram, Section, StrategyDocument
from outgrow.render.document.html import to_html
from outgrow.render.document.markdown import IMAGES, to_markdown
from outgrow.render.document.svg_page import standalone
from outgrow.render.rendered_file import RenderedFile

MARKDOWN_FILE = "strategy.md"
HTML_FILE = "strategy.html"


def document_files(document: StrategyDocument) -> tuple[RenderedFile, ...]:
    """Return every file of the document; the HTML page needs none of the others."""
    return (
        RenderedFile(MARKDOWN_FILE, to_markdown(document)),
        RenderedFile(HTML_FILE, to_html(document)),
        *(
            RenderedFile(f"{IMAGES}/{drawing.name}.svg", standalone(drawing.svg))
            for drawing in _diagrams(document.sections)
        ),
    )


def _diagrams(sections: Iterable[Section]) -> Iterable[Diagram]:
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Diagram))
        yield from _diagrams(section.sections)
