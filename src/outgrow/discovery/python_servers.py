"""How a Python application object is started, with the server that is installed for it."""

from __future__ import annotations

from outgrow.discovery.findings import Command, Confidence, Evidence
from outgrow.discovery.python_application import Application
from outgrow.discovery.python_project import PythonProject

DERIVED, BY_NAME = 50, 42


def derived_command(
    project: PythonProject, one: Application, port: int | None = None
) -> Command | None:
    """Return the command that starts an application object with the server that is installed.

    It listens on `port`, where a file says one, or on the one in the code.
    """
    evidence = Evidence(one.file, one.line, says_of(one), Confidence.LIKELY)
    inside = one.root[len(project.folder) :].strip("/") if project.folder else one.root
    text = _server_command(project, one, inside, port or one.port or 8000)
    if text is None:
        return None
    return Command(text, evidence, DERIVED if one.variable else BY_NAME)


def _server_command(project: PythonProject, one: Application, inside: str, port: int) -> str | None:
    file = one.file[len(project.folder) :].lstrip("/") if project.folder else one.file
    if one.form == "streamlit":
        return f"streamlit run {file} --server.address 0.0.0.0 --server.port 8501"
    if one.runs == "chainlit":
        return f"chainlit run {file} --host 0.0.0.0 --port 8000"
    if not one.variable:
        return f"python {file}"
    if one.form == "asgi":
        return _asgi(project, one, inside, port)
    if one.form == "wsgi":
        return _wsgi(project, one, inside, file, port)
    return None


def _asgi(project: PythonProject, one: Application, inside: str, port: int) -> str:
    reference = f"{one.module}:{one.variable}"
    if (
        one.framework == "django"
        and project.depends_on("daphne")
        and not project.depends_on("uvicorn")
    ):
        return f"daphne -b 0.0.0.0 -p {port} {reference}"
    if (
        project.depends_on("gunicorn")
        and project.depends_on("uvicorn")
        and one.framework == "django"
    ):
        return f"gunicorn {reference} -k uvicorn.workers.UvicornWorker --bind 0.0.0.0:{port}"
    if project.depends_on("hypercorn") and not project.depends_on("uvicorn", "fastapi"):
        return f"hypercorn {reference} --bind 0.0.0.0:{port}"
    factory = " --factory" if one.factory else ""
    place = f" --app-dir {inside}" if inside else ""
    return f"uvicorn {reference}{factory}{place} --host 0.0.0.0 --port {port}"


def _wsgi(project: PythonProject, one: Application, inside: str, file: str, port: int) -> str:
    call = "()" if one.factory else ""
    reference = f"{one.module}:{one.variable}{call}"
    place = f" --chdir {inside}" if inside else ""
    if project.depends_on("gunicorn") or not project.dependencies:
        quoted = f"'{reference}'" if call else reference
        return f"gunicorn{place} --bind 0.0.0.0:{port} {quoted}"
    if project.depends_on("waitress"):
        made = "--call " if call else ""
        return f"waitress-serve --listen 0.0.0.0:{port} {made}{one.module}:{one.variable}"
    if project.depends_on("uwsgi"):
        return f"uwsgi --http 0.0.0.0:{port} --module {one.module}:{one.variable}"
    if one.framework == "django":
        return f"python manage.py runserver 0.0.0.0:{port}"
    if one.framework == "flask" and not one.runs:
        variable = f":{one.variable}" if one.variable != "app" else ""
        return f"flask --app {one.module}{variable} run --host 0.0.0.0 --port {port}"
    return f"python {file}" if one.runs else f"gunicorn{place} --bind 0.0.0.0:{port} {reference}"


def says_of(one: Application) -> str:
    """Return what an application object is, in words."""
    what = {"fastapi": "FastAPI", "flask": "Flask", "django": "Django", "starlette": "Starlette"}
    kind = {"streamlit": "Streamlit", "worker": "a bot", "script": "a server"}.get(
        one.form, one.form.upper()
    )
    made = "a function that makes an application" if one.factory else "an application object"
    name = what.get(one.framework, kind)
    return f"{made} of {name}: {one.variable}" if one.variable else f"{name}, started by the file"
