"""Escaping for GitHub-flavoured Markdown."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*\[\]<|~]|\$(?!\d))")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+=>](?=\s|$|[-=])|\d{1,9}(?=[.)](\s|$)))")
_TICKS = re.compile(r"`+")


def escape(words: str) -> str:
    """Return `words` as text on one line in which nothing is markup."""
    line = " ".join(words.split()) if "\n" in words or "\r" in words or "\t" in words else words
    line = _MARKUP.sub(r"\\\1", line)
    line = _UNDERSCORE.sub(r"\\_", line)
    return _ENTITY.sub("&amp;", line)


def escape_block(words: str, escaped: bool = False) -> str:
    """Return `words` for the start of a paragraph or item: no heading, list or rule begins."""
    line = (words if escaped else escape(words)).strip()
    match = _BLOCK_START.match(line)
    if match is None:
        return line
    start = match[1]
    if start[0].isdigit():
        return f"{start}\\{line[len(start) :]}"
    return f"\\{line}"


def code_span(words: str, cell: bool) -> str:
    """Return `words` as code; a pipe is escaped in a table even there."""
    line = " ".join(words.split())
    if not line:
        return ""
    longest = max((len(ticks) for ticks in _TICKS.findall(line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    shown = line.replace("|", "\\|") if cell else line
    if cell and "\\" in line:  # before a pipe, a cell reads a backslash as its escape
        return escape(line)
    return f"{fence}{pad}{shown}{pad}{fence}"


def github_slug(title: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    kept = re.sub(r"[^\w\- ]", "", title.strip().lower())
    return kept.replace(" ", "-")
