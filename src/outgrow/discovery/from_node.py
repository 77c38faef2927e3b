"""Node projects that nothing puts into a container, and those in a container."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board, add_evidence, name_for
from outgrow.discovery.findings import Confidence, Evidence, Service
from outgrow.discovery.package_json import NodeProject
from outgrow.discovery.tree import folder_of, is_aside, is_within, joined
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Build

_PROGRAMS = frozenset({"apps", "services", "workers"})
_RUNS_A_FILE = re.compile(
    r"(?:node|tsx|ts-node|bun(?: run)?|deno run)\s+(?:-\S+\s+)*[\w./-]+\.[cm]?[jt]s\b"
)
_PAGE_FOLDERS = frozenset({"frontend", "web", "www", "site", "client", "ui", "website"})


def take_node(board: Board) -> None:
    """Take in the Node projects, and describe the services that hold one."""
    for project in sorted(board.node, key=lambda one: one.folder.count("/")):
        there = [one for one in board.in_folder(project.folder)]
        if there:
            for service in there:
                _describe_node(board, service, project, len(there))
            continue
        plain = not project.product and _is_plain_program(board, project)
        if not plain and not (project.product and _is_program_of_node(board, project)):
            continue
        if _is_started_from_above(board, project):
            continue
        kind = Kind.WORKER if plain else Kind(project.kind)
        says = "its script `start`" if plain else f"it depends on {project.product}"
        evidence = Evidence(project.path, project.line, says, Confidence.LIKELY)
        service = Service(name_for(board, project.folder, kind), kind, project.folder, [evidence])
        service.public = kind is not Kind.WORKER
        board.services.append(service)
        _describe_node(board, service, project, 1)


def _is_plain_program(board: Board, project: NodeProject) -> bool:
    """Return whether a workspace keeps a program without a framework among its applications."""
    above = folder_of(project.folder)
    workspace = board.node_in(folder_of(above))
    start = project.start.starts if project.start else ""
    return (
        above.rpartition("/")[2] in _PROGRAMS
        and workspace is not None
        and workspace.is_workspace
        and _RUNS_A_FILE.match(start) is not None
    )


def _is_started_from_above(board: Board, project: NodeProject) -> bool:
    """Return whether a command from above runs a file of the project: `node api/index.js`."""
    above = [one for one in board.own() if is_within(project.folder, one.folder or "")]
    return any(
        path in board.sources and is_within(path, project.folder)
        for service in above
        for command in board.commands.get(service.name, [])
        for word in command.text.split()
        if (path := joined(service.folder or "", word))
    )


def _is_program_of_node(board: Board, project: NodeProject) -> bool:
    nested = [
        one
        for one in board.node
        if one is not project and is_within(one.folder, project.folder) and one.product
    ]
    if nested and project.is_workspace:
        return False
    covered = [one for one in board.own() if one.folder == project.folder]
    if covered or _is_library(project):
        return False
    prefix = f"{project.folder}/" if project.folder else ""
    if project.product == "vite":
        return any(
            f"{prefix}{page}" in board.sources
            for page in ("index.html", "src/index.html", "app/index.html", "client/index.html")
        )
    if project.static:
        return True
    return project.start is not None or project.kind == "frontend"


def _is_library(project: NodeProject) -> bool:
    return (
        bool(re.match(r"(?:packages|libs?|shared|plugins)(?:/|$)", project.folder))
        and project.kind != "frontend"
        and (project.start is None or project.start.rank < 60)
    )


def _describe_node(board: Board, service: Service, project: NodeProject, count: int) -> None:
    has_python = board.python_in(project.folder) is not None
    if (has_python and not project.product) or (
        service.build and service.build.runtime == "python"
    ):
        return
    if not board.is_project(project.folder) or (has_python and project.kind != "frontend"):
        return
    if (
        service.kind is Kind.SERVICE
        and project.kind == "frontend"
        and count == 1
        and not has_python
    ):
        service.kind = Kind.FRONTEND
    known: dict[str, object] = {
        "runtime": "static" if project.static else "node",
        "framework": project.framework,
    }
    if project.version:
        known["version"] = project.version
    if project.build:
        known["build_command"] = project.build
    if project.static:
        known["output"] = "build" if project.framework == "create-react-app" else "dist"
    folder = f"./{project.folder}" if project.folder else "."
    base = service.build or Build(folder=folder)
    service.build = Build.model_validate({**known, **base.model_dump(exclude_unset=True)})
    service.stack = service.stack or f"Node {project.version}, {project.product}".replace(
        "Node ,", "Node,"
    ).rstrip(", ")
    if project.product:
        says = f"it depends on {project.product}"
        add_evidence(service, Evidence(project.path, project.line, says, Confidence.LIKELY))
    if service.kind is not Kind.WORKER or not board.commands.get(service.name):
        board.offer(service, project.start)


def take_static_pages(board: Board) -> None:
    """Take in folders of plain pages that nothing builds: an `index.html` and no project."""
    for path in board.sources.named("index.html"):
        folder = folder_of(path)
        last = folder.rpartition("/")[2].lower()
        alone = folder == "" and not board.services
        if not (alone or last in _PAGE_FOLDERS) or folder.count("/") > 1 or is_aside(folder):
            continue
        if board.is_project(folder) or any(_holds(one, folder) for one in board.own()):
            continue
        evidence = Evidence(path, 1, "plain pages", Confidence.LIKELY)
        name = name_for(board, folder, Kind.FRONTEND)
        service = Service(name, Kind.FRONTEND, folder, [evidence], public=True)
        place = f"./{folder}" if folder else "."
        service.build = Build(folder=place, runtime="static", framework="none")
        board.services.append(service)


def _holds(service: Service, folder: str) -> bool:
    return service.folder is not None and service.folder != "" and is_within(folder, service.folder)
