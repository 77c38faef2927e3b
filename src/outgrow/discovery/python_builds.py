"""Where the services of a Python project lie, and what is said of what they are built from."""

from __future__ import annotations

from outgrow.discovery.board import Board
from outgrow.discovery.findings import Service
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.source_folders import container_of, starts_in
from outgrow.discovery.tree import is_within
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Build, Framework


def services_with(board: Board, folder: str) -> list[Service]:
    """Return the services whose code lies in a project's folder or above it, alone."""
    there = board.in_folder(folder)
    if there:
        return there
    above = [
        one
        for one in board.own()
        if one.folder is not None
        and is_within(folder, one.folder)
        and not board.is_project(one.folder)
    ]
    below = [
        one for one in board.own()
        if one.folder and is_within(one.folder, folder) and not board.python_in(one.folder)
        and board.node_in(one.folder) is None and one.kind is not Kind.FRONTEND
    ]  # fmt: skip
    project = board.python_in(folder)
    started = [one for one in board.own() if starts_in(board, one, folder)]
    return above or below or started or (container_of(board, project) if project else [])


def build_of(
    service: Service, project: PythonProject, framework: Framework, application: str
) -> None:
    """Say in the service's build what it is written in."""
    base = service.build or _place_of(project)
    known: dict[str, object] = {"runtime": "python", "framework": framework}
    if project.version:
        known["version"] = project.version
    if project.installs_from:
        known["installs_from"] = project.installs_from
    if application:
        known["application"] = application
    service.build = Build.model_validate({**base.model_dump(exclude_unset=True), **known})


def build_from_above(service: Service, project: PythonProject) -> None:
    """Build a service in its own folder, from which its command names a module of the project."""
    above = service.folder or ""
    inside = project.folder[len(above) :].strip("/")
    build = service.build or Build()
    changed: dict[str, object] = {"folder": f"./{above}" if above else "."}
    if project.installs_from:
        changed["installs_from"] = f"{inside}/{project.installs_from}"
    if build.application:
        changed["application"] = f"{inside.replace('/', '.')}.{build.application}"
    service.build = Build.model_validate({**build.model_dump(exclude_unset=True), **changed})


def _place_of(project: PythonProject) -> Build:
    above = project.installed_above
    if above is None:
        return Build(folder=f"./{project.folder}" if project.folder else ".")
    root = project.folder[len(above) :].strip("/")
    return Build(folder=f"./{above}" if above else ".", root=root)


def stack_of(framework: str, project: PythonProject) -> str:
    """Return the language and the framework in words: `Python 3.12, FastAPI`."""
    names = {
        "fastapi": "FastAPI",
        "django": "Django",
        "flask": "Flask",
        "starlette": "Starlette",
        "celery": "Celery",
    }
    return ", ".join(
        one for one in (f"Python {project.version}".strip(), names.get(framework, "")) if one
    )
