"""Applies a unified diff to a text, exactly: a hunk that does not fit is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


class PatchProblem(Exception):
    """A patch that cannot be applied; the message says which hunk and why."""


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Where a change was made, the lines there before and those after; `at` is in the patch."""

    start: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    at: int


def apply_patch(text: str, patch: str) -> str:
    """Return `text` changed as `patch` says; raise PatchProblem when it does not fit.

    A hunk is also found where lines above it came or went, if its lines stand only there.
    """
    hunks = tuple(_hunks(patch))
    if not hunks:
        raise PatchProblem("it holds no hunk (`@@ -1,3 +1,3 @@`)")
    lines = text.splitlines(keepends=True)
    shift = 0
    done = 0
    for number, hunk in enumerate(hunks, 1):
        at = _place(lines, hunk, hunk.start + shift, done)
        if at is None:
            first = next((line for line in hunk.before if line.strip()), "")
            raise PatchProblem(
                f"hunk {number} (line {hunk.at} of the patch) does not fit: nothing there reads "
                f"{first.strip()!r} with the lines around it"
            )
        lines[at : at + len(hunk.before)] = hunk.after
        shift = at - hunk.start + len(hunk.after) - len(hunk.before)
        done = at + len(hunk.after)
    return "".join(lines)


def _place(lines: list[str], hunk: _Hunk, wanted: int, earliest: int) -> int | None:
    """Return where `hunk` fits: where it says, or the one other place; None for nowhere."""
    if not hunk.before:
        return wanted if earliest <= wanted <= len(lines) else None
    size = len(hunk.before)
    if wanted >= earliest and tuple(lines[wanted : wanted + size]) == hunk.before:
        return wanted
    found = [
        at
        for at in range(earliest, len(lines) - size + 1)
        if tuple(lines[at : at + size]) == hunk.before
    ]
    return found[0] if len(found) == 1 else None


def _hunks(patch: str) -> Iterator[_Hunk]:
    lines = patch.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        head = _HUNK.match(lines[at])
        if head is None:
            at += 1
            continue
        body_from = at + 1
        body_to = body_from
        while body_to < len(lines) and _belongs(lines[body_to]):
            body_to += 1
        before, after = _sides(lines[body_from:body_to])
        # An insertion into nothing (`-0,0`) counts from the line before it.
        start = int(head[1]) - (0 if head[2] == "0" else 1)
        yield _Hunk(max(start, 0), before, after, at + 1)
        at = body_to


def _belongs(line: str) -> bool:
    headers = ("--- ", "+++ ", "@@ ")
    return line[:1] in " +-\\\n" and not line.startswith(headers)


def _sides(body: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before: list[str] = []
    after: list[str] = []
    last: list[list[str]] = []
    for line in body:
        if line.startswith("\\"):  # "\ No newline at end of file" is about the line above
            for side in last:
                side[-1] = side[-1].removesuffix("\n")
            continue
        last = {"-": [before], "+": [after]}.get(line[:1], [before, after])
        for side in last:
            side.append(line[1:] if line != "\n" else "\n")
    return tuple(before), tuple(after)
