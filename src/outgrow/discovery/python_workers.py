"""Workers of Python projects: Celery, queues in Redis, programs without end."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board
from outgrow.discovery.findings import Command, Confidence, Evidence, Service
from outgrow.discovery.python_application import Application
from outgrow.discovery.python_builds import build_of, services_with, stack_of
from outgrow.discovery.python_programs import (
    BACKGROUND,
    IN_THE_BACKGROUND,
    LAUNCHERS,
    NAMED_FOR_THE_BACKGROUND,
)
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.python_servers import BY_NAME, DERIVED
from outgrow.discovery.scripts import readme_commands, worker_script
from outgrow.strategy.components import ComponentKind as Kind


def take_workers(
    board: Board, project: PythonProject, found: list[Application], servers: list[Service]
) -> None:
    """Take in the workers of a project that nothing else starts."""
    _celery(board, project, found, servers)
    _background(board, project, found)
    _queue_worker(board, project)


def _queue_worker(board: Board, project: PythonProject) -> None:
    """Add the worker of a queue in Redis that only a dependency and the README speak of."""
    workers = [one for one in services_with(board, project.folder) if one.kind is Kind.WORKER]
    there = [one for one in workers if _works_off_a_queue(board, one)]
    place = project.depends_on("rq", "django-rq", "flask-rq2")
    if place is None or there or any(one.composed for one in board.own()):
        return
    told = [
        one for one in readme_commands(board.sources, project.folder)
        if re.match(r"rq worker|rqworker", one.text)
    ]  # fmt: skip
    evidence = Evidence(*place, "it depends on RQ", Confidence.LIKELY)
    worker = Service(board.free_name("worker"), Kind.WORKER, project.folder, [evidence])
    build_of(worker, project, "rq", "")
    worker.stack = stack_of("rq", project)
    board.offer(worker, told[0] if told else Command("rq worker", evidence, BY_NAME))
    board.services.append(worker)


def _works_off_a_queue(board: Board, worker: Service) -> bool:
    commands = board.commands.get(worker.name, [])
    told = [f"{one.text} {one.starts}" for one in commands]
    return any("rq" in one or "celery" in one or one.endswith("worker.py ") for one in told)


def _background(board: Board, project: PythonProject, found: list[Application]) -> None:
    """Add the programs that work in the background and that nothing else starts."""
    there = [one for one in services_with(board, project.folder) if one.kind is Kind.WORKER]
    endless = [one for one in found if one.runs == IN_THE_BACKGROUND and _stands_alone(one, board)]
    named = [one for one in found if one.runs == NAMED_FOR_THE_BACKGROUND]
    if there or any(one.composed for one in board.own()):
        silent = [one for one in there if not board.commands.get(one.name)]
        for service, one in zip(silent, endless or named, strict=False):
            board.offer(service, _program(project, one))
        return
    for one in endless or named:
        evidence = Evidence(one.file, one.line, "a program that works in the background")
        name = one.module.rpartition(".")[2]
        worker = Service(board.free_name(name), Kind.WORKER, project.folder, [evidence])
        build_of(worker, project, "none", "")
        worker.stack = stack_of("none", project)
        board.offer(worker, _program(project, one))
        board.services.append(worker)


def _program(project: PythonProject, one: Application) -> Command:
    file = one.file[len(project.folder) :].lstrip("/")
    words = f"python -m {one.module}" if "." in one.module else f"python {file}"
    says = "a program that works in the background"
    return Command(words, Evidence(one.file, one.line, says, Confidence.LIKELY), BY_NAME)


def _stands_alone(one: Application, board: Board) -> bool:
    """Return whether an endless program is one of its own: by its name, or as nothing else runs."""
    name = one.file.rpartition("/")[2]
    entry = BACKGROUND.fullmatch(name) is not None or (name in LAUNCHERS and not board.own())
    return entry and not re.search(r"(?:^|/)(?:scripts?|tools?|utils?|examples?)/", one.file)


def _celery(
    board: Board, project: PythonProject, found: list[Application], servers: list[Service]
) -> None:
    """Add the worker of a Celery application that nothing else starts."""
    celery = [one for one in found if one.form == "celery"]
    there = [one for one in services_with(board, project.folder) if one.kind is Kind.WORKER]
    composed = any(one.composed for one in board.own())
    if not celery or there or composed:
        return
    one = min(
        celery,
        key=lambda app: (
            app.variable not in ("app", "celery", "celery_app"),
            app.file.count("/"),
            app.file,
        ),
    )
    inside = one.root[len(project.folder) :].strip("/") if project.folder else one.root
    module = one.module.removesuffix(".celery")
    reference = (
        module
        if one.module.endswith(".celery")
        else f"{one.module}:{one.variable}"
        if one.variable not in ("app", "celery")
        else one.module
    )
    words = (
        f"celery{f' --workdir {inside}' if inside else ''} -A {reference} worker --loglevel info"
    )
    evidence = Evidence(one.file, one.line, "a Celery application")
    worker = Service(board.free_name("worker"), Kind.WORKER, project.folder, [evidence])
    build_of(worker, project, "celery", "")
    if servers and servers[0].build and servers[0].build.dockerfile:
        worker.build = servers[0].build
    worker.stack = stack_of("celery", project)
    board.offer(worker, worker_script(board.sources, project.folder))
    board.offer(
        worker,
        Command(
            words, Evidence(one.file, one.line, "a Celery application", Confidence.LIKELY), DERIVED
        ),
    )
    board.services.append(worker)
