"""Python projects that nothing puts into a container, and those in a container."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board, add_evidence, name_for
from outgrow.discovery.findings import Command, Confidence, Evidence, Service
from outgrow.discovery.python_application import Application, project_of
from outgrow.discovery.python_best import best_application, with_framework
from outgrow.discovery.python_builds import build_from_above, build_of, services_with, stack_of
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.python_servers import BY_NAME, derived_command, says_of
from outgrow.discovery.python_workers import take_workers
from outgrow.discovery.scripts import make_command, readme_commands, start_script
from outgrow.discovery.source_folders import starts_in
from outgrow.discovery.tree import folder_of, is_within
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Framework

_BOTS = (
    "python-telegram-bot",
    "aiogram",
    "discord-py",
    "pytelegrambotapi",
    "slack-bolt",
    "telethon",
    "pyrogram",
    "nextcord",
    "py-cord",
)


def take_python(board: Board) -> None:
    """Take in the Python projects, and describe the services that hold one."""
    folders = [one.folder for one in board.python]
    projects = list(board.python)
    loose = [
        one
        for one in board.applications
        if not any(is_within(folder_of(one.file), f) for f in folders)
    ]
    for folder in sorted({folder_of(one.file) for one in loose}):
        if not any(is_within(folder, one.folder) for one in projects):
            projects.append(PythonProject(folder, []))
    board.python = projects
    for project in projects:
        _learn_from_readme(board, project)
        found = project_of(board.applications, project.folder, [one.folder for one in projects])
        there = [with_framework(one, found, project) for one in found]
        best = best_application(board, project, there)
        services = services_with(board, project.folder)
        servers = [one for one in services if one.kind is not Kind.WORKER]
        if not services:
            made = _make(board, project, best)
            servers = [made] if made else []
        placed = [one for one in services if one.build is not None]
        for service in servers:
            _describe(board, service, project, best)
        for service in services:
            if service.kind is Kind.WORKER:
                build_of(service, project, "celery" if project.depends_on("celery") else "none", "")
            if service not in placed and starts_in(board, service, project.folder):
                build_from_above(service, project)
        take_workers(board, project, there, servers)


_INSTALLS = re.compile(r"pip3? install (?!-)([\w .\[\]=<>-]+)")


def _learn_from_readme(board: Board, project: PythonProject) -> None:
    """Take the server that a README starts for installed, and what it installs without a file."""
    prefix = f"{project.folder}/" if project.folder else ""
    path = next(iter(board.sources.named("README.md")), "")
    if path != f"{prefix}README.md":
        return
    for command in readme_commands(board.sources, project.folder):
        name = command.text.split()[0]
        if name in ("gunicorn", "uvicorn", "hypercorn", "waitress-serve"):
            place = (command.evidence.file, command.evidence.line)
            project.dependencies.setdefault(name.removesuffix("-serve"), place)
    if project.files:
        return
    for line, text in board.sources.lines(path):
        for name in found[1].split() if (found := _INSTALLS.search(text)) else ():
            project.dependencies.setdefault(re.split(r"[\[=<>]", name)[0].lower(), (path, line))


def _make(board: Board, project: PythonProject, best: Application | None) -> Service | None:
    manage = f"{project.folder}/manage.py" if project.folder else "manage.py"
    if best is not None:
        evidence = Evidence(
            best.file,
            best.line,
            says_of(best),
            Confidence.CERTAIN if best.variable else Confidence.LIKELY,
        )
    elif manage in board.sources:
        evidence = Evidence(manage, 1, "a Django project", Confidence.LIKELY)
    else:
        return None
    others = board.own()
    if best is not None and not best.variable and (others or not _is_program(project, best)):
        return None
    kind = Kind.WORKER if best is not None and best.form == "worker" else Kind.SERVICE
    service = Service(name_for(board, project.folder, kind), kind, project.folder, [evidence])
    service.public = kind is Kind.SERVICE
    board.services.append(service)
    return service


def _is_program(project: PythonProject, one: Application) -> bool:
    """Return whether a file without an application object is one that a server runs."""
    if one.form == "worker":
        return project.depends_on(*_BOTS) is not None or not project.dependencies
    return one.form == "streamlit" or bool(one.runs)


def _describe(
    board: Board, service: Service, project: PythonProject, best: Application | None
) -> None:
    framework = _framework(project, best)
    application = (
        best.reference
        if best is not None and best.variable and best.form in ("asgi", "wsgi")
        else ""
    )
    build_of(service, project, framework, application)
    service.stack = service.stack or stack_of(framework, project)
    if best is not None:
        add_evidence(service, Evidence(best.file, best.line, says_of(best)))
    board.offer(service, start_script(board.sources, project.folder))
    board.offer(service, make_command(board.sources, project.folder))
    if best is not None:
        port = service.ports[0] if service.ports else None
        board.offer(service, derived_command(project, best, port))
        for command in readme_commands(board.sources, project.folder):
            board.offer(service, command)
    elif framework == "django":
        evidence = service.evidence[0]
        board.offer(service, Command("python manage.py runserver 0.0.0.0:8000", evidence, BY_NAME))
    if not service.ports and best is not None and (best.port or best.form == "streamlit"):
        service.ports = [best.port or 8501]


def _framework(project: PythonProject, best: Application | None) -> Framework:
    if best is not None and best.framework != "none":
        return best.framework
    for name in ("fastapi", "django", "flask", "starlette"):
        if project.depends_on(name):
            return name
    return "none"
