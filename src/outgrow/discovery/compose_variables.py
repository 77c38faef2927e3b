"""Variables in a compose file: `${PORT:-8080}`, as Compose reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its variables filled in: `open` are those that nothing fills."""

    text: str
    names: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    whole: str | None = None  # the variable, where the text is nothing else


def read_variables(
    text: str,
    values: Mapping[str, str],
    depth: int = 0,
    *,
    keep_open: bool = False,
    stays: Callable[[str], bool] | None = None,
) -> Reading:
    """Return `text` with each variable replaced by its value, or else by its default.

    One that nothing fills becomes nothing, as with Compose, or stays under `keep_open`. There
    so does one whose name `stays`, whatever its value.
    """
    parts: list[str] = []
    names: list[str] = []
    unfilled: list[str] = []
    at, literal = 0, False
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            parts.append(text[at])
            at, literal = at + 1, True
            continue
        if text[at + 1] == "$":
            parts.append("$")
            at, literal = at + 2, True
            continue
        inner, end = _variable(text, at + 1)
        if inner is None:
            parts.append(text[at])
            at, literal = at + 1, True
            continue
        name, operator, default = _split(inner)
        names.append(name)
        kept = stays is not None and stays(name) and not operator.endswith("+")
        filled = None if kept else _filled(name, operator, default, values, depth)
        if filled is None:
            unfilled.append(name)
        parts.append(f"${{{name}}}" if filled is None and keep_open else filled or "")
        at = end
    whole = names[0] if len(names) == 1 and not literal else None
    return Reading("".join(parts), tuple(names), tuple(unfilled), whole)


def _variable(text: str, at: int) -> tuple[str | None, int]:
    """Return what stands in the braces (or the bare name) at `at`, and where it ends."""
    if text[at] != "{":
        end = at
        while end < len(text) and text[end] in _NAME:
            end += 1
        return (text[at:end], end) if end > at and not text[at].isdigit() else (None, at)
    level = 0
    for end in range(at, len(text)):
        level += (text[end] == "{") - (text[end] == "}")
        if level == 0:
            inner = text[at + 1 : end]
            return (inner, end + 1) if inner[:1] in _NAME else (None, at)
    return None, at


def _split(inner: str) -> tuple[str, str, str]:
    end = 0
    while end < len(inner) and inner[end] in _NAME:
        end += 1
    rest = inner[end:]
    for operator in (":-", ":?", ":+", "-", "?", "+"):
        if rest.startswith(operator):
            return inner[:end], operator, rest[len(operator) :]
    return inner[:end], "", ""


def _filled(
    name: str, operator: str, default: str, values: Mapping[str, str], depth: int
) -> str | None:
    value = values.get(name)
    if operator.endswith("+"):
        return default if value else ""
    if value is not None and (value or not operator.startswith(":")):
        return value
    if operator.endswith("-"):
        return read_variables(default, values, depth + 1).text if depth < 8 else default
    return None
