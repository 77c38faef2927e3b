"""Where the code of a service lies, when what starts it names a project below its folder."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board, nearest
from outgrow.discovery.dockerfile import Dockerfile, runtime_of
from outgrow.discovery.findings import Service
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.tree import is_within, joined
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Build

_MODULE = re.compile(
    r"(?:^|\s)(?:-A |--app[= ]|-m )?([A-Za-z_]\w*(?:\.\w+)+)(?::\w+(?:\(\))?)?(?=\s|$)"
)


def settle_folders(board: Board) -> None:
    """Say of each service of a compose file in which project below its folder its code lies.

    The folder that is built stays what the file says.
    """
    for service in board.own():
        if service.composed and service.build is not None:
            service.folder = _named(board, service, service.build) or service.folder


def starts_in(board: Board, service: Service, folder: str) -> bool:
    """Return whether a command names a module in `folder` as seen from above: `api.main:app`."""
    above = service.folder or ""
    if not folder or above == folder or not is_within(folder, above):
        return False
    for command in board.commands.get(service.name, []):
        for match in _MODULE.finditer(command.text):
            parts = match[1].split(".")
            paths = [joined(above, "/".join(parts[:n]) + ".py") for n in range(2, len(parts) + 1)]
            if any(path in board.sources and is_within(path, folder) for path in paths if path):
                return True
    return False


def container_of(board: Board, project: PythonProject) -> list[Service]:
    """Return the services whose folder installs a project that has only code, where it is alone."""
    above = project.installed_above
    alone = [one for one in board.python if one.installed_above == above and one.files]
    if above is None or len(alone) > 1:
        return []
    inside = [one for one in board.applications if is_within(one.file, project.folder)]
    beside = [one for one in board.applications if is_within(one.file, above)]
    if len(inside) != len(beside):
        return []
    return [
        one for one in board.in_folder(above)
        if one.build is not None and one.build.dockerfile and one.kind is not Kind.FRONTEND
    ]  # fmt: skip


def _named(board: Board, service: Service, build: Build) -> str | None:
    context = build.folder.removeprefix("./").strip("/.")
    projects = [one.folder for one in board.python] + [one.folder for one in board.node]
    below = [one for one in projects if one != context and is_within(one, context)]
    for command in board.commands.get(service.name, []):
        for word in command.text.split():
            path = joined(context, word) if "/" in word else None
            if path and (folder := nearest(below, path)) is not None:
                return folder
    path = joined(context, build.dockerfile or "Dockerfile")
    dockerfile = next((one for one in board.dockerfiles if one.path == path), None)
    return _in_image(dockerfile, build.target, below, context) if dockerfile else None


def _in_image(
    dockerfile: Dockerfile, target: str | None, below: list[str], context: str
) -> str | None:
    """Return the project that a stage works in, or whose pages it carries."""
    stage = dockerfile.stage(target)
    static = runtime_of(dockerfile.base_image(target))[0] == "static"
    places = [stage.working_folder, *(stage.taken if static else [])]
    found = [
        one
        for one in below
        for place in places
        if f"/{one[len(context) :].strip('/')}/" in f"{place}/"
    ]
    return max(found, key=len, default=None)
