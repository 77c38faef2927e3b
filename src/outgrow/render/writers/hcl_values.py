"""Values of HCL: text, numbers, lists, objects, templates and references.

Text from a strategy becomes a quoted string with every `${` and `%{` escaped, so that nothing in
it is ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from outgrow.render.writers.expressions import (
    FileText,
    Joined,
    JsonText,
    ModuleOutput,
    Noted,
    Ref,
    Value,
    Var,
)
from outgrow.render.writers.hcl_lines import (
    LINE_WIDTH,
    Line,
    aligned,
    comment_lines,
    indented,
)

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED_KEYS = frozenset({"true", "false", "null", "for"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Sets have no order, so HCL only takes an index of them once they are lists.
_SETS = frozenset({"domain_validation_options"})


def expression_text(value: Value, depth: int = 0) -> str:
    """Return `value` as an expression that starts in a line indented by `depth`."""
    if isinstance(value, Noted):
        return expression_text(value.value, depth)
    if isinstance(value, JsonText):
        return _call("jsonencode", value.value, depth)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(value, depth)
    return _scalar(value)


def _scalar(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Joined):
        return _template(value)
    return _reference(value)


def _reference(value: Value) -> str:
    if isinstance(value, Ref):
        return _attribute(value)
    if isinstance(value, Var):
        return f"var.{value.name}"
    if isinstance(value, ModuleOutput):
        return f"module.{value.module}.{value.output}"
    if isinstance(value, FileText) and value.as_path:
        return f'"${{path.module}}/{_escaped(value.path)}"'
    if isinstance(value, FileText):
        function = "filebase64sha256" if value.as_hash else "file"
        function = "filebase64" if value.as_base64 else function
        return f'{function}("${{path.module}}/{_escaped(value.path)}")'
    raise TypeError(f"{type(value).__name__} is not a value of HCL")


def _attribute(ref: Ref) -> str:
    steps = (ref.attribute,) if isinstance(ref.attribute, str) else ref.attribute
    text = address_text(ref)
    for before, step in zip((None, *steps), steps, strict=False):
        if isinstance(step, int):
            text = f"tolist({text})" if before in _SETS else text
            text += f"[{step}]"
        else:
            text += f".{step}"
    return text


def address_text(ref: Ref) -> str:
    """Return the address of the block that `ref` points into."""
    return f"data.{ref.type}.{ref.name}" if ref.data else f"{ref.type}.{ref.name}"


def quoted(text: str) -> str:
    """Return `text` in quotes, so that nothing in it is evaluated."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("${", "$${").replace("%{", "%%{")
    return _CONTROL.sub(lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04x}"), text)


def _template(value: Joined) -> str:
    """Return text with values in it as one template, neighbouring literals made one.

    A literal that ends with `$` right before a value would read as an escape.
    """
    pieces = _flat(value)
    if all(isinstance(piece, str) for piece in pieces):
        return quoted("".join(str(piece) for piece in pieces))
    if len(pieces) == 1:
        return _scalar(pieces[0])
    if _is_document(pieces):
        return _heredoc(pieces)
    return f'"{_inside(pieces, _escaped)}"'


def _inside(pieces: Sequence[Value], escaped: Callable[[str], str]) -> str:
    texts = []
    for index, piece in enumerate(pieces):
        if not isinstance(piece, str):
            texts.append(f"${{{expression_text(piece)}}}")
            continue
        text = escaped(piece)
        if text[-1:] in ("$", "%") and index + 1 < len(pieces):
            text = f'{text[:-1]}${{"{text[-1]}"}}'
        texts.append(text)
    return "".join(texts)


def _flat(value: Joined) -> list[Value]:
    pieces: list[Value] = []
    for part in value.parts:
        for piece in _flat(part) if isinstance(part, Joined) else [part]:
            last = pieces[-1] if pieces else None
            if isinstance(piece, str) and isinstance(last, str):
                pieces[-1] = last + piece
            elif piece != "":
                pieces.append(piece)
    return pieces


def _is_document(pieces: Sequence[Value]) -> bool:
    """Return whether the text has lines of its own, which a heredoc shows as they are."""
    text = "".join(piece if isinstance(piece, str) else "x" for piece in pieces)
    plain = not _CONTROL.search(text.replace("\n", "")) and "\nEOT" not in text
    return plain and text.endswith("\n") and text.count("\n") > 1


def _heredoc(pieces: Sequence[Value]) -> str:
    body = _inside(pieces, lambda text: text.replace("${", "$${").replace("%{", "%%{"))
    return f"<<EOT\n{body}EOT"


def _call(function: str, value: Value, depth: int) -> str:
    return f"{function}({expression_text(value, depth)})"


def _list(values: Sequence[Value], depth: int) -> str:
    if not values:
        return "[]"
    items = [expression_text(value, depth + 1) for value in values]
    line = f"[{', '.join(items)}]"
    noted = any(isinstance(value, Noted) for value in values)
    if not noted and "\n" not in line and len(line) + 2 * depth <= LINE_WIDTH - 24:
        return line
    inner = "  " * (depth + 1)
    lines = ["["]
    for value, item in zip(values, items, strict=True):
        if isinstance(value, Noted):
            lines += comment_lines(value.comment, depth + 1)
        lines.append(f"{inner}{item},")
    return "\n".join([*lines, "  " * depth + "]"])


def _object(values: Mapping[str, Value], depth: int) -> str:
    if not values:
        return "{}"
    lines = [
        line
        for key, value in values.items()
        for line in argument_lines(_key(key), value, depth + 1, keep_none=True)
    ]
    inner = "  " * (depth + 1)
    return "\n".join(["{", *(indented(inner, line) for line in aligned(lines)), "  " * depth + "}"])


def _key(key: str) -> str:
    plain = _IDENTIFIER.fullmatch(key) and key not in _RESERVED_KEYS
    return key if plain else quoted(key)


def argument_lines(key: str, value: Value, depth: int, keep_none: bool = False) -> list[Line]:
    """Return the lines of one argument, none for None: that is how HCL leaves one out."""
    if isinstance(value, Noted):
        notes = [Line(line) for line in comment_lines(value.comment, 0, depth)]
        return [*notes, *argument_lines(key, value.value, depth, keep_none)]
    if value is None and not keep_none:
        return []
    return [Line(key, expression_text(value, depth))]
