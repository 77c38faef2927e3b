"""Application objects in Python code: FastAPI, Flask, Django, Celery and their like.

The code is parsed and never imported. Only files that name such an object are parsed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from outgrow.discovery.python_file import PythonFile, assignments, parse
from outgrow.discovery.python_objects import (
    Form,
    Made,
    from_maker,
    is_factory,
    is_wrapper,
    kind_of,
    makers_of,
    may_make,
)
from outgrow.discovery.python_programs import (
    A_BOT,
    BACKGROUND,
    Run,
    may_be_endless,
    run_of,
    works_in_background,
)
from outgrow.discovery.tree import Sources, folder_of, is_aside, is_within
from outgrow.strategy.containers import Framework

_LARGEST = 300_000


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
        if is_aside(folder_of(path)) or name.startswith("test_") or name in _NEVER:
            continue
        text = sources.text(path)
        told = BACKGROUND.fullmatch(name) or may_make(text) or may_be_endless(text)
        if told and len(text) <= _LARGEST:
            found += read_applications(sources, path, text)
    return found


_NEVER = ("conftest.py", "setup.py")


def read_applications(sources: Sources, path: str, text: str) -> list[Application]:
    """Return the application objects in one file; none for one that is not Python."""
    file = parse(sources, path, text)
    try:
        return list(_applications(file)) if file else []
    except RecursionError:
        return []


def _applications(file: PythonFile) -> Iterator[Application]:
    run, makers = run_of(file), makers_of(file)
    assigned = list(assignments(file.tree.body))
    wrapped = {name for _, value in assigned if is_wrapper(file, value) for name in _named(value)}
    seen: set[str] = set()
    for target, value in assigned:
        kind = kind_of(file, value) or from_maker(file, value, makers)
        if kind and target not in seen | wrapped:
            seen.add(target)
            yield _application(file, value, _served(file, target, kind), kind, run)
    for function in file.functions:
        kind = makers.get(function.name)
        if kind and kind[0] != "celery" and not seen and is_factory(file, function):
            yield _application(file, function, function.name, kind, run, factory=True)
    if not seen:
        yield from _programs(file, run)


def _programs(file: PythonFile, run: Run | None) -> Iterator[Application]:
    """Yield the file itself, where it is what is started."""
    if "streamlit" in file.packages:
        yield _program(file, "streamlit", 1)
    elif "chainlit" in file.packages:
        yield _program(file, "script", 1, "chainlit")
    elif works := works_in_background(file):
        yield _program(file, "worker", works[1], works[0])
    elif run:
        form: Form = "worker" if run.what == A_BOT else "script"
        yield _program(file, form, run.line, run.what, run.port)


def _program(
    file: PythonFile, form: Form, line: int, runs: str = "", port: int | None = None
) -> Application:
    pages = form == "streamlit" and "set_page_config" in file.text
    return Application(file.path, line, file.root, file.module, "", form, "none",
                       runs=runs, port=port, routes=pages)  # fmt: skip


def _application(
    file: PythonFile, node: ast.AST, variable: str, kind: Made, run: Run | None,
    *, factory: bool = False,
) -> Application:  # fmt: skip
    return Application(
        file.path, getattr(node, "lineno", 1), file.root, file.module, variable,
        "wsgi" if kind[0] == "dash" else kind[0], kind[1], factory,
        run.what if run else "", run.port if run else None,
        kind[0] == "asgi" and "include_router" in file.text,
    )  # fmt: skip


def _served(file: PythonFile, variable: str, kind: Made) -> str:
    """Return what a server is given of an application: Dash has a server in it."""
    if kind[0] != "dash":
        return variable
    own = any(target == "server" for target, _ in assignments(file.tree.body))
    return "server" if own else f"{variable}.server"


def _named(call: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}


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
