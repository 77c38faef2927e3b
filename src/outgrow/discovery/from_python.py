"""Python projects that nothing puts into a container, and those in a container."""

from __future__ import annotations

import re
from dataclasses import replace

from outgrow.discovery.board import Board, add_evidence, name_for
from outgrow.discovery.findings import Command, Confidence, Evidence, Service
from outgrow.discovery.python_application import Application, project_of
from outgrow.discovery.python_objects import Form
from outgrow.discovery.python_programs import (
    BACKGROUND,
    IN_THE_BACKGROUND,
    NAMED_FOR_THE_BACKGROUND,
)
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.python_servers import BY_NAME, DERIVED, derived_command, says_of
from outgrow.discovery.scripts import make_command, readme_commands, start_script
from outgrow.discovery.tree import folder_of, is_within
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Build, Framework

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
_BACKGROUND = (IN_THE_BACKGROUND, NAMED_FOR_THE_BACKGROUND)
_LAUNCHERS = ("app.py", "main.py", "server.py", "run.py", "wsgi.py", "asgi.py", "streamlit_app.py",
              "Home.py", "bot.py", "api.py", "manage.py", "application.py", "index.py")  # fmt: skip


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
        there = [_with_framework(one, found, project) for one in found]
        best = best_application(board, project, there)
        services = _services_with(board, project.folder)
        servers = [one for one in services if one.kind is not Kind.WORKER]
        if not services:
            made = _make(board, project, best)
            servers = [made] if made else []
        for service in servers:
            _describe(board, service, project, best)
        for service in services:
            if service.kind is Kind.WORKER:
                _build_of(
                    service, project, "celery" if project.depends_on("celery") else "none", ""
                )
        _celery(board, project, there, servers)
        _background(board, project, there)
        _queue_worker(board, project)


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


def _with_framework(
    one: Application, found: list[Application], project: PythonProject
) -> Application:
    """Return an application that another file makes as what that file makes it."""
    if one.framework != "none" or one.form != "wsgi" or not one.variable:
        return one
    made = next((other for other in found if other.factory and other.framework != "none"), None)
    if made is not None:
        return replace(one, form=made.form, framework=made.framework)
    for name in ("fastapi", "starlette", "flask", "django"):
        if project.depends_on(name):
            form: Form = "asgi" if name in ("fastapi", "starlette") else "wsgi"
            return replace(one, form=form, framework=name)
    return one


def _services_with(board: Board, folder: str) -> list[Service]:
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
    return above or below


def best_application(
    board: Board, project: PythonProject, found: list[Application]
) -> Application | None:
    """Return the application object that a server would be given."""
    written = " ".join(
        command.text + " " + command.starts
        for service in _services_with(board, project.folder)
        for command in board.commands.get(service.name, [])
    )
    texts = written + " ".join(one.text for one in readme_commands(board.sources, project.folder))
    frameworks = {
        "fastapi": ("fastapi",), "flask": ("flask", "apiflask"), "django": ("django",),
        "starlette": ("starlette",),
    }  # fmt: skip

    def score(one: Application) -> tuple[int, ...]:
        name = one.file.rpartition("/")[2]
        named = bool(one.reference) and one.reference in texts
        asked = any(
            project.depends_on(*names) for key, names in frameworks.items() if key == one.framework
        )
        entry = name in (
            "main.py",
            "app.py",
            "server.py",
            "wsgi.py",
            "asgi.py",
            "run.py",
            "streamlit_app.py",
            "Home.py",
            "api.py",
            "__init__.py",
        )
        return (
            named,
            one.form in ("asgi", "wsgi"),
            asked,
            one.framework != "none",
            not re.search(
                r"sub|admin|mock|example|old|legacy|v\d|plugin|template|script", one.file
            ),
            one.form != "worker",
            bool(one.runs) and bool(one.variable),
            (one.routes and one.form == "asgi") or (one.form == "streamlit" and one.routes),
            entry,
            name in ("wsgi.py", "asgi.py"),
            not one.factory,
            one.variable in ("app", "application", "api", "server"),
            -one.file.count("/"),
            _LAUNCHERS[::-1].index(name) if name in _LAUNCHERS else -1,
        )

    servers = [one for one in found if one.form != "celery" and one.runs not in _BACKGROUND]
    if project.depends_on("django") or any(path.endswith("manage.py") for path in project.files):
        django = [one for one in servers if one.framework == "django"]
        asgi = project.depends_on("channels", "daphne", "uvicorn") and not project.depends_on(
            "gunicorn"
        )
        form = "asgi" if asgi else "wsgi"
        django = [one for one in django if one.form == form] or django
        servers = django or servers
    return max(servers, key=score, default=None)


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
    _build_of(service, project, framework, application)
    service.stack = service.stack or _stack(framework, project)
    if best is not None:
        add_evidence(service, Evidence(best.file, best.line, says_of(best)))
    board.offer(service, start_script(board.sources, project.folder))
    board.offer(service, make_command(board.sources, project.folder))
    if best is not None:
        board.offer(service, derived_command(project, best))
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


def _build_of(
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


def _place_of(project: PythonProject) -> Build:
    above = project.installed_above
    if above is None:
        return Build(folder=f"./{project.folder}" if project.folder else ".")
    root = project.folder[len(above) :].strip("/")
    return Build(folder=f"./{above}" if above else ".", root=root)


def _stack(framework: str, project: PythonProject) -> str:
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


def _queue_worker(board: Board, project: PythonProject) -> None:
    """Add the worker of a queue in Redis that only a dependency and the README speak of."""
    workers = [one for one in _services_with(board, project.folder) if one.kind is Kind.WORKER]
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
    _build_of(worker, project, "rq", "")
    worker.stack = _stack("rq", project)
    board.offer(worker, told[0] if told else Command("rq worker", evidence, BY_NAME))
    board.services.append(worker)


def _works_off_a_queue(board: Board, worker: Service) -> bool:
    commands = board.commands.get(worker.name, [])
    told = [f"{one.text} {one.starts}" for one in commands]
    return any("rq" in one or "celery" in one or one.endswith("worker.py ") for one in told)


def _background(board: Board, project: PythonProject, found: list[Application]) -> None:
    """Add the programs that work in the background and that nothing else starts."""
    there = [one for one in _services_with(board, project.folder) if one.kind is Kind.WORKER]
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
        _build_of(worker, project, "none", "")
        worker.stack = _stack("none", project)
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
    entry = BACKGROUND.fullmatch(name) is not None or (name in _LAUNCHERS and not board.own())
    return entry and not re.search(r"(?:^|/)(?:scripts?|tools?|utils?|examples?)/", one.file)


def _celery(
    board: Board, project: PythonProject, found: list[Application], servers: list[Service]
) -> None:
    """Add the worker of a Celery application that nothing else starts."""
    celery = [one for one in found if one.form == "celery"]
    there = [one for one in _services_with(board, project.folder) if one.kind is Kind.WORKER]
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
    _build_of(worker, project, "celery", "")
    if servers and servers[0].build and servers[0].build.dockerfile:
        worker.build = servers[0].build
    worker.stack = _stack("celery", project)
    board.offer(
        worker,
        Command(
            words, Evidence(one.file, one.line, "a Celery application", Confidence.LIKELY), DERIVED
        ),
    )
    board.services.append(worker)
