"""Where the code of a service lies, told by what starts it: one service, not two."""

# ruff: noqa: E501  (lines of repositories' files)
from __future__ import annotations

from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover
from outgrow.discovery.findings import Findings

_FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
_WORKSPACE = '{"name": "shop", "private": true, "workspaces": ["apps/*", "packages/*"]}'


def in_files(files: dict[str, str]) -> Findings:
    return discover(tree(files))


def folders(findings: Findings) -> dict[str, str | None]:
    return {one.name: one.folder for one in findings.services}


def test_a_container_whose_folder_installs_what_lies_below_holds_that_code() -> None:
    files = {
        "compose.yaml": "services:\n  web:\n    build: .\n    command: python src/run.py\n",
        "Dockerfile": "FROM python:3.12\nCOPY . /code\n",
        "requirements.txt": "flask\n",
        "src/manage.py": "",
        "src/shop.py": _FLASK,
    }
    found = in_files(files)
    assert [one.name for one in found.services] == ["web"]
    assert found.services[0].build is not None
    assert found.services[0].build.framework == "flask"


def test_two_projects_that_share_requirements_stay_two_services() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "shop/manage.py": "",
        "shop/app.py": _FLASK,
        "admin/manage.py": "",
        "admin/app.py": _FLASK,
    }
    assert folders(in_files(files)) == {"admin": "admin", "shop": "shop"}


def test_a_module_that_a_procfile_names_from_above_is_the_project_below() -> None:
    files = {
        "Procfile": "web: gunicorn backend.app:app\nworker: celery -A backend.jobs.queue worker\n",
        "backend/requirements.txt": "flask\ncelery\nredis\n",
        "backend/app.py": _FLASK,
        "backend/jobs.py": "from celery import Celery\n\nqueue = Celery('x')\n",
    }
    found = in_files(files)
    assert [one.command.text for one in found.services if one.command] == [
        "gunicorn backend.app:app",
        "celery -A backend.jobs.queue worker",
    ]
    builds = [one.build for one in found.services if one.build]
    assert [one.folder for one in builds] == [".", "."]
    assert [one.installs_from for one in builds] == ["backend/requirements.txt"] * 2
    assert builds[0].application == "backend.app:app"


def test_targets_of_one_dockerfile_are_the_packages_that_they_start_or_work_in() -> None:
    files = {
        "package.json": _WORKSPACE,
        "compose.yaml": "services:\n"
        + "".join(
            f"  {name}:\n    build: {{context: ., target: {name}}}\n"
            for name in ("api", "jobs", "web", "pages")
        ),
        "Dockerfile": 'FROM node:22 AS build\nWORKDIR /app\nCOPY apps/api/package.json apps/api/\nRUN npm run build\nFROM build AS api\nCMD ["node", "apps/api/dist/main.js"]\nFROM build AS jobs\nCMD ["node", "apps/jobs/dist/main.js"]\nFROM build AS web\nWORKDIR /app/apps/web\nCMD ["npx", "next", "start"]\nFROM caddy:2 AS pages\nCOPY --from=build /app/apps/pages/dist /srv\n',
        "apps/api/package.json": '{"scripts": {"start": "node dist/main.js"}, "dependencies": {"express": "5"}}',
        "apps/jobs/package.json": '{"scripts": {"start": "node dist/main.js"}, "dependencies": {"bullmq": "5"}}',
        "apps/web/package.json": '{"scripts": {"start": "next start"}, "dependencies": {"next": "16"}}',
        "apps/pages/package.json": '{"scripts": {"build": "vite build"}, "dependencies": {"react": "19"}, "devDependencies": {"vite": "7"}}',
        "apps/pages/index.html": "",
    }
    found = in_files(files)
    assert folders(found) == {
        "api": "apps/api", "jobs": "apps/jobs", "web": "apps/web", "pages": "apps/pages",
    }  # fmt: skip
    assert {one.name: one.kind.value for one in found.services}["pages"] == "frontend"
    assert {one.build.folder for one in found.services if one.build} == {"."}


def test_a_program_of_a_workspace_that_needs_no_framework_is_a_worker() -> None:
    start = '{"scripts": {"start": "tsx src/index.ts"}}'
    files = {
        "package.json": _WORKSPACE,
        "apps/outbox/package.json": start,
        "apps/tool/package.json": '{"scripts": {"start": "vitest"}}',
        "packages/core/package.json": start,
    }
    found = in_files(files)
    assert [(one.name, one.kind.value) for one in found.services] == [("outbox", "worker")]


def test_a_dockerfile_that_differs_in_the_port_is_no_second_service() -> None:
    serve = 'CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "{}"]\n'
    files = {
        "Dockerfile": "FROM python:3.12\nCOPY . .\n" + serve.format(8000),
        "Dockerfile.lab": "FROM python:3.12\nCOPY . .\n" + serve.format(7860),
        "app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "requirements.txt": "fastapi\nuvicorn\n",
    }
    assert len(in_files(files).services) == 1


def test_a_folder_for_deploying_has_the_services_where_the_top_has_only_stores() -> None:
    files = {
        "compose.yaml": "services:\n  db:\n    image: postgres:16\n",
        "deploy/docker-compose.prod.yml": "services:\n  db:\n    image: postgres:16\n  api:\n    build: {context: ., dockerfile: deploy/Dockerfile}\n",
        "deploy/Dockerfile": 'FROM python:3.12\nCOPY app.py .\nCMD ["gunicorn", "app:app"]\n',
        "app.py": _FLASK,
        "requirements.txt": "flask\ngunicorn\n",
        "archive/old.py": _FLASK,
    }
    found = in_files(files)
    assert folders(found) == {"api": ""}
    assert found.services[0].build is not None
    assert found.services[0].build.folder == "."
    assert [one.kind.value for one in found.stores] == ["postgres"]


def test_two_containers_that_start_their_own_file_below_one_project_are_two_services() -> None:
    container = (
        'FROM node:22\nWORKDIR /app\nRUN npm i bull\nCOPY . /app/\nCMD ["node", "index.js"]\n'
    )
    files = {
        "package.json": '{"name": "jobs", "dependencies": {"bull": "^3.20.0", "express": "^4.17.1"}}',
        "server/Dockerfile": container,
        "server/index.js": "require('express')().listen(3000)\n",
        "worker/Dockerfile": container,
        "worker/index.js": "new (require('bull'))('mail').process(console.log)\n",
    }
    assert folders(in_files(files)) == {"server": "server", "worker": "worker"}


def test_what_a_platform_starts_of_a_workspace_is_the_package_of_that_name() -> None:
    start = "npm run start -w worker"
    files = {
        "package.json": _WORKSPACE,
        "render.yaml": "services:\n  - type: web\n    name: shop-worker\n    runtime: node\n"
        f"    startCommand: {start}\n",
        "apps/worker/package.json": '{"name": "worker", "scripts": {"start": "tsx src/index.ts"}, "dependencies": {"bullmq": "5"}}',
        "apps/worker/src/index.ts": "new Worker('mail')\n",
    }
    container = f"FROM node:22\nCOPY . .\nCMD {start}\n"
    for one in (files, files | {"apps/worker/Dockerfile": container}):
        found = in_files(one)
        assert [service.folder for service in found.services] == ["apps/worker"]
        assert [service.command.text for service in found.services if service.command] == [start]
