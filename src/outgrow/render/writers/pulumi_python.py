"""Typed blocks as Pulumi's Python: resources, look-ups, and values that are known later.

Names come from a table (`pulumi_names.json`) that a test makes from the installed provider:
which class a Terraform type is, what its arguments are called, and which blocks are lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from outgrow.render.writers.expressions import (
    Block,
    FileText,
    Joined,
    JsonText,
    ModuleOutput,
    Noted,
    Ref,
    ResourceBlock,
    Value,
    Var,
)
from outgrow.render.writers.python_text import (
    Code,
    Group,
    Item,
    braced,
    call,
    dictionary,
    document,
    formatted,
    is_document,
    listed,
    string,
)

_NAMES = Path(__file__).with_name("pulumi_names.json")


class NameNotKnown(KeyError):
    """A type or an argument that the table of names does not hold; `make golden` adds it."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A piece of Python, and whether its value is only known while Pulumi runs."""

    code: Code
    is_output: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """How a file refers to what is not in the block itself."""

    leaf: Callable[[Ref | Var | ModuleOutput], Spelled]
    file: Callable[[FileText], Spelled]


@dataclass(frozen=True, slots=True)
class PulumiType:
    """What pulumi_aws calls a type of Terraform: its class or function, arguments, attributes."""

    call: str
    arguments: Mapping[str, Sequence[Any]]
    attributes: Mapping[str, str]


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    text = _NAMES.read_text("utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return loaded


def pulumi_type(type_: str, data: bool = False) -> PulumiType:
    """Return what pulumi_aws calls the Terraform type `type_`."""
    key = f"data.{type_}" if data else type_
    if key not in _table():
        raise NameNotKnown(key)
    found = _table()[key]
    return PulumiType(found["call"], found["arguments"], found["attributes"])


def attribute_of(ref: Ref) -> str:
    """Return the Python path of what `ref` names: `vpc_config.cluster_security_group_id`."""
    path = attribute_path(ref)
    found = pulumi_type(ref.type, ref.data).attributes.get(path)
    if found is None and "." in path:
        raise NameNotKnown(f"{ref.type}.{path}")
    return found or path  # a plain attribute is called the same, bar those in the table


def attribute_path(ref: Ref) -> str:
    """Return the attribute that `ref` names as one text: `vpc_config.0.arn`."""
    steps = (ref.attribute,) if isinstance(ref.attribute, str) else ref.attribute
    return ".".join(map(str, steps))


def resource_code(block: ResourceBlock, name: str, options: Sequence[Item], scope: Scope) -> Group:
    """Return the construction of a resource called `name`, with its options."""
    kind = pulumi_type(block.type)
    items = [Item(string(name)), *_arguments(block.arguments, kind.arguments, scope, "{}=")]
    if options:
        items.append(Item(call("pulumi.ResourceOptions", options), "opts="))
    return call(f"aws.{kind.call}", items)


def look_up_code(block: ResourceBlock, options: Sequence[Item], scope: Scope) -> Spelled:
    """Return the call of a data source; one that depends on outputs returns an output."""
    kind = pulumi_type(block.type, data=True)
    waits = any(_waits(value, scope) for value in block.arguments.values())
    items = _arguments(block.arguments, kind.arguments, scope, "{}=")
    if options:
        items.append(Item(call("pulumi.InvokeOptions", options), "opts="))
    return Spelled(call(f"aws.{kind.call}{'_output' if waits else ''}", items), waits)


def value_code(value: Value, scope: Scope, kind: str = "any") -> Spelled:
    """Return `value` as Python; `kind` is what its place takes (`str`, `int`, `bool`)."""
    if isinstance(value, Noted):
        return value_code(value.value, scope, kind)
    if isinstance(value, Ref | Var | ModuleOutput):
        return scope.leaf(value)
    if isinstance(value, FileText):
        return scope.file(value)
    if isinstance(value, Joined):
        return _joined(value, scope)
    if isinstance(value, JsonText):
        inner = value_code(value.value, scope)
        function = "pulumi.Output.json_dumps" if inner.is_output else "json.dumps"
        return Spelled(call(function, [Item(inner.code)]), inner.is_output)
    if isinstance(value, Mapping):
        return _mapping(value, scope)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _sequence(value, scope)
    return Spelled(_scalar(value, kind))


def _waits(value: Value | Block | Sequence[Block], scope: Scope) -> bool:
    if isinstance(value, Block):
        return any(_waits(inner, scope) for inner in value.arguments.values())
    if isinstance(value, Sequence) and any(isinstance(one, Block) for one in value):
        return any(_waits(one, scope) for one in value if isinstance(one, Block))
    return value_code(value, scope).is_output  # type: ignore[arg-type]


def _scalar(value: str | bool | int | Decimal | None, kind: str) -> str:
    if value is None:
        return "None"
    if isinstance(value, bool):
        return string(str(value).lower()) if kind == "str" else str(value)
    if isinstance(value, str):
        return _text(value, kind)
    whole = int(value) if value == int(value) else value
    return string(str(whole)) if kind == "str" else str(whole)


def _text(value: str, kind: str) -> str:
    if kind == "int" and value.isascii() and value.isdigit():
        return str(int(value))
    if kind == "bool" and value in ("true", "false"):
        return str(value == "true")
    return document(value) if is_document(value) else string(value)


def _mapping(values: Mapping[str, Value], scope: Scope) -> Spelled:
    spelled = {key: value_code(value, scope) for key, value in values.items()}
    items = [
        Item(found.code, f"{string(key)}: ", _note(values[key])) for key, found in spelled.items()
    ]
    return Spelled(dictionary(items), any(found.is_output for found in spelled.values()))


def _sequence(values: Sequence[Value], scope: Scope) -> Spelled:
    spelled = [value_code(value, scope) for value in values]
    items = [Item(s.code, "", _note(v)) for s, v in zip(spelled, values, strict=True)]
    return Spelled(listed(items), any(found.is_output for found in spelled))


def _note(value: object) -> str:
    return value.comment if isinstance(value, Noted) else ""


def _flat(value: Joined) -> list[Value]:
    pieces: list[Value] = []
    for part in value.parts:
        for piece in _flat(part) if isinstance(part, Joined) else [part]:
            plain = isinstance(piece, str) and bool(pieces) and isinstance(pieces[-1], str)
            if plain:
                pieces[-1] = f"{pieces[-1]}{piece}"
            elif piece != "":
                pieces.append(piece)
    return pieces


def _joined(value: Joined, scope: Scope) -> Spelled:
    pieces = _flat(value)
    spelled = [value_code(piece, scope) for piece in pieces]
    if all(isinstance(piece, str) for piece in pieces):
        return Spelled(_text("".join(map(str, pieces)), "any"))
    if not any(found.is_output for found in spelled) and _fits_f_string(pieces, spelled):
        return Spelled(
            formatted(
                [
                    piece if isinstance(piece, str) else (str(found.code),)
                    for piece, found in zip(pieces, spelled, strict=True)
                ]
            )
        )
    if is_document("".join(piece for piece in pieces if isinstance(piece, str))):
        return Spelled(_template(pieces, spelled), is_output=True)
    items = [Item(found.code) for found in spelled]
    return Spelled(call("pulumi.Output.concat", items), is_output=True)


def _fits_f_string(pieces: Sequence[Value], spelled: Sequence[Spelled]) -> bool:
    """Return whether the text is one line without quotes, and its values are plain names."""
    texts = [piece for piece in pieces if isinstance(piece, str)]
    names = [s.code for s, p in zip(spelled, pieces, strict=True) if not isinstance(p, str)]
    plain = all(isinstance(name, str) and '"' not in name for name in names)
    return plain and not any(mark in text for text in texts for mark in '\n"\\')


def _template(pieces: Sequence[Value], spelled: Sequence[Spelled]) -> Group:
    """Return a text of several lines with its values after it, each by its number."""
    text = ""
    values: list[Item] = []
    for piece, found in zip(pieces, spelled, strict=True):
        if isinstance(piece, str):
            text += braced(piece)
        else:
            text += f"{{{len(values)}}}"
            values.append(Item(found.code))
    return call("pulumi.Output.format", [Item(document(text)), *values])


def _arguments(
    arguments: Mapping[str, Value | Block | Sequence[Block]],
    table: Mapping[str, Sequence[Any]],
    scope: Scope,
    pattern: str,
) -> list[Item]:
    items = []
    for name, value in arguments.items():
        bare = value.value if isinstance(value, Noted) else value
        # Pulumi packs what a function is made of, and notices itself when that changes.
        packed = isinstance(bare, FileText) and (bare.as_hash or bare.as_path)
        if bare is None or (isinstance(bare, FileText) and bare.as_hash):
            continue
        if name not in table and _blocks(bare):
            raise NameNotKnown(name)
        to, kind, *nested = table.get(name, (name, "any"))
        code, note = _argument(value, kind, nested[0] if nested else {}, scope)
        note = "" if packed else note
        items.append(Item(code, pattern.format(to), note))
    return items


def _argument(
    value: Value | Block | Sequence[Block],
    kind: str,
    nested: Mapping[str, Sequence[Any]],
    scope: Scope,
) -> tuple[Code, str]:
    """Return an argument and its comment: a block is a dictionary, a repeated one a list."""
    blocks = _blocks(value)
    if not blocks:
        plain: Value = value  # type: ignore[assignment]
        return value_code(plain, scope, kind).code, _note(value)
    if kind == "one":
        (block,) = blocks
        return _block(block, nested, scope), block.comment
    items = [Item(_block(block, nested, scope), "", block.comment) for block in blocks]
    return listed(items), ""


def _blocks(value: Value | Block | Sequence[Block]) -> list[Block]:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in value if isinstance(one, Block)]
    return []


def _block(block: Block, table: Mapping[str, Sequence[Any]], scope: Scope) -> Group:
    return dictionary(_arguments(block.arguments, table, scope, '"{}": '))
