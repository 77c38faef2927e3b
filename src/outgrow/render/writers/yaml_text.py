"""YAML as a careful person writes it: comments, two spaces, quotes only where needed.

PyYAML decides what a plain scalar would be read as; it cannot write comments, which is why
the layout is ours. Prettier finds nothing to change in the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from textwrap import wrap
from typing import TypeAlias

import yaml

COMMENT_WIDTH = 92
LINE_WIDTH = 80  # Prettier breaks a list on one line that is longer
_RESOLVER = yaml.resolver.Resolver()
_STRING = "tag:yaml.org,2002:str"
# What YAML allows as an escape only, and the line breaks that only its older version knows.
_UNREADABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_SAFE_PLAIN = re.compile(r"[A-Za-z0-9_./$(+~^][^\x00-\x1f\x7f\ufeff]*")
# YAML 1.2 reads 0o17 and 1.1 reads 1:30 as numbers; whoever reads it, a string stays a string.
_NUMBER_SOMEWHERE = re.compile(r"[-+.0-9][0-9_.:eEoxXa-fA-F+-]*")
_WORD_SOMEWHERE = frozenset(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "nan", "inf"]
)


@dataclass(frozen=True, slots=True)
class Commented:
    """A value with a comment in the lines above it."""

    value: Yaml
    comment: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A list of scalars written on one line: `["CMD", "true"]`."""

    items: Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A string that keeps its quotes even where it could go without."""

    text: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A long string written over several lines; whoever reads it finds a blank between them.

    No line is empty or begins or ends with a blank.
    """

    lines: Sequence[str]


Yaml: TypeAlias = (
    "bool | int | Decimal | str | Commented | Flow | Quoted | Folded"
    " | Sequence[Yaml] | Mapping[str, Yaml] | None"
)


def yaml_text(*documents: Yaml, header: str = "") -> str:
    """Return `documents` as one YAML file that ends with a newline.

    `header` becomes a comment above the first document.
    """
    parts = []
    for document in documents:
        # A comment on a whole document stands above what separates it from the one before.
        body = _block(document, 0)
        parts.append("---\n" + "\n".join(body) + "\n")
    return "".join(f"{line}\n" for line in _comment(header, 0)) + "".join(parts)


def _block(value: Yaml, depth: int) -> list[str]:
    """Return the lines of `value`, the first of them indented as well."""
    indent = "  " * depth
    if isinstance(value, Commented):
        return _comment(value.comment, depth) + _block(value.value, depth)
    if isinstance(value, Mapping) and value:
        return [line for key, one in value.items() for line in _entry(key, one, depth)]
    if _is_list(value) and value:
        return [line for one in value for line in _item(one, depth)]  # type: ignore[union-attr]
    return [f"{indent}{_inline(value, depth)}"]


def _entry(key: str, value: Yaml, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, Commented):
        return _comment(value.comment, depth) + _entry(key, value.value, depth)
    name = _scalar(key)
    if _is_nested(value):
        return [f"{indent}{name}:", *_block(value, depth + 1)]
    line = f"{indent}{name}: {_inline(value, depth)}".rstrip()
    if isinstance(value, Flow) and len(line) > LINE_WIDTH:
        return [f"{indent}{name}:", *_block([*value.items], depth + 1)]
    return [line]


def _item(value: Yaml, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, Commented):
        return _comment(value.comment, depth) + _item(value.value, depth)
    if not _is_nested(value):
        return [f"{indent}- {_inline(value, depth)}"]
    lines = _block(value, depth + 1)
    first = next(i for i, line in enumerate(lines) if not line.lstrip().startswith("#"))
    above = [line[2:] for line in lines[:first]]
    return [*above, f"{indent}- {lines[first].lstrip()}", *lines[first + 1 :]]


def _inline(value: Yaml, depth: int) -> str:
    if isinstance(value, Flow):
        return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value.items) + "]"
    if isinstance(value, Mapping):
        return "{}"
    if _is_list(value):
        return "[]"
    if isinstance(value, Folded):
        return "\n".join([">-", *("  " * (depth + 1) + line for line in value.lines)])
    if isinstance(value, str) and "\n" in value.removesuffix("\n"):
        return _literal(value, depth)
    return _scalar(value)


def _literal(text: str, depth: int) -> str:
    unclear = any(line != line.rstrip() for line in text.split("\n")) or text[:1] in " \n"
    if unclear or _UNREADABLE.search(text) or _CONTROL.search(text):
        return _quoted(text)
    keep = "|" if text.endswith("\n") else "|-"
    indent = "  " * (depth + 1)
    lines = text.removesuffix("\n").split("\n")
    return "\n".join([keep, *(f"{indent}{line}".rstrip() for line in lines)])


def _scalar(value: Yaml) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Quoted):
        return _quoted(value.text)
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    raise TypeError(f"{type(value).__name__} is not a YAML value")


def _quoted(text: str) -> str:
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    return _UNREADABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _is_plain(text: str) -> bool:
    if not _SAFE_PLAIN.fullmatch(text) or text != text.strip() or _UNREADABLE.search(text):
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.lower() in _WORD_SOMEWHERE:
        return False
    if _NUMBER_SOMEWHERE.fullmatch(text):
        return False
    read_as: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return read_as == _STRING


def _is_list(value: Yaml) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_nested(value: Yaml) -> bool:
    return (isinstance(value, Mapping) or _is_list(value)) and bool(value)


def _comment(text: str, depth: int) -> list[str]:
    indent = "  " * depth
    width = max(COMMENT_WIDTH - len(indent) - 2, 40)
    # A character that YAML does not allow, or that ends a line, would end the comment.
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    lines = [part for line in text.split("\n") for part in (wrap(line, width) or [""])]
    return [f"{indent}# {line}".rstrip() for line in lines] if text else []
