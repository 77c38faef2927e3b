"""The frame around every drawing: its size, its title and its description."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from outgrow.render.document.svg_text import coordinate as c
from outgrow.render.document.svg_text import escape_xml

_STYLE = Path(__file__).with_name("diagram.css")
_LEAST_SCALE = 0.8


def frame(
    name: str, title: str, description: str, size: tuple[float, float], parts: Iterable[str]
) -> str:
    """Return a drawing to stand in a page; `name` makes its ids unique there.

    On a narrow screen it keeps at least four fifths of its size and scrolls.
    """
    width, height = math.ceil(size[0]), math.ceil(size[1])
    ids = f"{escape_xml(name)}-title", f"{escape_xml(name)}-text"
    return (
        f'<svg class="diagram" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-labelledby="{ids[0]} {ids[1]}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" style="min-width:{c(width * _LEAST_SCALE)}px">'
        f'<title id="{ids[0]}">{escape_xml(title)}</title>'
        f'<desc id="{ids[1]}">{escape_xml(description)}</desc>\n' + "\n".join(parts) + "\n</svg>"
    )


def diagram_style() -> str:
    """Return the style sheet that all drawings share."""
    return _STYLE.read_text("utf-8")


def standalone(svg: str) -> str:
    """Return a drawing as a file of its own, with its style inside."""
    head, mark, rest = svg.partition("</desc>\n")
    return f"{head}{mark}<style>\n{diagram_style()}</style>\n{rest}\n"


def text_at(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """Return a line of text whose baseline is at `y`."""
    name = f' class="{kind}"' if kind else ""
    placed = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{name} x="{c(x)}" y="{c(y)}"{placed}>{escape_xml(words)}</text>'


def box_at(
    x: float, y: float, width: float, height: float, kind: str = "box", radius: float = 8
) -> str:
    """Return a rounded rectangle."""
    return (
        f'<rect class="{kind}" x="{c(x)}" y="{c(y)}" width="{c(width)}" height="{c(height)}" '
        f'rx="{c(radius)}"/>'
    )
