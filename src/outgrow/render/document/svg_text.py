"""Text in SVG: escaping, and how wide a line will be.

A renderer cannot ask the browser, so widths are those of Helvetica and Arial with an eighth
more: that holds the same words in the wide system fonts of Linux (DejaVu Sans) too.
"""

from __future__ import annotations

_WIDTHS = {
    "iljI.,:;'|!": 0.26,
    "ftr()[]-/\\ ": 0.33,
    '"*°': 0.38,
    "cksvxyzJ": 0.51,
    "abdeghnopqu0123456789$?_#L–·+<>=~": 0.56,
    "FTZ": 0.61,
    "ABEKPSVXY&": 0.67,
    "CDHNRU": 0.73,
    "GOQwmM": 0.8,
    "%@W": 0.95,
}
_WIDTH_OF = {character: width for characters, width in _WIDTHS.items() for character in characters}
_OTHER = 0.75
_WIDE = 1.05  # ideographs, emoji
_BOLD = 1.08
_ROOM = 1.12
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape_xml(words: str) -> str:
    """Return `words` for an element or an attribute, on one line, without control characters."""
    line = " ".join(words.split())
    return "".join(c for c in line if c.isprintable()).translate(_XML)


def text_width(words: str, size: float, bold: bool = False) -> float:
    """Return about how many pixels `words` take at a font size of `size`."""
    ems = sum(_WIDTH_OF.get(c, _WIDE if ord(c) > 0x2E80 else _OTHER) for c in words)
    return ems * size * _ROOM * (_BOLD if bold else 1)


def fit(words: str, width: float, size: float, bold: bool = False) -> str:
    """Return `words`, cut with an ellipsis where they would be wider than `width`."""
    line = " ".join(words.split())
    if text_width(line, size, bold) <= width:
        return line
    while line and text_width(f"{line}…", size, bold) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def wrap(words: str, width: float, size: float, most: int, bold: bool = False) -> list[str]:
    """Return `words` in at most `most` lines no wider than `width`, the last one cut to fit."""
    lines: list[str] = []
    current = ""
    remaining = words.split()
    while remaining:
        candidate = f"{current} {remaining[0]}".strip()
        if not current or text_width(candidate, size, bold) <= width:
            current = candidate
            remaining.pop(0)
        elif len(lines) == most - 1:
            break
        else:
            lines.append(current)
            current = ""
    if remaining:
        current = f"{current} {' '.join(remaining)}"
    lines.append(fit(current, width, size, bold))
    return lines


def coordinate(value: float) -> str:
    """Return a coordinate with at most one decimal, the same on every machine."""
    rounded = round(value, 1)
    return f"{rounded:.1f}".removesuffix(".0") if rounded else "0"
