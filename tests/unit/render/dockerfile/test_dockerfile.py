"""What a Dockerfile says for each runtime, framework and lock file."""

from __future__ import annotations

import json

import pytest
from tests.unit.render.written_systems import system_with, text_of

from outgrow.render.dockerfile.target import TARGET

HOSTILE = "a\"\nRUN rm -rf /\n${HOME} $(id) '`id`' {{x}} \\"


def dockerfile(build: str, more: str = "", kind: str = "service") -> str:
    component = f"app: {{kind: {kind}, build: {{{build}}}{more}}}"
    return text_of(TARGET.render(system_with(component)), "app/Dockerfile")


def command(text: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith("CMD "))
    words: list[str] = json.loads(line.removeprefix("CMD "))
    return words


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("framework: fastapi, application: 'api:app'", ["uvicorn", "api:app"]),
        ("framework: django, application: 'shop.wsgi'", ["gunicorn", "shop.wsgi"]),
        ("framework: flask", ["gunicorn", "app:app"]),
        ("framework: celery, application: shop", ["celery", "--app", "shop", "worker"]),
        ("framework: rq", ["rq", "worker"]),
        ("runtime: python, application: jobs.main", ["python", "-m", "jobs.main"]),
        ("framework: next", ["node", "server.js"]),
        ("framework: express", ["node", "server.js"]),
        ("framework: nest", ["node", "dist/main.js"]),
        ("runtime: node", ["npm", "run", "start"]),
        ("framework: vite", ["nginx", "-g", "daemon off;"]),
    ],
)
def test_each_framework_starts_with_its_own_server(build: str, words: list[str]) -> None:
    assert command(dockerfile(build))[: len(words)] == words


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("requirements.txt", "RUN pip install --no-cache-dir -r requirements.txt"),
        ("uv.lock", "UV_PROJECT_ENVIRONMENT=/opt/venv /opt/uv/bin/uv sync --locked"),
        ("poetry.lock", "/opt/poetry/bin/poetry install --only main"),
        ("Pipfile.lock", "/opt/pipenv/bin/pipenv requirements"),
        ("pyproject.toml", "RUN pip install --no-cache-dir ."),
    ],
)
def test_python_packages_come_from_the_file_that_lists_them(file: str, line: str) -> None:
    assert line in dockerfile(f"runtime: python, installs_from: {file}")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("package-lock.json", "RUN npm ci"),
        ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
        ("yarn.lock", "yarn install --frozen-lockfile"),
        ("package.json", "RUN npm install"),
    ],
)
def test_node_packages_come_from_the_lock_file(file: str, line: str) -> None:
    assert line in dockerfile(f"framework: next, installs_from: {file}")


@pytest.mark.parametrize("build", ["framework: fastapi", "framework: next", "framework: vite"])
def test_every_image_runs_without_root_on_a_base_that_can_be_another(build: str) -> None:
    text = dockerfile(build)
    last = text[text.rindex("FROM ") :]
    assert "USER 10001:10001" in last
    assert "HEALTHCHECK --interval" in last
    bases = [line for line in text.splitlines() if line.startswith("FROM ")]
    assert all(line.startswith("FROM ${") for line in bases)
    assert "--mount" not in text
    assert "<<" not in text


def test_packages_are_installed_before_the_source_is_copied() -> None:
    text = dockerfile("framework: fastapi")
    assert text.index("pip install") < text.index("COPY . /app/")


def test_an_application_in_a_folder_of_the_context_starts_there() -> None:
    text = dockerfile("framework: fastapi, root: services/api, installs_from: requirements.txt")
    assert "COPY services/api/requirements.txt ./" in text
    assert text.count("WORKDIR /app/services/api") == 2


def test_the_version_of_the_strategy_is_that_of_the_base() -> None:
    assert "ARG PYTHON_IMAGE=python:3.13-slim-bookworm" in dockerfile(
        "framework: django, version: '3.13'"
    )


def test_the_command_of_the_strategy_goes_before_that_of_the_framework() -> None:
    text = dockerfile("framework: fastapi", ", run: {command: 'exec serve --port 80'}")
    assert command(text) == ["/bin/sh", "-c", "exec serve --port 80"]


def test_a_check_by_path_needs_no_curl() -> None:
    text = dockerfile("framework: fastapi", ", needs: {health_path: /healthz}")
    assert "http://127.0.0.1:8000/healthz" in text
    assert "curl" not in text


def test_a_part_with_its_own_dockerfile_gets_none() -> None:
    found = system_with("app: {kind: service, build: {dockerfile: Dockerfile}}")
    assert not TARGET.applies(found)


def test_what_a_strategy_says_never_becomes_an_instruction() -> None:
    component = {
        "kind": "service",
        "build": {
            "framework": "fastapi",
            "application": HOSTILE,
            "system_packages": [HOSTILE],
            "version": HOSTILE,
            "installs_from": HOSTILE,
            "root": HOSTILE,
        },
        "run": {"writable_folders": [HOSTILE]},
        "needs": {"health_path": HOSTILE},
    }
    text = text_of(TARGET.render(system_with(json.dumps({"app": component}))), "app/Dockerfile")
    assert not any(line.startswith("RUN rm") for line in text.splitlines())
    assert "ARG PYTHON_IMAGE=python:3.12-slim-bookworm" in text


def test_a_stage_that_is_not_there_is_a_loss() -> None:
    found = TARGET.render(system_with("app: {kind: service, build: {target: debug}}"))
    assert [loss.code for loss in found.losses] == ["dockerfile-stage"]


def test_variables_of_a_frontend_are_known_when_it_is_built() -> None:
    text = dockerfile("framework: vite", ", environment: {VITE_API: /api}", "frontend")
    assert text.index("ARG VITE_API") < text.index("RUN npm run build")
