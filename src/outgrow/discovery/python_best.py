"""Which of several application objects is the one that a server is given."""

from __future__ import annotations

import re
from dataclasses import replace

from outgrow.discovery.board import Board
from outgrow.discovery.python_application import Application
from outgrow.discovery.python_builds import services_with
from outgrow.discovery.python_objects import Form
from outgrow.discovery.python_programs import IN_THE_BACKGROUND, LAUNCHERS, NAMED_FOR_THE_BACKGROUND
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.scripts import readme_commands

_BACKGROUND = (IN_THE_BACKGROUND, NAMED_FOR_THE_BACKGROUND)


def with_framework(
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


def best_application(
    board: Board, project: PythonProject, found: list[Application]
) -> Application | None:
    """Return the application object that a server would be given."""
    written = " ".join(
        command.text + " " + command.starts
        for service in services_with(board, project.folder)
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
            LAUNCHERS[::-1].index(name) if name in LAUNCHERS else -1,
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
