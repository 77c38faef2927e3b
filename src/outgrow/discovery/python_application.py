"""Application objects in Python code: FastAPI, Flask, Django, Celery and their like.

The code is parsed and never imported. Only files that name such an object are parsed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outgrow.discovery.python_imports import import_place
from outgrow.discovery.tree import Sources, folder_of, is_aside, is_within
from outgrow.strategy.containers import Framework

Form = Literal["asgi", "wsgi", "celery", "streamlit", "script", "worker", "dash"]
# A file without any of these names no application; looking for words is much faster than
# a pattern, and there may be thousands of files.
_MARKS = (
    "FastAPI(", "Flask(", "Starlette(", "Quart(", "Sanic(", "Litestar(", "Celery(", "Dash(",
    "Bottle(", "Robyn(", "FastHTML", "fast_app", "i_application(", "ProtocolTypeRouter(",
    "FlaskApp(", "OpenAPI(", "_app(", "create_application(", "get_application(", "uvicorn.run",
    "hypercorn", "import streamlit", "from streamlit", "import gradio", "import chainlit",
    "run_app(", "serve(", "HTTPServer(", "run_polling(", "start_polling(", "infinity_polling(",
    "serve_forever(", "default_app(", "falcon", "connexion", "ASGIApp(", "tornado", "bot.run(",
    "client.run(", "mcp.run(",
)  # fmt: skip
_CLASSES: dict[str, tuple[Form, Framework]] = {
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
_MODULES = {
    ("falcon", "App"): ("wsgi", "wsgi"),
    ("falcon.asgi", "App"): ("asgi", "asgi"),
    ("bottle", "default_app"): ("wsgi", "wsgi"),
    ("connexion", "App"): ("wsgi", "flask"),
    ("socketio", "ASGIApp"): ("asgi", "asgi"),
}
BACKGROUND = re.compile(r"(?:\w+_)?(?:worker|consumer|scheduler|clock|poller|daemon)\.py")
# What keeps a program running that nobody connects to.
_ENDLESS = re.compile(
    r"^[ \t]*while\s+(?:True|1|not\s+\w+(?:\.\w+)*|(?:self\.|\w+\.)?(?:running|alive))(?:\(\))?\s*:"
    r"|\.run_pending\(|\bBlockingScheduler\(|\.run_forever\(|\bTimer\(\w+,|\brun_worker\("
    r"|\bWorker\([^\n]*\)\.work\(|\bworker\.work\(",
    re.MULTILINE,
)
_MAY_BE_ENDLESS = ("while ", "schedule", "run_forever", "Timer(", "Worker(", "worker.work(")
IN_THE_BACKGROUND = "work in the background"
NAMED_FOR_THE_BACKGROUND = "a name for work in the background"
_WRAPPERS = frozenset({("socketio", "ASGIApp")})
_FACTORIES = ("create_app", "make_app", "get_app", "create_application", "get_application",
              "build_app", "init_app", "app_factory", "application_factory",
              "create_fastapi_app")  # fmt: skip
_LARGEST = 300_000
_RUNNERS = {
    "run_app": "web.run_app", "run_polling": "a bot", "start_polling": "a bot",
    "infinity_polling": "a bot", "serve_forever": "a server",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Application:
    """An application object: `module` as it is imported from `root`, `variable` in it."""

    file: str
    line: int
    root: str
    module: str
    variable: str
    form: Form
    framework: Framework
    factory: bool = False
    runs: str = ""
    port: int | None = None
    routes: bool = False

    @property
    def reference(self) -> str:
        """Return what a server is given: `app.main:app`."""
        return f"{self.module}:{self.variable}" if self.module else self.variable


def find_applications(sources: Sources) -> list[Application]:
    """Return the application objects of every Python file outside of tests and examples."""
    found: list[Application] = []
    for path in sources.ending(".py"):
        name = path.rpartition("/")[2]
        if (
            is_aside(folder_of(path))
            or name.startswith("test_")
            or name in ("conftest.py", "setup.py")
        ):
            continue
        text = sources.text(path)
        told = (
            BACKGROUND.fullmatch(name)
            or _holds_one(text, _MARKS)
            or (_holds_one(text, _MAY_BE_ENDLESS) and _ENDLESS.search(text))
        )
        if len(text) <= _LARGEST and told:
            found += read_applications(sources, path, text)
    return found


def _holds_one(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110  (a generator takes twice as long, thousands of times)
        if mark in text:
            return True
    return False


def read_applications(sources: Sources, path: str, text: str) -> list[Application]:
    """Return the application objects in one file; none for one that is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    try:
        return list(_File(sources, path, tree).applications())
    except RecursionError:
        return []


class _File:
    def __init__(self, sources: Sources, path: str, tree: ast.Module) -> None:
        self._tree = tree
        self._text = sources.text(path)
        self._path = path
        self._names = _imported(tree)
        self.root, self.module = import_place(sources, path, tree)

    def applications(self) -> Iterator[Application]:
        seen: set[str] = set()
        run = self._run()
        functions = [
            node
            for node in self._tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        makers = {one.name: kind for one in functions if (kind := self._made_in(one))}
        assigned = list(self._assigned(self._tree.body))
        wrapped = {
            name for _, value in assigned if self._is_wrapper(value) for name in _named(value)
        }
        for target, value in assigned:
            kind = self._kind(value) or self._from_maker(value, makers)
            if kind and target not in seen | wrapped:
                seen.add(target)
                yield self._application(value, target, kind, run=run)
        for function in functions:
            kind = makers.get(function.name)
            is_factory = function.name in _FACTORIES and not seen
            if kind and kind[0] != "celery" and is_factory:
                yield self._application(function, function.name, kind, factory=True, run=run)
        yield from self._programs(run, seen)

    def _programs(
        self, run: tuple[str, int | None, int] | None, seen: set[str]
    ) -> Iterator[Application]:
        modules = {module.split(".")[0] for module, _ in self._names.values()}
        first = 1
        if "streamlit" in modules and not seen:
            yield self._bare("streamlit", first, self._main_line())
        elif "chainlit" in modules and not seen:
            yield self._bare("script", first, self._main_line(), "chainlit")
        elif not seen and (works := self._works_in_background()):
            yield Application(
                self._path, works[1], self.root, self.module, "", "worker", "none",
                runs=works[0],
            )  # fmt: skip
        elif run and not seen:
            what = run[0]
            worker = what in ("a bot",)
            yield Application(
                self._path, run[2], self.root, self.module, "", "worker" if worker else "script",
                "none", runs=what, port=run[1],
            )  # fmt: skip

    def _bare(self, form: Form, line: int, main: int, runs: str = "") -> Application:
        del main
        return Application(self._path, line, self.root, self.module, "", form, "none", runs=runs,
                           routes="set_page_config" in ast.dump(self._tree)[:400_000])  # fmt: skip

    def _works_in_background(self) -> tuple[str, int] | None:
        """Return whether the file is a program without end, or at least named like one."""
        if self._run() is not None:
            return None
        main = self._main_line() if self._has_main() else 0
        endless = _ENDLESS.search(self._text)
        at_top = next((one.lineno for one in self._tree.body if isinstance(one, ast.While)), 0)
        if endless and (main or at_top):
            return IN_THE_BACKGROUND, main or at_top
        named = BACKGROUND.fullmatch(self._path.rpartition("/")[2])
        return (NAMED_FOR_THE_BACKGROUND, main) if named and main else None

    def _has_main(self) -> bool:
        return any(_is_main(node) for node in self._tree.body)

    def _main_line(self) -> int:
        return next((node.lineno for node in self._tree.body if _is_main(node)), 1)

    def _application(
        self, node: ast.AST, variable: str, kind: tuple[Form, Framework], *, factory: bool = False,
        run: tuple[str, int | None, int] | None = None,
    ) -> Application:  # fmt: skip
        if kind[0] == "dash":
            variable = (
                "server"
                if any(t == "server" for t, _ in self._assigned(self._tree.body))
                else f"{variable}.server"
            )
        return Application(
            self._path, getattr(node, "lineno", 1), self.root, self.module, variable,
            "wsgi" if kind[0] == "dash" else kind[0], kind[1], factory,
            run[0] if run else "", run[1] if run else None,
            kind[0] == "asgi" and "include_router" in _called(self._tree),
        )  # fmt: skip

    def _assigned(self, body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
        for node in body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, node.value
                    elif (
                        isinstance(target, ast.Tuple)
                        and target.elts
                        and isinstance(target.elts[0], ast.Name)
                    ):
                        yield target.elts[0].id, node.value
            elif (
                isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
            ):
                yield node.target.id, node.value
            elif isinstance(node, ast.If | ast.Try | ast.With) and not _is_main(node):
                yield from self._assigned(node.body)
                yield from self._assigned(getattr(node, "orelse", []))

    def _is_wrapper(self, value: ast.expr) -> bool:
        """Return whether a call puts one application around another."""
        return isinstance(value, ast.Call) and self._origin(value.func) in _WRAPPERS

    def _kind(self, value: ast.expr) -> tuple[Form, Framework] | None:
        if not isinstance(value, ast.Call):
            return None
        module, name = self._origin(value.func)
        if (module, name) in _MODULES:
            return _MODULES[(module, name)]  # type: ignore[return-value]
        if name == "fast_app" and module.startswith("fasthtml"):
            return "asgi", "asgi"
        if name in ("Application", "Litestar") and module.startswith("aiohttp"):
            return None
        if name in _CLASSES and (module or name in ("FastAPI", "Flask", "Celery")):
            return _CLASSES[name]
        # app = SomeMiddleware(FastAPI(...)), socketio.ASGIApp(sio, app)
        return None

    def _from_maker(
        self, value: ast.expr, makers: dict[str, tuple[Form, Framework]]
    ) -> tuple[Form, Framework] | None:
        if not isinstance(value, ast.Call):
            return None
        if isinstance(value.func, ast.Name) and value.func.id in makers:
            return makers[value.func.id]
        _, name = self._origin(value.func)
        if name in _FACTORIES:
            return "wsgi", "none"  # made elsewhere; whoever combines knows the framework
        return None

    def _made_in(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> tuple[Form, Framework] | None:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        kinds = [kind for node in calls if (kind := self._kind(node))]
        return next((kind for kind in kinds if kind[0] != "celery"), kinds[0] if kinds else None)

    def _origin(self, func: ast.expr) -> tuple[str, str]:
        if isinstance(func, ast.Name):
            return self._names.get(func.id, ("", func.id))
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            module, name = self._names.get(func.value.id, (func.value.id, ""))
            return (f"{module}.{name}" if name else module), func.attr
        return "", getattr(func, "attr", "")

    def _run(self) -> tuple[str, int | None, int] | None:
        """Return what the file runs when it is started itself, its port and line."""
        main = [node for node in self._tree.body if _is_main(node)]
        functions = [
            n for n in self._tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        names = ("main", "run", "start", "serve", "start_server")
        for scope in (*main, *(f for f in functions if f.name in names), *self._tree.body):
            if isinstance(scope, ast.ClassDef):
                continue
            for node in ast.walk(scope):
                if isinstance(node, ast.Call) and (what := self._runner(node)):
                    return what, _port(node), node.lineno
        return None

    def _runner(self, node: ast.Call) -> str:
        module, name = self._origin(node.func)
        if name == "run" and module in ("uvicorn", "hypercorn"):
            first = node.args[0] if node.args else None
            text = str(first.value) if isinstance(first, ast.Constant) else ""
            return f"uvicorn {text}".strip()
        if name in ("run", "run_server") and module in (
            "app",
            "application",
            "server",
            "api",
            "mcp",
            "socketio",
            "bot",
            "client",
        ):
            return "a bot" if module in ("bot", "client") else f"{module}.run"
        if name in _RUNNERS:
            return _RUNNERS[name]
        if (
            name == "launch"
            and isinstance(node.func, ast.Attribute)
            and "gradio" in {m.split(".")[0] for m, _ in self._names.values()}
        ):
            return "gradio"
        if name == "serve" and module == "waitress":
            return "waitress"
        if name == "listen" and any(m.startswith("tornado") for m, _ in self._names.values()):
            return "tornado"
        return ""


def _named(call: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}


def _called(tree: ast.AST) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def _imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module or "", alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (alias.name, "")
    return found


def _is_main(node: ast.AST) -> bool:
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    return isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__"


def _port(call: ast.Call) -> int | None:
    for keyword in call.keywords:
        if keyword.arg in ("port", "server_port"):
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Constant) and str(node.value).isascii():
                    text = str(node.value)
                    if text.isdigit() and 0 < int(text[:6]) < 65536:
                        return int(text)
    return None


def project_of(
    applications: list[Application], folder: str, others: list[str]
) -> list[Application]:
    """Return the applications in a project's folder that are in no nested project."""
    nested = [one for one in others if one != folder and is_within(one, folder)]
    return [
        one
        for one in applications
        if is_within(folder_of(one.file), folder)
        and not any(is_within(folder_of(one.file), below) for below in nested)
    ]
