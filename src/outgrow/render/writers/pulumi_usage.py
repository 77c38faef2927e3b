"""What a graph uses of each Terraform type: the question that the table of names answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from outgrow.render.writers.expressions import Block, Module, Ref, ResourceBlock, Value
from outgrow.render.writers.pulumi_python import attribute_path
from outgrow.render.writers.walk import leaves, leaves_of


def used_names(graphs: Iterable[Mapping[str, Module]]) -> dict[str, Any]:
    """Return each type with the arguments, nested ones within, and attributes in use."""
    used: dict[str, Any] = {}
    for module in (module for graph in graphs for module in graph.values()):
        for block in module.resources:
            entry = used.setdefault(_key(block), {"arguments": {}, "attributes": []})
            _merge(entry["arguments"], block.arguments)
        outputs = [leaf for output in module.outputs for leaf in leaves(output.value)]
        called = [
            leaf
            for call in module.calls
            for value in call.arguments.values()
            for leaf in leaves(value)
        ]
        for leaf in (*leaves_of(module.resources), *outputs, *called):
            if isinstance(leaf, Ref):
                _add_attribute(used, leaf)
    return used


def _key(block: ResourceBlock) -> str:
    return f"data.{block.type}" if block.kind == "data" else block.type


def _add_attribute(used: dict[str, Any], ref: Ref) -> None:
    key = f"data.{ref.type}" if ref.data else ref.type
    entry = used.setdefault(key, {"arguments": {}, "attributes": []})
    if attribute_path(ref) not in entry["attributes"]:
        entry["attributes"].append(attribute_path(ref))


def _merge(into: dict[str, Any], arguments: Mapping[str, Value | Block | Sequence[Block]]) -> None:
    for name, value in arguments.items():
        blocks = [value] if isinstance(value, Block) else value
        into.setdefault(name, None)
        if not isinstance(blocks, Sequence) or isinstance(blocks, str):
            continue
        for block in blocks:
            if isinstance(block, Block):
                into[name] = into[name] or {}
                _merge(into[name], block.arguments)
