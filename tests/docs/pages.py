"""The Markdown pages of this repository, and the `outgrow` commands that they show."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile, groupby
from pathlib import Path

from tests.commands import REPOSITORY

_SHELLS = {"bash", "console", "sh", "shell"}
_FENCE = re.compile(r"^ *(`{3,}|~{3,})(\w*)[^\n]*\n(.*?)^ *\1 *$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Z_]+=")
_BREAKS = {"|", "||", "&", "&&", ";"}


def pages() -> list[Path]:
    """Return every page that people read: those at the top, under docs/ and of the examples."""
    found = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("changelog.d/*.md")]
    for folder in ("docs", "examples", "benchmarks"):
        every = (REPOSITORY / folder).rglob("*.md")
        found += [one for one in every if "node_modules" not in one.parts]
    return sorted(found)


def name_of(page: Path) -> str:
    """Return the page's path as a reader would write it."""
    return page.relative_to(REPOSITORY).as_posix()


def without_code(text: str) -> str:
    """Return `text` without code blocks and without code in the line."""
    return _INLINE.sub("", _FENCE.sub("", text))


def commands(page: Path) -> list[tuple[str, ...]]:
    """Return the arguments of each `outgrow` command in the shell blocks of `page`."""
    text = page.read_text("utf-8")
    blocks = [found[3] for found in _FENCE.finditer(text) if found[2] in _SHELLS]
    # A block can also be written by indenting it; README.md does.
    blocks += re.findall(r"^(?: {4}.*\n)+", _FENCE.sub("", text), re.MULTILINE)
    return [words for block in blocks for line in _lines(block) for words in _outgrow(line)]


def named_in_the_line(page: Path) -> list[tuple[str, ...]]:
    """Return the arguments of each `outgrow` command that a sentence of `page` names."""
    inline = [found[2] for found in _INLINE.finditer(_FENCE.sub("", page.read_text("utf-8")))]
    return [words for code in inline for words in _outgrow(" ".join(code.split()))]


def _lines(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", " ").splitlines():
        told = line.strip()
        if told.startswith(("$ ", "outgrow ")):
            yield told.removeprefix("$ ")


def _outgrow(line: str) -> Iterator[tuple[str, ...]]:
    """Return the arguments of the `outgrow` commands of a shell line, without redirections."""
    if "outgrow" not in line:
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    for is_break, words in groupby(lexer, lambda word: word in _BREAKS):
        told = list(dropwhile(_ASSIGNMENT.match, words))
        if not is_break and told[:1] == ["outgrow"]:
            yield tuple(_before(">", told[1:]))


def _before(mark: str, words: list[str]) -> list[str]:
    return words[: words.index(mark)] if mark in words else words
