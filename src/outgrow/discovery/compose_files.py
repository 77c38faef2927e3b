"""The compose files of a repository: which one describes the system, read with its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from outgrow.discovery.tree import Sources, folder_of, is_aside, joined
from outgrow.strategy.yaml_nodes import (
    Data,
    Entry,
    ListNode,
    MappingNode,
    Node,
    ScalarNode,
    child,
    to_data,
)
from outgrow.strategy.yaml_source import read_yaml

_NAME = re.compile(r"(?:docker[-_.])?compose(?:[-_.][\w.-]+)?\.ya?ml", re.IGNORECASE)
_PLAIN = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_WORSE = re.compile(
    r"test|ci\b|debug|override|docs|e2e|bench|example|template|monitor|observ|gpu|lint|arm|m1",
    re.IGNORECASE,
)
_PRODUCTION = re.compile(r"prod|deploy|release", re.IGNORECASE)
_LOCAL = re.compile(r"local|dev", re.IGNORECASE)
# Files such as `local.yml` and `production.yml`, which older templates use.
_BARE = re.compile(r"(?:local|production|prod|dev|docker|stack)\.ya?ml", re.IGNORECASE)
_DEEPEST_EXTENDS = 8


@dataclass(slots=True)
class ComposeFile:
    """One compose file with everything that it includes and extends merged in."""

    path: str
    folder: str
    services: dict[str, Entry]
    values: Mapping[str, str]
    top: frozenset[str]
    networks: Mapping[str, Data] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def find_compose_files(sources: Sources) -> list[ComposeFile]:
    """Return the compose file of each folder that describes a system, the shallowest first.

    Files below the folder of another are left out: they are its variants or belong to parts.
    """
    chosen: dict[str, str] = {}
    candidates = [path for path in sources.ending(".yml", ".yaml") if _is_candidate(path, sources)]
    for path in sorted(candidates, key=preference):
        chosen.setdefault(folder_of(path), path)
    found: list[ComposeFile] = []
    for path in sorted(chosen.values(), key=lambda one: (one.count("/"), preference(one))):
        if is_aside(folder_of(path)) and found:
            continue
        file = _read(sources, path)
        if file is not None and file.services:
            found.append(file)
    return found


def other_compose_files(sources: Sources, chosen: list[ComposeFile]) -> Iterator[str]:
    """Yield the compose files that were not chosen."""
    taken = {file.path for file in chosen}
    for path in sources.ending(".yml", ".yaml"):
        if path not in taken and _NAME.fullmatch(path.rpartition("/")[2]):
            yield path


def read_compose_file(sources: Sources, path: str) -> ComposeFile | None:
    """Return one compose file, or None where it has no services."""
    file = _read(sources, path)
    return file if file is not None and file.services else None


def _is_candidate(path: str, sources: Sources) -> bool:
    name = path.rpartition("/")[2]
    if _NAME.fullmatch(name):
        return True
    return (
        bool(_BARE.fullmatch(name))
        and re.search(r"^services:", sources.text(path), re.MULTILINE) is not None
    )


def preference(path: str) -> tuple[int, int, str]:
    """Return how far a compose file stands for the whole system: the smallest does."""
    name = path.rpartition("/")[2].lower()
    if name in _PLAIN:
        return (0, _PLAIN.index(name), path)
    worse = 3 if _WORSE.search(name) else 0
    if _PRODUCTION.search(name):
        return (1 + worse, 0, path)
    return (2 + worse, 0 if _LOCAL.search(name) else 1, path)


def _read(sources: Sources, path: str) -> ComposeFile | None:
    root = _tree(sources, path)
    if not isinstance(root, MappingNode):
        return None
    folder = folder_of(path)
    services = _services(root)
    found = ComposeFile(path, folder, services, _values(sources, folder), frozenset(root.entries))
    found.networks = _top_networks(root)
    for included in _included(root):
        other = joined(folder, included)
        if other is not None and other in sources and other != path:
            below = _tree(sources, other)
            if isinstance(below, MappingNode) and folder_of(other) == folder:
                for name, entry in _services(below).items():
                    services.setdefault(name, entry)
                continue
        found.problems.append(f"`include: {included}` was not followed")
    found.services = {
        name: _extended(sources, path, services, entry, 0) for name, entry in services.items()
    }
    return found


def _tree(sources: Sources, path: str) -> Node | None:
    text = sources.text(path)
    return read_yaml(text.encode("utf-8", "replace"), path).root if text else None


def _services(root: MappingNode) -> dict[str, Entry]:
    node = child(root, "services")
    if isinstance(node, MappingNode):
        return {k: e for k, e in node.entries.items() if isinstance(e.node, MappingNode)}
    if "version" in root.entries or "services" in root.entries:
        return {}
    # The first version of the format had the services at the top.
    return {
        name: entry
        for name, entry in root.entries.items()
        if isinstance(entry.node, MappingNode) and {"image", "build"} & set(entry.node.entries)
    }


def _top_networks(root: MappingNode) -> Mapping[str, Data]:
    node = child(root, "networks")
    data = to_data(node) if node is not None else None
    return data if isinstance(data, dict) else {}


def _included(root: MappingNode) -> Iterator[str]:
    node = child(root, "include")
    for item in node.items if isinstance(node, ListNode) else []:
        one = child(item, "path") if isinstance(item, MappingNode) else item
        if isinstance(one, ScalarNode) and isinstance(one.value, str):
            yield one.value


def _extended(
    sources: Sources, path: str, services: Mapping[str, Entry], entry: Entry, depth: int
) -> Entry:
    """Return a service with what it `extends` below it."""
    node = child(entry.node, "extends")
    if node is None or depth >= _DEEPEST_EXTENDS or not isinstance(entry.node, MappingNode):
        return entry
    service, file = node, None
    if isinstance(node, MappingNode):
        service, file = child(node, "service"), child(node, "file")  # type: ignore[assignment]
    if not isinstance(service, ScalarNode):
        return entry
    if isinstance(file, ScalarNode):
        other = joined(folder_of(path), str(file.value))
        root = _tree(sources, other) if other is not None and other in sources else None
        if other is None or not isinstance(root, MappingNode):
            return entry
        path, services = other, _services(root)
    base = services.get(str(service.value))
    if base is None or base is entry:
        return entry
    base = _extended(sources, path, services, base, depth + 1)
    return Entry(entry.key, _laid_over(base.node, entry.node))


_ADDED_UP = frozenset({"ports", "expose", "volumes", "env_file", "environment", "depends_on"})


def _laid_over(base: Node, over: Node) -> Node:
    """Return `over` on top of `base`, as Compose does: lists of some keys are added up."""
    if not isinstance(base, MappingNode) or not isinstance(over, MappingNode):
        return over
    entries = {key: entry for key, entry in base.entries.items() if key != "depends_on"}
    for key, entry in over.entries.items():
        below = entries.get(key)
        node = entry.node
        if below is not None and key in _ADDED_UP | {"build", "labels", "deploy", "healthcheck"}:
            if isinstance(below.node, ListNode) and isinstance(node, ListNode):
                node = ListNode(node.location, [*below.node.items, *node.items])
            else:
                node = _laid_over(below.node, node)
        entries[key] = Entry(entry.key, node)
    return MappingNode(over.location, entries)


def _values(sources: Sources, folder: str) -> dict[str, str]:
    """Return what `.env` beside the file (or its example) gives its variables."""
    for name in (
        ".env",
        ".env.example",
        ".env.sample",
        ".env.template",
        "env.example",
        ".env.dist",
    ):
        path = f"{folder}/{name}" if folder else name
        if path in sources:
            return dict(environment_lines(sources.text(path)))
    return {}


def environment_lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of a file such as `.env`."""
    for line in text.splitlines():
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        key = key.strip()
        if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            yield key, _unquoted(value.strip())


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.split(r"\s+#", value, maxsplit=1)[0].strip() if not value.startswith("#") else ""
