"""Measures `outgrow init` on a repository of 3,000 files, the whole command and its parts.

Run `PYTHONPATH=src python benchmarks/bench_discovery.py`. The repository is generated: modules
with loops, endpoints and tasks, of which one in fifty makes an application; pages in TypeScript;
Kubernetes files; documents. 24 MB, the same each time. The target is a second for the command.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from outgrow.clients.repository import walk_repository
from outgrow.discovery.combine import discover

_RUNS = 7
_TARGET_SECONDS = 1.0
_MODULES, _PAGES, _MANIFESTS, _DOCUMENTS = 1700, 1100, 120, 80
_APPLICATIONS_EVERY, _URLS_EVERY = 50, 17
_COMPOSE = """\
services:
  db: {image: postgres:16}
  redis: {image: redis:7}
  api: {build: ./backend, ports: ["8000:8000"]}
  worker: {build: ./backend, command: celery -A app.jobs worker}
  web: {build: ./frontend}
"""
_PACKAGE = '{"name": "w", "scripts": {"start": "next start"}, "dependencies": {"next": "14"}}\n'
_FUNCTION = '''
def function_{n}(value, other=None):
    """Return what {n} is."""
    while value and other:
        value = other.get("key_{n}", os.environ.get("SETTING_{n}"))
    if value is None:
        raise ValueError("value {n}")
    return [one for one in value if one.kind == "type: {n}"]
'''
_EXPORT = """
export const thing{n} = async (props: Props): Promise<string> => {{
  const base = process.env.NEXT_PUBLIC_{key} ?? "https://example.org";
  return fetch(`${{base}}/x`, {{ headers: {{ type: "json" }} }}).then((r) => r.text());
}};
"""
_HEAD = """\
import os
from celery import shared_task
from fastapi import APIRouter
router = APIRouter()
URL = "https://example.org/x"
"""


def _files() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file."""
    yield "docker-compose.yml", _COMPOSE
    yield "backend/Dockerfile", 'FROM python:3.12\nCOPY . .\nCMD ["uvicorn", "app.main:app"]\n'
    yield "backend/requirements.txt", "fastapi\nuvicorn\ncelery\nredis\npsycopg\n"
    yield "backend/app/__init__.py", ""
    yield "backend/app/main.py", "from fastapi import FastAPI\napp = FastAPI()\n"
    yield "frontend/Dockerfile", 'FROM node:20\nCOPY . .\nCMD ["npm", "start"]\n'
    yield "frontend/package.json", _PACKAGE
    functions = "".join(_FUNCTION.format(n=n) for n in range(28))
    for n in range(_MODULES):
        makes = "from app.core import create_app\napp = create_app()\n"
        head = _HEAD + (makes if n % _APPLICATIONS_EVERY == 0 else "")
        head += 'DATABASE = "postgresql://localhost/x"\n' if n % _URLS_EVERY == 0 else ""
        yield f"backend/app/p{n % 60}/m{n}.py", head + functions
    for n in range(_PAGES):
        exports = "".join(_EXPORT.format(n=k, key=n % 300) for k in range(30))
        yield f"frontend/src/c{n % 70}/x{n}.tsx", 'import React from "react";\n' + exports
    values = "".join(f"  key{n}: value\n" for n in range(150))
    for n in range(_MANIFESTS):
        yield f"deploy/k8s/d{n}.yaml", f"apiVersion: v1\nkind: ConfigMap\ndata:\n{values}"
    for n in range(_DOCUMENTS):
        yield f"docs/d{n}.md", "# x\n\n```\nuvicorn x:app\n```\n" * 100


def _write(folder: str) -> None:
    for path, text in _files():
        file = Path(folder) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _seconds(work: Callable[[], object]) -> list[float]:
    work()  # the first run reads the files into the memory of the machine
    found = []
    for _ in range(_RUNS):
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return found


def main() -> None:
    """Print the seconds beside the target."""
    with TemporaryDirectory() as folder:
        _write(folder)
        words = [sys.executable, "-m", "outgrow", "init", folder, "--print"]
        command = _seconds(lambda: subprocess.run(words, check=True, capture_output=True))
        parts = _seconds(lambda: discover(walk_repository(folder)))
    for name, seconds in (("outgrow init", command), ("walking and discovery", parts)):
        print(f"{name:<22} median {median(seconds):.2f} s, fastest {min(seconds):.2f} s")
    print(f"target for the command: {_TARGET_SECONDS:.2f} s")


if __name__ == "__main__":
    main()
