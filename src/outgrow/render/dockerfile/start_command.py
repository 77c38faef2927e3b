"""The command that an image starts with: the strategy's own, or what its framework wants."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import runtime_of
from outgrow.render.dockerfile.instructions import command_words
from outgrow.render.system.model import Part

_UVICORN = frozenset({"fastapi", "starlette", "asgi"})
_GUNICORN = frozenset({"django", "flask", "wsgi"})
_DEFAULT_APPLICATIONS = {
    "fastapi": "app.main:app",
    "starlette": "app.main:app",
    "asgi": "app.main:app",
    "django": "config.wsgi:application",
    "flask": "app:app",
    "wsgi": "app:app",
    "celery": "app",
    "nest": "dist/main.js",
    "express": "server.js",
}


def start_command(part: Part) -> tuple[list[str], str]:
    """Return the words that start a part, and why they are these (for a comment)."""
    if part.run.command:
        return command_words(part.run.command), ""
    build = part.build
    framework = build.framework if build else "none"
    application = build.application if build else None
    note = "" if application else "Assumed: the strategy does not say where the application is."
    found = application or _DEFAULT_APPLICATIONS.get(framework, "")
    port = str(part.listens or 8000)
    if framework in _UVICORN:
        return ["uvicorn", found, "--host", "0.0.0.0", "--port", port, *_UVICORN_FLAGS], note
    if framework in _GUNICORN:
        # Gunicorn's heartbeat file on a disk blocks its workers; memory does not.
        flags = ["--bind", f"0.0.0.0:{port}", "--worker-tmp-dir", "/dev/shm"]
        return ["gunicorn", found, *flags, *_gunicorn_workers(part)], note
    if framework == "celery":
        return ["celery", "--app", found, "worker", "--loglevel", "info"], note
    if framework == "rq":
        return ["rq", "worker"], "rq reads the address of Redis from RQ_REDIS_URL."
    if framework == "next":
        return ["node", "server.js"], ""
    return _plain(runtime_of(part), framework, application), note


# The proxy in front says who asked; without the flag every request comes from the proxy.
_UVICORN_FLAGS = ("--proxy-headers",)


def _gunicorn_workers(part: Part) -> list[str]:
    """Return workers by processors, as gunicorn's manual asks: two for each and one more."""
    return ["--workers", str(max(2, int(part.size.vcpu * 2) + 1)), "--access-logfile", "-"]


def _plain(runtime: str, framework: str, application: str | None) -> list[str]:
    if runtime == "node":
        found = application or _DEFAULT_APPLICATIONS.get(framework)
        return ["node", found] if found else ["npm", "run", "start"]
    found = application or "app"
    if found.endswith(".py"):
        return ["python", found]
    return ["python", "-m", found.split(":", 1)[0]]
