"""The language of Grafana Alloy's configuration: blocks, attributes and escaped strings.

Syntax: https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/ (blocks with a
dotted name and an optional label, double-quoted strings with Go's escapes, raw strings between
backticks). Layout: tabs, and equals signs of neighbouring lines in one column, as `alloy fmt`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

_COMMENT_WIDTH = 92
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that Alloy evaluates: a reference to another component, a function call."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, written raw where that is possible, so that it can be read."""

    text: str


Value = bool | int | str | Expression | Pattern | Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlloyBlock:
    """A block: a component (`loki.write "logs"`), or a part of one (`stage.drop`)."""

    name: str
    label: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    blocks: Sequence[AlloyBlock] = ()
    comment: str = ""


def alloy_text(blocks: Sequence[AlloyBlock], header: str = "") -> str:
    """Return `blocks` as one file that ends with a newline; `header` is a comment above."""
    above = [_comment(header, 0)] if header else []
    return "\n\n".join([*above, *(_block(one, 0) for one in blocks)]) + "\n"


def alloy_string(text: str) -> str:
    """Return `text` between double quotes; Go knows every escape that JSON uses but one."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)


def _block(block: AlloyBlock, depth: int) -> str:
    indent = "\t" * depth
    above = f"{_comment(block.comment, depth)}\n" if block.comment else ""
    opening = f"{block.name} {alloy_string(block.label)}" if block.label else block.name
    inside = [_attributes(block.attributes, depth + 1)] if block.attributes else []
    inside += [_block(one, depth + 1) for one in block.blocks]
    if not inside:
        return f"{above}{indent}{opening} {{ }}"
    body = "\n\n".join(inside)
    return f"{above}{indent}{opening} {{\n{body}\n{indent}}}"


def _attributes(attributes: Mapping[str, Value], depth: int) -> str:
    width = max(map(len, attributes))
    indent = "\t" * depth
    return "\n".join(
        f"{indent}{name:<{width}} = {_value(value, depth)}" for name, value in attributes.items()
    )


def _value(value: Value, depth: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return alloy_string(value)
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Pattern):
        return _pattern(value.text)
    if isinstance(value, Mapping):
        return _object(value, depth)
    return "[" + ", ".join(map(alloy_string, value)) + "]"


def _pattern(text: str) -> str:
    return f"`{text}`" if "`" not in text and text.isprintable() else alloy_string(text)


def _object(value: Mapping[str, str], depth: int) -> str:
    names = {key: key if _PLAIN_KEY.fullmatch(key) else alloy_string(key) for key in value}
    width = max((len(name) for name in names.values()), default=0)
    indent = "\t" * (depth + 1)
    lines = [f"{indent}{names[key]:<{width}} = {alloy_string(one)}," for key, one in value.items()]
    return "\n".join(["{", *lines, "\t" * depth + "}"]) if lines else "{}"


def _comment(text: str, depth: int) -> str:
    # Whatever could end a line must not end a comment.
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    width = _COMMENT_WIDTH - 4 * depth
    lines = [part for line in plain.split("\n") for part in (wrap(line, width) or [""])]
    return "\n".join(("\t" * depth + f"// {line}").rstrip() for line in lines)
