"""A YAML document as a tree in which every key and value knows where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from outgrow.diagnostics import Location, Path

ScalarValue = str | int | bool | Decimal | None
Data = ScalarValue | list["Data"] | dict[str, "Data"]


@dataclass(slots=True)
class ScalarNode:
    """A single value; `text` is how it was written, without quotes.

    `broken` marks the place of something already reported (an alias without an anchor), so
    that nothing else complains about it.
    """

    value: ScalarValue
    text: str
    location: Location
    broken: bool = False


@dataclass(slots=True)
class ListNode:
    """A list; `size` counts every node below it, aliases followed, and `height` the levels."""

    location: Location
    items: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


class Entry(NamedTuple):
    """A key's place, and the value beside it."""

    key: Location
    node: Node


@dataclass(slots=True)
class MappingNode:
    """A mapping; `size` and `height` as in ListNode."""

    location: Location
    entries: dict[str, Entry] = field(default_factory=dict)
    size: int = 1
    height: int = 1


Node = ScalarNode | ListNode | MappingNode


def child(node: Node | None, part: str | int) -> Node | None:
    """Return what `part` (a key or an index) leads to, or None."""
    if isinstance(node, MappingNode):
        entry = node.entries.get(part) if isinstance(part, str) else None
        return entry.node if entry else None
    if isinstance(node, ListNode) and isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part]
    return None


def node_at(root: Node, path: Path) -> Node | None:
    """Return the node at `path`, or None when the document does not go that far."""
    node: Node | None = root
    for part in path:
        node = child(node, part)
    return node


def locate(root: Node, path: Path) -> Location:
    """Return where `path` is written: a single value, or the key of anything longer.

    A path that the document does not have is located at its nearest written parent.
    """
    node, place = root, root.location
    for part in path:
        below = child(node, part)
        if below is None:
            break
        place = _place(node, part, below)
        node = below
    return place


def locate_key(root: Node, path: Path) -> Location:
    """Return where the last key of `path` is written, or its nearest written parent."""
    parent = node_at(root, path[:-1]) if path else None
    if isinstance(parent, MappingNode) and path[-1] in parent.entries:
        return parent.entries[str(path[-1])].key
    return locate(root, path)


def _place(parent: Node, part: str | int, node: Node) -> Location:
    if isinstance(parent, MappingNode) and not isinstance(node, ScalarNode):
        return parent.entries[str(part)].key
    return node.location


def to_data(node: Node) -> Data:
    """Return the plain values of `node`."""
    if isinstance(node, MappingNode):
        return {key: to_data(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return [to_data(item) for item in node.items]
    return node.value


def merge_nodes(base: Node, over: Node) -> Node:
    """Return `base` with `over` on top: mappings merge deeply, anything else is replaced."""
    if not isinstance(base, MappingNode) or not isinstance(over, MappingNode):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        node = entry.node if below is None else merge_nodes(below.node, entry.node)
        entries[key] = Entry(entry.key, node)
    return MappingNode(over.location, entries)
