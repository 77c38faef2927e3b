"""Finding all places of a kind in a document: `phases/*/use/*/runs_on`.

`*` stands for every key or index; a pattern that ends in `~` finds the keys themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from outgrow.diagnostics import Location, Path
from outgrow.strategy.yaml_nodes import Entry, ListNode, MappingNode, Node, ScalarNode

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


class Search:
    """Finds places in one document; what several patterns begin with is looked up once."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self._found: dict[str, list[Place]] = {"": [Place((), root.location, root)]}

    def places(self, pattern: str) -> Sequence[Place]:
        """Return every value that `pattern` leads to, in the order of the document."""
        found = self._found.get(pattern)
        if found is None:
            parent, _, last = pattern.rpartition("/")
            found = [step for place in self.places(parent) for step in _steps(place, last)]
            self._found[pattern] = found
        return found

    def mentions(self, pattern: str) -> Iterator[Mention]:
        """Yield every name that `pattern` leads to; values that are not text are passed over."""
        if pattern.endswith("/~"):
            for place in self.places(pattern[:-2]):
                if isinstance(place.node, MappingNode):
                    for key, entry in place.node.entries.items():
                        yield Mention(key, (*place.path, key), entry.key)
            return
        for path, location, node in self.places(pattern):
            if isinstance(node, ScalarNode) and isinstance(node.value, str):
                yield Mention(node.value, path, location)

    def conditions(self) -> Iterator[Place]:
        """Yield every condition in the document, groups before what they join."""
        waiting = [place for pattern in CONDITIONS for place in self.places(pattern)][::-1]
        while waiting:
            condition = waiting.pop()
            yield condition
            groups = [step for group in _GROUPS for step in _steps(condition, group)]
            joined = [step for group in groups for step in _steps(group, "*")]
            waiting += reversed(joined)

    def named(self, places: Iterable[Place], key: str) -> Iterator[Mention]:
        """Yield the names that stand beside `key` in each of `places`."""
        for place in places:
            for path, location, node in _steps(place, key):
                if isinstance(node, ScalarNode) and isinstance(node.value, str):
                    yield Mention(node.value, path, location)


def _steps(place: Place, part: str) -> list[Place]:
    path, _, node = place
    if isinstance(node, MappingNode):
        if part != "*":
            entry = node.entries.get(part)
            return [_step(path, part, entry)] if entry else []
        return [_step(path, key, entry) for key, entry in node.entries.items()]
    if part == "*" and isinstance(node, ListNode):
        return [Place((*path, n), item.location, item) for n, item in enumerate(node.items)]
    return []


def _step(path: Path, key: str, entry: Entry) -> Place:
    single = isinstance(entry.node, ScalarNode)
    return Place((*path, key), entry.node.location if single else entry.key, entry.node)
