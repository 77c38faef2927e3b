"""HCL as `terraform fmt` leaves it: aligned, two spaces, comments that say why.

The only place that knows HCL's spelling. Text from a strategy becomes a quoted string with
every `${` and `%{` escaped, so that nothing in it is ever evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from textwrap import wrap

from outgrow.render.writers.expressions import (
    Block,
    FileText,
    Joined,
    JsonText,
    Lifecycle,
    ModuleCall,
    ModuleOutput,
    Noted,
    OutputBlock,
    ProviderBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
    VariableBlock,
)

COMMENT_WIDTH = 92
LINE_WIDTH = 100
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED_KEYS = frozenset({"true", "false", "null", "for"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Sets have no order, so HCL only takes an index of them once they are lists.
_SETS = frozenset({"domain_validation_options"})


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a body: `key = value` when `value` is set, any other text otherwise."""

    text: str
    value: str | None = None


def hcl_text(blocks: Iterable[str], header: str = "") -> str:
    """Return blocks as one file, an empty line between them, `header` as its first comment."""
    parts = ["\n".join(_comment(header, 0))] if header else []
    return "\n\n".join([*parts, *blocks]) + "\n"


def resource_text(block: ResourceBlock) -> str:
    """Return a resource or a data source, its comment above it."""
    arguments: dict[str, Value | Block | Sequence[Block]] = dict(block.arguments)
    lines = _waivers(block.waivers)
    if block.provider:
        lines.append(_Line("provider", block.provider))
    lines += _body_lines(arguments, 1)
    lines += _lifecycle(block.lifecycle)
    if block.depends_on:
        lines += [_Line(""), _Line("depends_on", _addresses(block.depends_on))]
    return _labelled(f'{block.kind} "{block.type}" "{block.name}"', lines, block.comment)


def variable_text(block: VariableBlock) -> str:
    """Return a variable with its type, its default and what it must satisfy."""
    lines = [
        _Line("description", _string(block.description)),
        _Line("type", block.type),
    ]
    if block.default is not None:
        lines += _argument("default", block.default, 1)
    if block.sensitive:
        lines.append(_Line("sensitive", "true"))
    if block.ephemeral:
        lines.append(_Line("ephemeral", "true"))
    if block.condition:
        checks = [
            _Line("condition", block.condition),
            _Line("error_message", _string(block.error_message)),
        ]
        lines += [_Line(""), *_nested("validation", checks)]
    return _labelled(f'variable "{block.name}"', lines)


def output_text(block: OutputBlock) -> str:
    """Return an output with what it is for."""
    lines = [_Line("description", _string(block.description))]
    lines += _argument("value", block.value, 1)
    if block.sensitive:
        lines.append(_Line("sensitive", "true"))
    return _labelled(f'output "{block.name}"', lines)


def call_text(block: ModuleCall, source: str) -> str:
    """Return the use of a child module that lies in the folder `source`."""
    lines = [_Line("source", _string(source)), _Line("")]
    lines.append(_Line("providers = {"))
    pairs = [_Line(inner, outer) for inner, outer in block.providers.items()]
    lines += [_Line("  " + line) for line in _aligned(pairs)]
    lines.append(_Line("}"))
    if block.arguments:
        lines += [_Line(""), *_body_lines(block.arguments, 1)]
    return _labelled(f'module "{block.name}"', lines, block.comment)


def provider_text(block: ProviderBlock) -> str:
    """Return the configuration of the AWS provider for one region."""
    lines = [_Line("alias", _string(block.alias))] if block.alias else []
    lines.append(_Line("region", _string(block.region)))
    if block.tags:
        tags = _body_lines({"default_tags": Block({"tags": dict(block.tags)})}, 1)
        lines += [_Line(""), *tags]
    return _labelled('provider "aws"', lines, block.comment)


def block_text(header: str, arguments: Mapping[str, Value | Block | Sequence[Block]]) -> str:
    """Return any other block, `terraform` or `mock_provider "aws"`."""
    return _labelled(header, _body_lines(arguments, 1))


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
        return _string(value)
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
    text = _address(ref)
    for before, step in zip((None, *steps), steps, strict=False):
        if isinstance(step, int):
            text = f"tolist({text})" if before in _SETS else text
            text += f"[{step}]"
        else:
            text += f".{step}"
    return text


def _address(ref: Ref) -> str:
    return f"data.{ref.type}.{ref.name}" if ref.data else f"{ref.type}.{ref.name}"


def _addresses(refs: Sequence[Ref]) -> str:
    names = [_address(ref) for ref in refs]
    line = f"[{', '.join(names)}]"
    if len(line) + len("  depends_on = ") <= LINE_WIDTH:
        return line
    return "\n".join(["[", *(f"    {name}," for name in names), "  ]"])


def _string(text: str) -> str:
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
        return _string("".join(str(piece) for piece in pieces))
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
            lines += _comment(value.comment, depth + 1)
        lines.append(f"{inner}{item},")
    return "\n".join([*lines, "  " * depth + "]"])


def _object(values: Mapping[str, Value], depth: int) -> str:
    if not values:
        return "{}"
    lines = [
        line
        for key, value in values.items()
        for line in _argument(_key(key), value, depth + 1, keep_none=True)
    ]
    inner = "  " * (depth + 1)
    return "\n".join(["{", *(_indent(inner, line) for line in _aligned(lines)), "  " * depth + "}"])


def _key(key: str) -> str:
    plain = _IDENTIFIER.fullmatch(key) and key not in _RESERVED_KEYS
    return key if plain else _string(key)


def _argument(key: str, value: Value, depth: int, keep_none: bool = False) -> list[_Line]:
    """Return the lines of one argument, none for None: that is how HCL leaves one out."""
    if isinstance(value, Noted):
        notes = [_Line(line) for line in _comment(value.comment, 0, depth)]
        return [*notes, *_argument(key, value.value, depth, keep_none)]
    if value is None and not keep_none:
        return []
    return [_Line(key, expression_text(value, depth))]


def _body_lines(
    arguments: Mapping[str, Value | Block | Sequence[Block]], depth: int
) -> list[_Line]:
    """Return the arguments and then the blocks, an empty line above each block.

    An empty list may stand for no block as well as for no value: it is left out.
    """
    lines: list[_Line] = []
    for key, value in arguments.items():
        if not _blocks(value) and not _is_empty_list(value):
            lines += _argument(key, value, depth)  # type: ignore[arg-type]
    for key, value in arguments.items():
        for block in _blocks(value):
            lines += [_Line("")] if lines else []
            lines += [_Line(line) for line in _comment(block.comment, 0, depth)]
            lines += _nested(key, _body_lines(block.arguments, depth + 1))
    return lines


def _is_empty_list(value: Value | Block | Sequence[Block]) -> bool:
    return isinstance(value, Sequence) and not value and not isinstance(value, str)


def _blocks(value: Value | Block | Sequence[Block]) -> Sequence[Block]:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in value if isinstance(one, Block)]
    return []


def _nested(header: str, lines: Sequence[_Line]) -> list[_Line]:
    if not lines:
        return [_Line(f"{header} {{}}")]
    return [_Line(f"{header} {{"), *(_Line(_indent("  ", t)) for t in _aligned(lines)), _Line("}")]


def _lifecycle(lifecycle: Lifecycle | None) -> list[_Line]:
    if lifecycle is None:
        return []
    lines = []
    if lifecycle.create_before_destroy:
        lines.append(_Line("create_before_destroy", "true"))
    if lifecycle.prevent_destroy:
        lines.append(_Line("prevent_destroy", "true"))
    if lifecycle.ignore_changes:
        lines.append(_Line("ignore_changes", f"[{', '.join(lifecycle.ignore_changes)}]"))
    return [_Line(""), *_nested("lifecycle", lines)] if lines else []


def _waivers(waivers: Sequence[tuple[str, str]]) -> list[_Line]:
    """Return checkov's own comments; it reads one line each and none of them wraps."""
    return [_Line(f"#checkov:skip={code}: {' '.join(why.split())}") for code, why in waivers]


def _labelled(header: str, lines: Sequence[_Line], comment: str = "") -> str:
    above = _comment(comment, 0)
    while lines and lines[0] == _Line(""):
        lines = lines[1:]
    if not lines:
        return "\n".join([*above, f"{header} {{}}"])
    body = [_indent("  ", line) for line in _aligned(lines)]
    return "\n".join([*above, f"{header} {{", *body, "}"])


def _aligned(lines: Sequence[_Line]) -> list[str]:
    """Return lines with the `=` of neighbours below one another.

    As in `terraform fmt`, only arguments that end in the line they begin in are neighbours.
    """
    texts: list[str] = []
    run: list[_Line] = []
    for line in lines:
        if line.value is not None and ("\n" not in line.value or line.value.startswith("<<")):
            run.append(line)
            continue
        texts += _run(run)
        run = []
        texts.append(line.text if line.value is None else f"{line.text} = {line.value}")
    return texts + _run(run)


def _run(run: Sequence[_Line]) -> list[str]:
    width = max((len(line.text) for line in run), default=0)
    return [f"{line.text.ljust(width)} = {line.value}" for line in run]


def _indent(by: str, text: str) -> str:
    """Return `text` with its first line indented; the others of a value already are."""
    return f"{by}{text}" if text else ""


def _comment(text: str, depth: int, width_depth: int = 0) -> list[str]:
    indent = "  " * depth
    width = max(COMMENT_WIDTH - 2 * (depth + width_depth) - 2, 40)
    lines = [part for line in text.splitlines() for part in (wrap(line, width) or [""])]
    return [f"{indent}# {line}".rstrip() for line in lines] if text else []
