"""Lines of HCL as `terraform fmt` leaves them: aligned, two spaces, comments wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

COMMENT_WIDTH = 92
LINE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a body: `key = value` when `value` is set, any other text otherwise."""

    text: str
    value: str | None = None


def aligned(lines: Sequence[Line]) -> list[str]:
    """Return lines with the `=` of neighbours below one another.

    As in `terraform fmt`, only arguments that end in the line they begin in are neighbours.
    """
    texts: list[str] = []
    run: list[Line] = []
    for line in lines:
        if line.value is not None and ("\n" not in line.value or line.value.startswith("<<")):
            run.append(line)
            continue
        texts += _run(run)
        run = []
        texts.append(line.text if line.value is None else f"{line.text} = {line.value}")
    return texts + _run(run)


def _run(run: Sequence[Line]) -> list[str]:
    width = max((len(line.text) for line in run), default=0)
    return [f"{line.text.ljust(width)} = {line.value}" for line in run]


def indented(by: str, text: str) -> str:
    """Return `text` with its first line indented; the others of a value already are."""
    return f"{by}{text}" if text else ""


def comment_lines(text: str, depth: int, width_depth: int = 0) -> list[str]:
    """Return `text` as comments, indented by `depth`; `width_depth` is indented later on."""
    indent = "  " * depth
    width = max(COMMENT_WIDTH - 2 * (depth + width_depth) - 2, 40)
    lines = [part for line in text.splitlines() for part in (wrap(line, width) or [""])]
    return [f"{indent}# {line}".rstrip() for line in lines] if text else []
