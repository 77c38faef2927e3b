"""The arguments of every AWS resource that outgrow renders, kept beside the tests.

Where no provider can be had, each rendered block is still checked against this. `make golden`
writes it from `terraform providers schema -json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.terraform import aws_systems

from outgrow.render.aws.graph import aws_modules
from outgrow.render.writers.expressions import Block, Noted, ResourceBlock

FILE = Path(__file__).parent / "data" / "aws" / "schema.json"
Schema = dict[str, Any]
_META = frozenset({"tags_all", "timeouts"})


def kept() -> Schema:
    """Return the schema as it is kept."""
    found: Schema = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def rendered_blocks() -> Iterator[tuple[str, ResourceBlock]]:
    """Yield every block of every system, with the system's name."""
    for name, system in aws_systems().items():
        for module in aws_modules(system).values():
            for block in module.resources:
                yield name, block


def slim(provider: Mapping[str, Any]) -> Schema:
    """Return what the provider says of the blocks that outgrow renders, and no more."""
    used: dict[str, list[ResourceBlock]] = {}
    for _, block in rendered_blocks():
        used.setdefault(f"{block.kind}.{block.type}", []).append(block)
    return {
        key: _slim(_of(provider, key)["block"], [block.arguments for block in blocks])
        for key, blocks in sorted(used.items())
    }


def _of(provider: Mapping[str, Any], key: str) -> Any:
    kind, type_ = key.split(".")
    schemas = "resource_schemas" if kind == "resource" else "data_source_schemas"
    return provider[schemas][type_]


def _slim(block: Mapping[str, Any], written: Sequence[Mapping[str, Any]]) -> Schema:
    attributes = block.get("attributes", {})
    settable = [
        name
        for name, a in attributes.items()
        if name not in _META and (a.get("required") or a.get("optional"))
    ]
    found: Schema = {"arguments": sorted(settable)}
    required = sorted(name for name, a in attributes.items() if a.get("required"))
    if required:
        found["required"] = required
    blocks = {
        name: _slim(inner["block"], _within(written, name))
        for name, inner in sorted(block.get("block_types", {}).items())
        if name not in _META and _within(written, name)
    }
    needed = [n for n, i in block.get("block_types", {}).items() if i.get("min_items", 0)]
    if needed:
        found["required_blocks"] = sorted(needed)
    return {**found, "blocks": blocks} if blocks else found


def _within(written: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [block.arguments for one in written for block in _blocks(one.get(name))]


def _blocks(value: Any) -> list[Block]:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in value if isinstance(one, Block)]
    return []


def faults(schema: Mapping[str, Any], arguments: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield what `arguments` have that the schema does not know, and what they lack."""
    present = set()
    for name, value in arguments.items():
        plain = value.value if isinstance(value, Noted) else value
        if plain is None or plain in ([], ()):
            continue
        present.add(name)
        blocks = _blocks(plain)
        for block in blocks:
            inner = schema.get("blocks", {}).get(name)
            if inner is None:
                yield f"{place}: no block {name}"
            else:
                yield from faults(inner, block.arguments, f"{place}.{name}")
        if not blocks and name not in schema["arguments"]:
            yield f"{place}: no argument {name}"
    needed = {*schema.get("required", ()), *schema.get("required_blocks", ())}
    yield from (f"{place}: {name} is missing" for name in sorted(needed - present))
