"""A text without its marks, for labels, descriptions and names in the table of contents."""

from __future__ import annotations

from outgrow.render.document.blocks import (
    Badge,
    Break,
    Code,
    Items,
    Link,
    Meter,
    Muted,
    SourceMark,
    Strong,
    Text,
)


def plain(content: Text) -> str:
    """Return the words of `content` alone."""
    return "".join(_words(piece) for piece in content)


def _words(piece: object) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Code | Strong | Muted | Badge | Link | Meter):
        return piece.text
    if isinstance(piece, Items):
        return "; ".join(plain(item) for item in piece.items)
    return " " if isinstance(piece, Break | SourceMark) else ""
