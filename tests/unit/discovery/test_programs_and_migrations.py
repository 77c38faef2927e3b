"""Programs without a port, migrations and workflows, as repositories have them."""

from __future__ import annotations

import pytest
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover
from outgrow.discovery.findings import Findings, Service

_LOOP = "import time\n\nwhile True:\n    time.sleep(1)\n"
_MAIN = "def main():\n    pass\n\nif __name__ == '__main__':\n    main()\n"
_API = "from fastapi import FastAPI\n\napp = FastAPI()\n"
_NEEDS = "fastapi\nuvicorn\npsycopg\n"


def in_files(files: dict[str, str]) -> Findings:
    return discover(tree(files))


def commands(findings: Findings) -> list[str]:
    return [one.command.text for one in findings.services if one.command]


def test_a_loop_without_end_is_preferred_to_a_file_that_only_has_the_name() -> None:
    files = {"clock.py": _LOOP, "worker.py": _MAIN, "requirements.txt": "schedule\n"}
    assert commands(in_files(files)) == ["python clock.py"]


def test_a_worker_in_a_package_is_started_as_a_module() -> None:
    loop = "def main():\n    while not stop.asked:\n        pass\n\n" + _MAIN.partition("\n\n")[2]
    files = {"app/__init__.py": "", "app/worker.py": loop, "app/main.py": _API}
    assert "python -m app.worker" in commands(in_files({**files, "requirements.txt": _NEEDS}))


def test_a_worker_of_a_compose_file_without_a_command_is_its_loop() -> None:
    compose = "services:\n  worker:\n    build: ./worker\n"
    findings = in_files({"compose.yaml": compose, "worker/worker.py": _LOOP})
    assert commands(findings) == ["python worker.py"]


def test_a_tool_that_loops_is_no_service() -> None:
    files = {"main.py": _API, "scripts/worker.py": _LOOP, "requirements.txt": _NEEDS}
    assert len(in_files(files).services) == 1


def test_a_queue_in_redis_has_the_worker_that_the_readme_names() -> None:
    app = "from flask import Flask\nfrom rq import Queue\n\napp = Flask(__name__)\n"
    files = {"app.py": app, "requirements.txt": "flask\nrq\n", "README.md": "* `rqworker mail`\n"}
    assert "rqworker mail" in commands(in_files(files))


def test_of_two_processes_with_one_name_the_last_one_counts() -> None:
    findings = in_files({"Procfile": "web: gunicorn a:app\nweb : gunicorn b:app\n"})
    assert commands(findings) == ["gunicorn b:app"]


@pytest.mark.parametrize(
    ("dependency", "command"),
    [("@sveltejs/adapter-node", "node build"), ("nuxt", "node .output/server/index.mjs")],
)
def test_what_a_build_makes_is_started(dependency: str, command: str) -> None:
    kit = '"@sveltejs/kit": "2", ' if "svelte" in dependency else ""
    package = f'{{"scripts": {{"dev": "x"}}, "dependencies": {{{kit}"{dependency}": "1"}}}}'
    assert command in commands(in_files({"package.json": package}))


def test_rust_and_a_lone_go_file_are_services() -> None:
    cargo = '[package]\nname = "x"\n\n[dependencies]\naxum = "0.7"\n'
    assert commands(in_files({"Cargo.toml": cargo, "src/main.rs": ""})) == ["cargo run --release"]
    go = 'package main\n\nimport _ "github.com/lib/pq"\n\nfunc main() {}\n'
    findings = in_files({"main.go": go})
    assert commands(findings) == ["go run main.go"]
    assert [one.kind.value for one in findings.stores] == ["postgres"]


@pytest.mark.parametrize(
    ("files", "migrate"),
    [
        ({"alembic.ini": "[alembic]\n"}, "alembic upgrade head"),
        ({"app/__init__.py": "", "app/migrate.py": _MAIN}, "python -m app.migrate"),
    ],
)
def test_a_migration_is_found_beside_the_service(files: dict[str, str], migrate: str) -> None:
    findings = in_files({"main.py": _API, "requirements.txt": _NEEDS, **files})
    assert told(findings.services[0]) == migrate


def test_without_a_database_nothing_is_migrated() -> None:
    files = {"main.py": _API, "requirements.txt": "fastapi\n", "alembic.ini": "[alembic]\n"}
    assert told(in_files(files).services[0]) is None


def told(service: Service) -> str | None:
    return service.migrate.text if service.migrate else None


_WORKFLOW = """\
jobs:
  checks:
    defaults: {run: {working-directory: ./backend}}
    steps:
      - uses: actions/checkout@v4
      - run: |
          pip install pytest
          pytest -q --token ${{ secrets.TOKEN }}
          pytest -q
  ship:
    steps:
      - run: flyctl deploy --remote-only
"""


def test_a_workflow_says_how_it_is_tested_and_where_it_goes() -> None:
    files = {"main.py": _API, ".github/workflows/ci.yml": _WORKFLOW}
    findings = in_files(files)
    assert dict(findings.tests) == {"checks": ("cd backend", "pytest -q")}
    assert [(one.code, one.line) for one in findings.notes if one.code == "deploys"] == [
        ("deploys", 12)
    ]


def test_a_key_that_code_requires_becomes_a_reference() -> None:
    code = _API + "def _required(key):\n    return os.environ[key]\n\n"
    code += 'URL = _required("DATABASE_URL")\nMODE = "DATABASE_MODE_URL"\n'
    assert in_files({"main.py": code}).services[0].secrets == {"DATABASE_URL": "env:DATABASE_URL"}
