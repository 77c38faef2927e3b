"""Env files: `KEY=value` lines as the readers of Node, Python, Compose and shells agree on them.

Every value that is written reads the same in all of these; what cannot be written so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=[ \t]*(.*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
# A line of a value that looks like an edge of the block in the active file.
_EDGE = re.compile(r"^# (>>>|<<<) outgrow", re.MULTILINE)
_COMMENT_BEHIND = re.compile(r"\s+#.*")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable of an env file, on the lines from `first` to `last`, counted from 1."""

    key: str
    value: str = field(repr=False)
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class EnvText:
    """What an env file says; `strange` are the lines that nobody can read as an assignment."""

    assignments: tuple[Assignment, ...]
    strange: tuple[int, ...]

    @property
    def values(self) -> Mapping[str, str]:
        """Return the value of each key; the last one counts, as it does for most readers."""
        return {one.key: one.value for one in self.assignments}

    @property
    def contradicting(self) -> tuple[str, ...]:
        """Return the keys that stand in it twice with different values: readers differ on them."""
        seen: dict[str, set[str]] = {}
        for one in self.assignments:
            seen.setdefault(one.key, set()).add(one.value)
        return tuple(key for key, values in seen.items() if len(values) > 1)


def read_env_text(text: str) -> EnvText:
    """Return the assignments of `text`; a quoted value may go over several lines."""
    lines = text.removeprefix("\ufeff").split("\n")
    found, strange, at = [], [], 0
    while at < len(lines):
        first, line = at, lines[at].rstrip("\r")
        at += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            strange.append(first + 1)
            continue
        raw = match[2]
        while _is_open(raw) and at < len(lines):
            raw += "\n" + lines[at].rstrip("\r")
            at += 1
        if _is_open(raw):  # a quote that nothing closes: only this line is lost
            at = first + 1
            strange.append(first + 1)
            continue
        found.append(Assignment(match[1], _value(raw), first + 1, at))
    return EnvText(tuple(found), tuple(strange))


def written(key: str, value: str) -> str | None:
    """Return the line for a variable; None when readers would not agree on the value."""
    if _EDGE.search(value) or _odd(value):
        return None
    if value and _PLAIN.fullmatch(value):
        return f"{key}={value}"
    # Python's reader takes `\\` and `\'` apart even between single quotes.
    if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
        return f"{key}='{value}'"
    if "'" in value and not set(value) & set('"\\$`\n'):
        return f'{key}="{value}"'
    return None


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` with their ends; only a line feed ends one, as in every reader."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _odd(value: str) -> bool:
    # U+2028 and its like end a line for some readers.
    return any(not one.isprintable() and one not in "\n\t" for one in value)


def _is_open(raw: str) -> bool:
    quote = raw[:1]
    return quote in {"'", '"'} and _end_of_quoted(raw) is None


def _end_of_quoted(raw: str) -> int | None:
    quote, at = raw[0], 1
    while at < len(raw):
        if raw[at] == "\\" and quote == '"':
            at += 2
            continue
        if raw[at] == quote:
            return at
        at += 1
    return None


def _value(raw: str) -> str:
    end = _end_of_quoted(raw) if raw[:1] in {"'", '"'} else None
    if end is None:
        return _COMMENT_BEHIND.sub("", f" {raw}").strip() if "#" in raw else raw.strip()
    inner = raw[1:end]
    if raw[0] == "'":
        return inner
    return re.sub(
        r"\\(.)", lambda one: {"n": "\n", "r": "\r", "t": "\t"}.get(one[1], one[1]), inner
    )
