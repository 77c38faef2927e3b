"""Finding all places of a kind in a document: `phases/*/use/*/runs_on`.

`*` stands for every key or index; a pattern that ends in `~` finds the keys themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from outgrow.diagnostics import Location, Path
from outgrow.strategy.yaml_nodes import ListNode, MappingNode, Node, ScalarNode

CONDITIONS = ("signals/*/when", "phases/*/next/*/when", "addons/*/when")
_GROUPS = ("any", "all", "of")


class Place(NamedTuple):
    """A value in the document; for a key, `node` is what stands beside it."""

    path: Path
    location: Location
    node: Node


class Mention(NamedTuple):
    """A name written in the document, and where."""

    name: str
    path: Path
    location: Location


def places(root: Node, pattern: str) -> Iterator[Place]:
    """Yield every value that `pattern` leads to, in the order of the document."""
    yield from _below(Place((), root.location, root), tuple(pattern.split("/")))


def mentions(root: Node, pattern: str) -> Iterator[Mention]:
    """Yield every name that `pattern` leads to; values that are not text are passed over."""
    parent, _, last = pattern.rpartition("/")
    if last == "~":
        for place in places(root, parent):
            if isinstance(place.node, MappingNode):
                for key, entry in place.node.entries.items():
                    yield Mention(key, (*place.path, key), entry.key)
        return
    for place in places(root, pattern):
        if isinstance(place.node, ScalarNode) and isinstance(place.node.value, str):
            yield Mention(place.node.value, place.path, place.location)


def conditions(root: Node) -> Iterator[Place]:
    """Yield every condition in the document, groups before what they join."""
    waiting = [place for pattern in CONDITIONS for place in places(root, pattern)][::-1]
    while waiting:
        condition = waiting.pop()
        yield condition
        joined = [place for group in _GROUPS for place in _below(condition, (group, "*"))]
        waiting += reversed(joined)


def _below(place: Place, parts: tuple[str, ...]) -> Iterator[Place]:
    if not parts:
        yield place
        return
    for found in _steps(place, parts[0]):
        yield from _below(found, parts[1:])


def _steps(place: Place, part: str) -> Iterator[Place]:
    node = place.node
    if isinstance(node, MappingNode):
        keys = node.entries if part == "*" else (part,)
        for key in keys:
            entry = node.entries.get(key)
            if entry is not None:
                single = isinstance(entry.node, ScalarNode)
                at = entry.node.location if single else entry.key
                yield Place((*place.path, key), at, entry.node)
    elif isinstance(node, ListNode) and part == "*":
        for index, item in enumerate(node.items):
            yield Place((*place.path, index), item.location, item)
