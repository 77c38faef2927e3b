"""What an expression in Python makes: an application of FastAPI, Flask, Django, Celery, ..."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal, TypeAlias

from outgrow.discovery.python_file import Function, PythonFile
from outgrow.strategy.containers import Framework

Form = Literal["asgi", "wsgi", "celery", "streamlit", "script", "worker", "dash"]
Made: TypeAlias = tuple[Form, Framework]

# A file without any of these names no application; looking for words is much faster than
# a pattern, and there may be thousands of files.
_MARKS = ("_app(", "_application(", "FastAPI(", "Flask", "Celery(", "uvicorn.run", "polling(",
          "serve(", "serve_forever(", "bot.run(", "client.run(", "mcp.run(")  # fmt: skip
# These are looked for where the head of a file, with its imports, speaks of the package.
_MARKS_OF_PACKAGES = (
    ("starlette", ("Starlette(",)), ("quart", ("Quart(",)), ("sanic", ("Sanic(",)),
    ("litestar", ("Litestar(",)), ("dash", ("Dash(",)), ("bottle", ("Bottle(", "default_app(")),
    ("fasthtml", ("FastHTML", "fast_app")), ("channels", ("ProtocolTypeRouter(",)),
    ("openapi", ("OpenAPI(",)), ("socketio", ("ASGIApp(",)),
    *((name, ("",)) for name in ("hypercorn", "streamlit", "gradio", "chainlit", "falcon",
                                 "connexion", "tornado")),
)  # fmt: skip
FACTORIES = (
    "create_app", "make_app", "get_app", "create_application", "get_application", "build_app",
    "init_app", "app_factory", "application_factory", "create_fastapi_app",
)  # fmt: skip
_CLASSES: dict[str, Made] = {
    "FastAPI": ("asgi", "fastapi"),
    "Starlette": ("asgi", "starlette"),
    "Quart": ("asgi", "asgi"),
    "Litestar": ("asgi", "asgi"),
    "Sanic": ("asgi", "asgi"),
    "FastHTML": ("asgi", "asgi"),
    "OpenAPI": ("wsgi", "flask"),
    "ProtocolTypeRouter": ("asgi", "django"),
    "get_asgi_application": ("asgi", "django"),
    "get_wsgi_application": ("wsgi", "django"),
    "Flask": ("wsgi", "flask"),
    "APIFlask": ("wsgi", "flask"),
    "FlaskApp": ("wsgi", "flask"),
    "Bottle": ("wsgi", "wsgi"),
    "Dash": ("dash", "wsgi"),
    "Celery": ("celery", "celery"),
}
_MODULES: dict[tuple[str, str], Made] = {
    ("falcon", "App"): ("wsgi", "wsgi"),
    ("falcon.asgi", "App"): ("asgi", "asgi"),
    ("bottle", "default_app"): ("wsgi", "wsgi"),
    ("connexion", "App"): ("wsgi", "flask"),
    ("socketio", "ASGIApp"): ("asgi", "asgi"),
}
_MAKING = (*(f"{name}(" for name in _CLASSES), "App(", "default_app(", "fast_app(")
_FAR = 1 << 30  # what `find` returns where there is none, -1, becomes the end of the text
_WRAPPERS = frozenset({("socketio", "ASGIApp")})


def may_make(text: str) -> bool:
    """Return whether a text may name an application; fast, for thousands of files."""
    for mark in _MARKS:
        if mark in text:
            return True
    head = text[: min(text.find("\ndef ") % _FAR, text.find("\nclass ") % _FAR)]
    return any(
        mark in text for package, marks in _MARKS_OF_PACKAGES if package in head for mark in marks
    )


def kind_of(file: PythonFile, value: ast.expr) -> Made | None:
    """Return what a call makes, where it is an application."""
    if not isinstance(value, ast.Call):
        return None
    module, name = file.origin(value.func)
    if (module, name) in _MODULES:
        return _MODULES[(module, name)]
    if name == "fast_app" and module.startswith("fasthtml"):
        return "asgi", "asgi"
    if name in ("Application", "Litestar") and module.startswith("aiohttp"):
        return None
    if name in _CLASSES and (module or name in ("FastAPI", "Flask", "Celery")):
        return _CLASSES[name]
    return None


def is_wrapper(file: PythonFile, value: ast.expr) -> bool:
    """Return whether a call puts one application around another."""
    return isinstance(value, ast.Call) and file.origin(value.func) in _WRAPPERS


def makers_of(file: PythonFile) -> dict[str, Made]:
    """Return the functions of a file in which an application is made, and which one."""
    return {one.name: kind for one in file.functions if (kind := _made_in(file, one))}


def from_maker(file: PythonFile, value: ast.expr, makers: Mapping[str, Made]) -> Made | None:
    """Return what a call of such a function returns."""
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Name) and value.func.id in makers:
        return makers[value.func.id]
    # Made elsewhere; whoever combines knows the framework.
    return ("wsgi", "none") if file.origin(value.func)[1] in FACTORIES else None


def is_factory(file: PythonFile, function: Function) -> bool:
    """Return whether a server can be given a function: by its name, or as it returns what it made.

    Of functions with an uncommon name only those count that the file starts itself with.
    """
    if function.name in FACTORIES:
        return True
    started = {
        node.func.id
        for scope in file.main
        for node in ast.walk(scope)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return function.name in started and _gives_back(file, function)


def _made_in(file: PythonFile, function: Function) -> Made | None:
    written = file.source(function)
    if not any(mark in written for mark in _MAKING):
        return None
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    kinds = [kind for node in calls if (kind := kind_of(file, node))]
    return next((kind for kind in kinds if kind[0] != "celery"), kinds[0] if kinds else None)


def _gives_back(file: PythonFile, function: Function) -> bool:
    """Return whether a function returns the application that it makes."""
    made = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and kind_of(file, node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return any(
        (isinstance(value, ast.Name) and value.id in made)
        or (value is not None and kind_of(file, value) is not None)
        for value in returned
    )
