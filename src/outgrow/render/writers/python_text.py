"""Python as `ruff format` and Black leave it: what fits in a line is one, the rest is exploded.

The only place that knows the layout of Python. A group that does not fit in its line gets one
item a line and a trailing comma, which both formatters keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TypeAlias

LINE_WIDTH = 88
_CHAIN = re.compile(r"[\w.]+\[\d+\](\.[\w.]+\[\d+\])+\.\w+")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BRACES = {"{": "{{", "}": "}}"}


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: a call `aws.ec2.Vpc(...)`, a list or a dictionary."""

    opening: str
    items: tuple[Item, ...]
    closing: str


Code: TypeAlias = "str | Group"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a group; `prefix` is `name=` or `"key": `, `comment` stands above it."""

    value: Code
    prefix: str = ""
    comment: str = ""


def call(function: str, items: Iterable[Item]) -> Group:
    """Return the call of `function`."""
    return Group(f"{function}(", tuple(items), ")")


def listed(values: Iterable[Item]) -> Group:
    """Return a list."""
    return Group("[", tuple(values), "]")


def dictionary(items: Iterable[Item]) -> Group:
    """Return a dictionary; the prefixes of its items are its keys."""
    return Group("{", tuple(items), "}")


def statement(code: Code, prefix: str = "") -> str:
    """Return `code` as a statement at the margin: `vpc = aws.ec2.Vpc(...)`."""
    return _laid_out(code, prefix, 0, "")


def string(text: str) -> str:
    """Return `text` as a literal, in the quotes that need fewer escapes."""
    return _literal(text, "")


def formatted(texts: Sequence[str | tuple[str]]) -> str:
    """Return an f-string: plain texts, and expressions as tuples of one."""
    body = "".join(
        "{" + piece[0] + "}" if isinstance(piece, tuple) else braced(piece) for piece in texts
    )
    return _literal(body, "f")


def braced(text: str) -> str:
    """Return `text` with its braces doubled, as templates want it."""
    return "".join(_BRACES.get(char, char) for char in text)


def document(text: str) -> str:
    """Return a text of several lines between three quotes, its lines as they are."""
    body = "".join(char if char in "\n\t" else _escaped(char) for char in text)
    body = body.replace('"""', '\\"\\"\\"')
    if body.endswith('"'):
        body = body[:-1] + '\\"'
    return f'"""{body}"""'


def is_document(text: str) -> bool:
    """Return whether `text` reads better with its lines as they are."""
    return text.count("\n") > 1


def comment_lines(text: str, indent: int = 0) -> list[str]:
    """Return `text` as lines of a comment."""
    width = max(LINE_WIDTH - indent - 2, 40)
    lines = [line for part in text.splitlines() for line in (wrap(part, width) or [""])]
    return [f"{' ' * indent}# {line}".rstrip() for line in lines]


def _literal(body: str, prefix: str) -> str:
    quote = "'" if body.count('"') > body.count("'") else '"'
    text = "".join("\\" + char if char == quote else _escaped(char) for char in body)
    return f"{prefix}{quote}{text}{quote}"


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _flat(code: Code) -> str | None:
    """Return `code` in one line, None where that is not possible."""
    if isinstance(code, str):
        return None if "\n" in code else code
    parts = []
    for item in code.items:
        value = _flat(item.value)
        if value is None or item.comment:
            return None
        parts.append(item.prefix + value)
    return f"{code.opening}{', '.join(parts)}{code.closing}"


def _chain(code: str) -> list[str]:
    """Return the steps of `a.b[0].c[0].d` that a formatter puts on lines of their own."""
    if not _CHAIN.fullmatch(code):
        return []
    head, *rest = code.split("].")
    return [f"{head}]", *(f".{step}]" for step in rest[:-1]), f".{rest[-1]}"]


def _laid_out(code: Code, prefix: str, indent: int, suffix: str) -> str:
    flat = _flat(code)
    chain = _chain(code) if isinstance(code, str) else []
    if len(chain) > 2 and indent + len(prefix) + len(str(code)) + len(suffix) > LINE_WIDTH:
        return f"\n{' ' * indent}".join([prefix + chain[0], *chain[1:]]) + suffix
    if isinstance(code, str) or (
        flat is not None and indent + len(prefix) + len(flat) + len(suffix) <= LINE_WIDTH
    ):
        return f"{prefix}{flat if flat is not None else code}{suffix}"
    lines = [f"{prefix}{code.opening}"]
    inner = " " * (indent + 4)
    for item in code.items:
        lines += comment_lines(item.comment, indent + 4)
        lines.append(inner + _laid_out(item.value, item.prefix, indent + 4, ","))
    return "\n".join([*lines, f"{' ' * indent}{code.closing}{suffix}"])
