"""Three-way merge over lines: what a person changed and what outgrow changed, joined.

Used where git is not installed; `git merge-file` does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MINE = "yours"
THEIRS = "rendered now"


@dataclass(frozen=True, slots=True)
class Merged:
    """The joined text, with markers where both changed the same lines."""

    content: bytes
    conflicts: int


Merge = Callable[[bytes, bytes, bytes], Merged]


@dataclass(frozen=True, slots=True)
class _Span:
    """Lines `start` to `end` of one side."""

    start: int
    end: int


def merge_texts(base: bytes, mine: bytes, theirs: bytes, merge: Merge | None = None) -> Merged:
    """Return `mine` with what changed from `base` to `theirs`.

    A file that a person saved with Windows line ends keeps them.
    """
    join = merge or merge_lines
    crlf = b"\r\n" in mine and mine.count(b"\n") == mine.count(b"\r\n")
    if not crlf:
        return join(base, mine, theirs)
    joined = join(*(one.replace(b"\r\n", b"\n") for one in (base, mine, theirs)))
    return Merged(joined.content.replace(b"\n", b"\r\n"), joined.conflicts)


def merge_lines(base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Return the merge of `mine` and `theirs`, both of which began as `base`."""
    sides = tuple(one.splitlines(keepends=True) for one in (base, mine, theirs))
    out: list[bytes] = []
    conflicts = 0
    for common, spans in _regions(*sides):
        old, ours, new = (
            side[span.start : span.end] for side, span in zip(sides, spans, strict=True)
        )
        if common or new in (old, ours):
            out += ours
        elif ours == old:
            out += new
        else:
            conflicts += 1
            out += _marked(ours, old, new)
    return Merged(b"".join(out), conflicts)


def _marked(ours: Sequence[bytes], old: Sequence[bytes], new: Sequence[bytes]) -> list[bytes]:
    return [
        f"<<<<<<< {MINE}\n".encode(),
        *_ended(ours),
        b"||||||| rendered before\n",
        *_ended(old),
        b"=======\n",
        *_ended(new),
        f">>>>>>> {THEIRS}\n".encode(),
    ]


def _ended(lines: Sequence[bytes]) -> list[bytes]:
    """Return `lines` with an end to the last, so that a marker begins a line."""
    return [line if line.endswith((b"\n", b"\r")) else line + b"\n" for line in lines]


_Region = tuple[bool, tuple[_Span, _Span, _Span]]


def _regions(base: list[bytes], mine: list[bytes], theirs: list[bytes]) -> Iterator[_Region]:
    """Yield what is the same on all sides (True) and what lies between, in order."""
    at = [0, 0, 0]
    for starts, length in _in_step(base, mine, theirs):
        if list(starts) != at:
            gap = tuple(_Span(begin, end) for begin, end in zip(at, starts, strict=True))
            yield False, (gap[0], gap[1], gap[2])
        if length:
            same = tuple(_Span(start, start + length) for start in starts)
            yield True, (same[0], same[1], same[2])
        at = [start + length for start in starts]


def _in_step(
    base: list[bytes], mine: list[bytes], theirs: list[bytes]
) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Yield where all three have the same lines: the starts, and how many."""
    ours, others = _matches(base, mine), _matches(base, theirs)
    i = j = 0
    while i < len(ours) and j < len(others):
        (a, m, one), (b, t, two) = ours[i], others[j]
        start, end = max(a, b), min(a + one, b + two)
        if start < end:
            yield (start, m + start - a, t + start - b), end - start
        if a + one < b + two:
            i += 1
        else:
            j += 1
    yield (len(base), len(mine), len(theirs)), 0


def _matches(base: list[bytes], other: list[bytes]) -> list[tuple[int, int, int]]:
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return [(one.a, one.b, one.size) for one in matcher.get_matching_blocks() if one.size]
