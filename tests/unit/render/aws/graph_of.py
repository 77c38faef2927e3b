"""The graph of a small strategy: its blocks by address, their arguments without comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.systems import system
from tests.written import packaged, strategy

from outgrow.render.aws.graph import aws_modules
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Block, Module, Noted, ResourceBlock
from outgrow.topology.prices import catalogue_for


class Graph(NamedTuple):
    """One module: its blocks by `type.name`."""

    module: Module
    blocks: Mapping[str, ResourceBlock]

    def arguments(self, address: str) -> dict[str, Any]:
        """Return the arguments of a block, nested blocks as plain mappings."""
        found: dict[str, Any] = _plain(self.blocks[address].arguments)
        return found

    def names(self, kind: str) -> list[str]:
        """Return the names of the blocks of one type."""
        return [block.name for block in self.module.resources if block.type == kind]


def _plain(value: Any) -> Any:
    if isinstance(value, Noted):
        return _plain(value.value)
    if isinstance(value, Block):
        return _plain(value.arguments)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def small(text: str, phase: str = "only", environment: str | None = None) -> System:
    """Return the system of a strategy that is written in the test."""
    found = strategy(text)
    return build_system(found, catalogue_for(found, packaged()), phase, environment)


def graph(found: System, module: str = "") -> Graph:
    """Return a module of a system's graph."""
    one = aws_modules(found)[module]
    return Graph(one, {f"{block.type}.{block.name}": block for block in one.resources})


def example(name: str, phase: str, environment: str | None = None) -> Graph:
    """Return the root module of an example."""
    return graph(system(name, phase, environment))
