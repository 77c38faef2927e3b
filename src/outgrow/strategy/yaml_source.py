"""Reading YAML into a tree with positions, without trusting it.

The tree is built from the parser's events in a loop, so no input can exhaust the stack; an
alias points at the node it repeats, so none can exhaust the memory. Limits are checked while
reading: what is refused is refused before it costs anything. Merge keys (`<<: *defaults`)
work as in YAML 1.1; tags and further documents are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from outgrow.diagnostics import Diagnostic, Location, Path, Severity
from outgrow.strategy.yaml_nodes import Entry, ListNode, MappingNode, Node, ScalarNode
from outgrow.strategy.yaml_scalars import resolve_scalar
from outgrow.strategy.yaml_text import decode

MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_PROBLEMS = 500

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(NamedTuple):
    """What a file holds: its tree, or None when it cannot be read, and every problem found."""

    root: Node | None
    problems: list[Diagnostic]


def read_yaml(data: bytes, name: str, loader: type = _LOADER) -> Document:
    """Return the tree of the YAML in `data`; `name` is the file that positions refer to."""
    text, problems = decode(data, name)
    if problems:
        return Document(None, problems)
    builder = _TreeBuilder(name)
    try:
        builder.read(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        from outgrow.strategy.yaml_problems import syntax_diagnostic

        return Document(None, [*builder.problems, syntax_diagnostic(error, text, name)])
    except _RefusedError as refusal:
        return Document(None, [*builder.problems, refusal.diagnostic])
    return Document(builder.root, builder.problems)


class _RefusedError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.reason)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    node: ListNode | MappingNode
    anchor: str | None
    nodes_before: int
    key: str | None = None
    key_location: Location | None = None
    merges: list[Node] = field(default_factory=list)
    height: int = 0


class _TreeBuilder:
    """Builds one document's tree, event by event."""

    def __init__(self, name: str) -> None:
        self.root: Node | None = None
        self.problems: list[Diagnostic] = []
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self._documents = 0

    def read(self, events: Iterator[yaml.Event]) -> None:
        """Take in every event up to the end, or to a second document."""
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self._second_document(event):
                return

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event, 1)
        self._refuse_tag(event)
        plain = not event.style  # None or "", depending on the parser
        if self._expects_key():
            self._take_key(event, plain)
            return
        value = resolve_scalar(event.value) if plain else event.value
        node = ScalarNode(value, event.value, self._location(event))
        self._remember(event.anchor, node)
        self._add(node, 0)

    def _take_key(self, event: yaml.ScalarEvent, plain: bool) -> None:
        top = self._open[-1]
        place = self._location(event)
        if plain and event.value == "":
            self._report("empty-key", place, "a key is missing before `:`", "Write the key.")
        elif event.value in self._entries() and not (plain and event.value == "<<"):
            self._report_duplicate(event.value, place)
        top.key, top.key_location = event.value, place
        if plain and event.value == "<<":
            top.key = "<<"
            top.key_location = None

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._count(event, 1)
        if len(self._open) >= MAX_DEPTH:
            self._refuse_depth(self._location(event))
        self._refuse_tag(event)
        place = self._location(event)
        if self._expects_key():
            self._refuse_key(place)
        node: ListNode | MappingNode = (
            MappingNode(place) if isinstance(event, yaml.MappingStartEvent) else ListNode(place)
        )
        self._open.append(_Open(node, event.anchor, self._nodes - 1))

    def _end(self) -> None:
        top = self._open.pop()
        top.node.size = self._nodes - top.nodes_before
        top.node.height = top.height + 1
        if isinstance(top.node, MappingNode):
            self._merge(top, top.node)
        self._remember(top.anchor, top.node)
        self._add(top.node, top.node.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._location(event)
        if self._expects_key():
            self._refuse_key(place)
        anchor = event.anchor or ""
        node = self._anchors.get(anchor)
        if node is None:
            self._report_alias(anchor, place)
            self._add(ScalarNode(None, f"*{anchor}", place, broken=True), 0)
            return
        height = 0 if isinstance(node, ScalarNode) else node.height
        self._count(event, 1 if isinstance(node, ScalarNode) else node.size)
        if len(self._open) + height > MAX_DEPTH:
            self._refuse_depth(place)
        self._add(node, height)

    def _add(self, node: Node, height: int) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        top.height = max(top.height, height)
        if isinstance(top.node, ListNode):
            top.node.items.append(node)
            return
        if top.key_location is None:
            top.merges.append(node)
        elif top.key is not None and top.key not in top.node.entries:
            top.node.entries[top.key] = Entry(top.key_location, node)
        top.key = None

    def _merge(self, top: _Open, mapping: MappingNode) -> None:
        for merged in top.merges:
            for source in merged.items if isinstance(merged, ListNode) else [merged]:
                if isinstance(source, MappingNode):
                    for key, entry in source.entries.items():
                        mapping.entries.setdefault(key, entry)
                elif not (isinstance(source, ScalarNode) and source.broken):
                    self._report_merge(source.location)

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _expects_key(self) -> bool:
        top = self._open[-1] if self._open else None
        return top is not None and isinstance(top.node, MappingNode) and top.key is None

    def _entries(self) -> dict[str, Entry]:
        node = self._open[-1].node
        return node.entries if isinstance(node, MappingNode) else {}

    def _location(self, event: yaml.Event) -> Location:
        mark = event.start_mark
        if mark is None:
            return Location(self._name, 1, 1)
        return Location(self._name, mark.line + 1, mark.column + 1)

    def _path(self) -> Path:
        parts: list[str | int] = []
        for level in self._open:
            if isinstance(level.node, ListNode):
                parts.append(len(level.node.items))
            elif level.key is not None:
                parts.append(level.key)
        return tuple(parts)

    def _second_document(self, event: yaml.Event) -> bool:
        self._documents += 1
        if self._documents == 2:
            self._report(
                "second-document",
                self._location(event),
                "a second document begins here (`---`)",
                "Keep one strategy in a file; share parts through `extends`.",
            )
        return self._documents == 2

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            reason = f"the file has more than {MAX_NODES:,} values once its aliases are followed"
            remedy = "Remove aliases that repeat other aliases, or split the file."
            self._refuse("too-many-values", self._location(event), reason, remedy)

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")[:40]
            reason = f"the YAML tag `{tag}` is not supported"
            remedy = "Remove the tag; put a text that looks like a number in quotes."
            self._report("yaml-tag", self._location(event), reason, remedy)

    def _refuse_depth(self, place: Location) -> None:
        reason = f"values are nested more than {MAX_DEPTH} levels deep"
        self._refuse("nested-too-deeply", place, reason, "Check the brackets and indentation here.")

    def _refuse_key(self, place: Location) -> None:
        reason = "a key must be a plain text, not a list, a mapping or an alias"
        remedy = "Write the key as a word; put a text that begins with { or [ in quotes."
        self._refuse("bad-key", place, reason, remedy)

    def _refuse(self, code: str, place: Location, reason: str, remedy: str) -> None:
        path = self._path()
        raise _RefusedError(Diagnostic(Severity.ERROR, code, reason, remedy, path, place))

    def _report(self, code: str, place: Location, reason: str, remedy: str, *key: str) -> None:
        if len(self.problems) > MAX_PROBLEMS:  # more than are shown, so there is no use in going on
            self._refuse(code, place, reason, remedy)
        path = (*self._path(), *key)
        self.problems.append(Diagnostic(Severity.ERROR, code, reason, remedy, path, place))

    def _report_duplicate(self, key: str, place: Location) -> None:
        first = self._entries()[key].key
        reason = f"`{key[:80]}` is written twice: on line {first.line} and on line {place.line}"
        remedy = "Keep one of them, or give the second another name."
        self._report("duplicate-key", place, reason, remedy, key)

    def _report_alias(self, anchor: str, place: Location) -> None:
        inside = any(level.anchor == anchor for level in self._open)
        reason = f"the alias `*{anchor[:80]}` " + (
            "stands inside the value it repeats" if inside else f"has no anchor `&{anchor[:80]}`"
        )
        remedy = "Write the anchor before the alias; a text that begins with * needs quotes."
        self._report("bad-alias", place, reason, remedy)

    def _report_merge(self, place: Location) -> None:
        reason = "`<<` merges mappings, and this is not one"
        remedy = "Write `<<: *name` where `&name` stands before a mapping."
        self._report("bad-merge", place, reason, remedy)
