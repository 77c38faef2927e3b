"""Python files that are programs of their own: servers, bots, work in the background."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from outgrow.discovery.python_file import PythonFile

BACKGROUND = re.compile(r"(?:\w+_)?(?:worker|consumer|scheduler|clock|poller|daemon)\.py")
IN_THE_BACKGROUND = "work in the background"
NAMED_FOR_THE_BACKGROUND = "a name for work in the background"
A_BOT = "a bot"
# What keeps a program running that nobody connects to.
_CALLS_WITHOUT_END = (".run_pending(", "BlockingScheduler(", ".run_forever(", "run_worker(",
                      "worker.work(")  # fmt: skip
# These begin with letters, which are found much faster than a choice of beginnings.
_LOOP = re.compile(
    r"while\s+(?:True|1|not\s+\w+(?:\.\w+)*|(?:self\.|\w+\.)?(?:running|alive))(?:\(\))?\s*:"
)
_TIMER, _WORK = re.compile(r"Timer\(\w+,"), re.compile(r"Worker\([^\n]*\)\.work\(")
_RUNNERS = {
    "run_app": "web.run_app", "run_polling": A_BOT, "start_polling": A_BOT,
    "infinity_polling": A_BOT, "serve_forever": "a server",
}  # fmt: skip
_MARKS = ("run(", "run_server(", "run_app(", "polling(", "serve_forever(", "launch(", "serve(",
          "listen(")  # fmt: skip
_RUN_BY_NAME = ("app", "application", "server", "api", "mcp", "socketio", "bot", "client")
LAUNCHERS = ("app.py", "main.py", "server.py", "run.py", "wsgi.py", "asgi.py", "streamlit_app.py",
              "Home.py", "bot.py", "api.py", "manage.py", "application.py", "index.py")  # fmt: skip
_STARTING = ("main", "run", "start", "serve", "start_server")


@dataclass(frozen=True, slots=True)
class Run:
    """What a file runs when it is started itself, its port and the line that says so."""

    what: str
    port: int | None
    line: int


def may_be_endless(text: str) -> bool:
    """Return whether a text may hold a program without end; fast, for thousands of files."""
    for mark in _CALLS_WITHOUT_END:
        if mark in text:
            return True
    if _TIMER.search(text) or _WORK.search(text):
        return True
    starts = (one.start() for one in _LOOP.finditer(text))
    return any(not text[text.rfind("\n", 0, at) + 1 : at].strip() for at in starts)


def run_of(file: PythonFile) -> Run | None:
    """Return what the file runs when it is started itself."""
    if not any(mark in file.text for mark in _MARKS):
        return None
    starting = [one for one in file.functions if one.name in _STARTING]
    for scope in (*file.main, *starting, *file.tree.body):
        if isinstance(scope, ast.ClassDef):
            continue
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and (what := _runner(file, node)):
                return Run(what, _port(node), node.lineno)
    return None


def works_in_background(file: PythonFile) -> tuple[str, int] | None:
    """Return whether the file is a program without end, or at least named like one."""
    if run_of(file) is not None:
        return None
    main = file.main_line()
    at_top = next((one.lineno for one in file.tree.body if isinstance(one, ast.While)), 0)
    if (main or at_top) and may_be_endless(file.text):
        return IN_THE_BACKGROUND, main or at_top
    named = BACKGROUND.fullmatch(file.path.rpartition("/")[2])
    return (NAMED_FOR_THE_BACKGROUND, main) if named and main else None


def _runner(file: PythonFile, node: ast.Call) -> str:
    module, name = file.origin(node.func)
    if name == "run" and module in ("uvicorn", "hypercorn"):
        first = node.args[0] if node.args else None
        text = str(first.value) if isinstance(first, ast.Constant) else ""
        return f"uvicorn {text}".strip()
    if name in ("run", "run_server") and module in _RUN_BY_NAME:
        return A_BOT if module in ("bot", "client") else f"{module}.run"
    if name in _RUNNERS:
        return _RUNNERS[name]
    if name == "launch" and isinstance(node.func, ast.Attribute) and "gradio" in file.packages:
        return "gradio"
    if name == "serve" and module == "waitress":
        return "waitress"
    return "tornado" if name == "listen" and "tornado" in file.packages else ""


def _port(call: ast.Call) -> int | None:
    for keyword in call.keywords:
        if keyword.arg in ("port", "server_port"):
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Constant) and str(node.value).isascii():
                    text = str(node.value)
                    if text.isdigit() and 0 < int(text[:6]) < 65536:
                        return int(text)
    return None
