"""Files of hosting platforms that say how something is started: Render, Railway, Fly, Google."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass

from outgrow.discovery.drivers import StoreClue
from outgrow.discovery.findings import Command, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside, joined
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.yaml_nodes import ListNode, MappingNode, child, to_data
from outgrow.strategy.yaml_source import read_yaml

RANK = 95


@dataclass(frozen=True, slots=True)
class Hosted:
    """A process on a platform: its kind there, and where its source lies."""

    folder: str
    name: str
    kind: str
    command: Command | None
    evidence: Evidence


def read_platforms(sources: Sources) -> tuple[list[Hosted], list[StoreClue]]:
    """Return the processes and the stores that the platforms' files name."""
    hosted: list[Hosted] = []
    stores: list[StoreClue] = []
    for path in sources.named("render.yaml", "render.yml"):
        if not is_aside(folder_of(path)):
            _read_render(sources, path, hosted, stores)
    for path in sources.named("railway.json", "railway.toml", "fly.toml"):
        if not is_aside(folder_of(path)):
            hosted += _read_deploy(sources, path)
    for path in sources.named("app.yaml"):
        for line, text in sources.lines(path):
            if match := re.match(r"entrypoint:\s*(\S.*)", text):
                evidence = Evidence(path, line, "App Engine's entrypoint")
                command = Command(match[1].strip(), evidence, RANK)
                hosted.append(Hosted(folder_of(path), "", "web", command, evidence))
    return hosted, stores


def _read_render(
    sources: Sources, path: str, hosted: list[Hosted], stores: list[StoreClue]
) -> None:
    root = read_yaml(sources.text(path).encode("utf-8", "replace"), path).root
    if not isinstance(root, MappingNode):
        return
    services = child(root, "services")
    for node in services.items if isinstance(services, ListNode) else []:
        data = to_data(node)
        if not isinstance(data, dict):
            continue
        kind, name = str(data.get("type", "")), str(data.get("name", ""))
        evidence = Evidence(path, node.location.line, f"Render's service `{name}`")
        if kind in ("redis", "keyvalue"):
            stores.append(StoreClue(Kind.REDIS, "Redis", folder_of(path), evidence, 3))
            continue
        if kind not in ("web", "worker", "pserv", "cron"):
            continue
        folder = joined(folder_of(path), str(data.get("rootDir") or "."))
        start = data.get("startCommand") or data.get("dockerCommand")
        command = Command(start, evidence, RANK) if isinstance(start, str) and start else None
        kind = "static" if data.get("env") == "static" or data.get("runtime") == "static" else kind
        hosted.append(Hosted(folder or "", name, kind, command, evidence))
    databases = child(root, "databases")
    for node in databases.items if isinstance(databases, ListNode) else []:
        evidence = Evidence(path, node.location.line, "Render's database")
        stores.append(StoreClue(Kind.POSTGRES, "PostgreSQL", folder_of(path), evidence, 3))


def _read_deploy(sources: Sources, path: str) -> list[Hosted]:
    text = sources.text(path)
    try:
        data = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(data, dict):
        return []
    found = []
    deploy = data.get("deploy")
    start = deploy.get("startCommand") if isinstance(deploy, dict) else None
    if isinstance(start, str) and start:
        evidence = Evidence(path, _line(text, "startCommand"), "Railway's start command")
        found.append(Hosted(folder_of(path), "", "web", Command(start, evidence, RANK), evidence))
    processes = data.get("processes")
    for name, command in processes.items() if isinstance(processes, dict) else []:
        if isinstance(command, str) and command.strip():
            evidence = Evidence(path, _line(text, name), f"Fly's process `{name}`")
            kind = "web" if name in ("app", "web") else "worker"
            found.append(Hosted(folder_of(path), "" if kind == "web" else name, kind,
                                Command(command, evidence, RANK), evidence))  # fmt: skip
    return found


def _line(text: str, word: str) -> int:
    return text.count("\n", 0, max(text.find(word), 0)) + 1
