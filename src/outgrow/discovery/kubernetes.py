"""Kubernetes manifests: what is deployed, with which image, command and ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from outgrow.discovery.findings import Command, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside
from outgrow.strategy.yaml_nodes import MappingNode, Node, child, node_at, to_data
from outgrow.strategy.yaml_source import read_yaml

RANK = 85
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob"})
_MARK = re.compile(r"^kind:\s*(?:Deployment|StatefulSet|DaemonSet|CronJob)\b", re.MULTILINE)
_SEPARATOR = re.compile(r"^---.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Workload:
    """A container that a cluster runs."""

    name: str
    kind: str
    image: str
    evidence: Evidence
    command: Command | None
    ports: tuple[int, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def read_workloads(sources: Sources) -> list[Workload]:
    """Return the containers of every manifest; templates that are no YAML are passed over."""
    found: dict[str, Workload] = {}
    for path in sources.ending(".yml", ".yaml"):
        if is_aside(folder_of(path)) or not _MARK.search(sources.text(path)):
            continue
        for offset, root in _documents(sources.text(path), path):
            for one in _workloads(path, offset, root):
                found.setdefault(one.name, one)
    return list(found.values())


def _documents(text: str, path: str) -> Iterator[tuple[int, Node]]:
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(text))]
    ends = [*(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    for start, end in list(zip(starts, ends, strict=True))[:200]:
        root = read_yaml(text[start:end].encode("utf-8", "replace"), path).root
        if root is not None:
            yield text.count("\n", 0, start), root


def _workloads(path: str, offset: int, root: Node) -> Iterator[Workload]:
    kind = _text(root, "kind")
    if kind not in _WORKLOADS or not isinstance(root, MappingNode):
        return
    spec = ("spec", "jobTemplate", "spec") if kind == "CronJob" else ("spec",)
    containers = node_at(root, (*spec, "template", "spec", "containers"))
    name = _text(root, "metadata", "name")
    data = to_data(containers) if containers is not None else []
    for n, one in enumerate(data if isinstance(data, list) else []):
        node = child(containers, n)
        if not isinstance(one, dict) or not isinstance(one.get("image"), str) or node is None:
            continue
        evidence = Evidence(path, node.location.line + offset, f"a {kind} of Kubernetes")
        words = [str(w) for key in ("command", "args") for w in _items(one.get(key))]
        command = Command(tuple(words), evidence, RANK) if words else None
        ports = tuple(
            port["containerPort"]
            for port in _items(one.get("ports"))
            if isinstance(port, dict) and isinstance(port.get("containerPort"), int)
        )
        own = name if len(data if isinstance(data, list) else []) == 1 else str(one.get("name"))
        yield Workload(own or "workload", kind, str(one["image"]), evidence, command, ports)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(root: Node, *path: str) -> str:
    node = node_at(root, path)
    value = to_data(node) if node is not None else None
    return value if isinstance(value, str) else ""
