"""Rules that held-out repositories taught: each is one of its own, whatever the repository."""

# ruff: noqa: E501  (lines of repositories' files)
from __future__ import annotations

import pytest
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover
from outgrow.discovery.findings import Findings

_API = "from fastapi import FastAPI\n\napp = FastAPI()\n"
_EXPRESS = (
    '{"name": "api", "scripts": {"start": "node index.js"}, "dependencies": {"express": "4"}}'
)


def in_files(files: dict[str, str]) -> Findings:
    return discover(tree(files))


def commands(findings: Findings) -> dict[str, str]:
    return {one.name: one.command.text for one in findings.services if one.command}


def kinds(findings: Findings) -> list[str]:
    return sorted(one.kind.value for one in findings.stores)


def test_services_of_a_variant_count_where_the_plain_compose_file_has_only_stores() -> None:
    files = {
        "docker-compose.yml": "services:\n  db:\n    image: postgres:16\n",
        "docker-compose.dev.yml": "services:\n  db:\n    image: postgres:16\n  api:\n    build: .\n"
        "  jobs:\n    build: .\n    command: celery -A app.jobs worker\n",
        "Dockerfile": "FROM python:3.12\nCMD uvicorn main:app\n",
        "main.py": _API,
    }
    found = in_files(files)
    assert commands(found) == {"api": "uvicorn main:app", "jobs": "celery -A app.jobs worker"}
    assert kinds(found) == ["postgres"]


def test_a_service_with_the_image_that_another_builds_is_our_own() -> None:
    compose = (
        "services:\n  app: {image: 'shop:latest', build: .}\n  queue: {image: 'shop:latest'}\n"
    )
    files = {"compose.yaml": compose, "Dockerfile": 'FROM php:8\nCMD ["/entrypoint.sh"]\n'}
    found = in_files(files)
    assert commands(found) == {"app": "/entrypoint.sh", "queue": "/entrypoint.sh"}
    assert [one.run.image for one in found.services] == [None, None]


def test_a_container_of_several_projects_says_nothing_of_one_of_them() -> None:
    compose = (
        "services:\n  ui:\n    image: node:22\n    command: npm run dev\n    volumes: ['./ui:/app']\n"
        "  api:\n    image: python:3.12\n    volumes: ['./api:/app']\n    ports: ['5000:5000']\n"
    )
    files = {
        "compose.yaml": compose,
        "Dockerfile": 'FROM python:3.12\nCOPY ./ui /ui\nCOPY ./api /api\nCMD ["/start.sh"]\n',
        "start.sh": "#!/bin/sh\nuvicorn main:app\n",
        "ui/package.json": '{"scripts": {"dev": "vite"}, "dependencies": {"react": "18"}, '
        '"devDependencies": {"vite": "5"}}',
        "api/requirements.txt": "fastapi\nuvicorn\n",
        "api/main.py": _API,
    }
    assert commands(in_files(files)) == {
        "ui": "npm run dev",
        "api": "uvicorn main:app --host 0.0.0.0 --port 5000",
    }


def test_a_second_dockerfile_that_starts_the_same_is_no_second_service() -> None:
    same = 'FROM node:20\nCOPY . .\nCMD ["node", "worker.js"]\n'
    files = {"Dockerfile": same, "Dockerfile.staff": same, "package.json": _EXPRESS}
    assert list(commands(in_files(files)).values()) == ["node worker.js"]


def test_a_process_that_runs_a_file_of_a_project_below_is_that_project() -> None:
    files = {
        "Procfile": "web: node backend/index.js\n",
        "package.json": '{"dependencies": {"express": "4"}}',
        "backend/package.json": _EXPRESS,
        "backend/index.js": "",
    }
    assert list(commands(in_files(files)).values()) == ["node backend/index.js"]


def test_a_script_that_starts_a_server_and_a_worker_is_read_for_both() -> None:
    files = {
        "run.sh": "gunicorn --workers=2 'app:begin()' -D\ncelery -A tasks worker -D\n",
        "app.py": "from flask import Flask\n\n\ndef begin():\n    app = Flask('x')\n    return app\n"
        "\n\nif __name__ == '__main__':\n    begin().run()\n",
        "tasks.py": "from celery import Celery\n\ncelery_app = Celery('tasks')\n",
        "req.txt": "flask\ncelery\ngunicorn\n",
    }
    assert list(commands(in_files(files)).values()) == [
        "gunicorn --workers=2 'app:begin()'",
        "celery -A tasks worker",
    ]


def test_a_function_of_any_name_is_a_factory_where_the_file_starts_with_it() -> None:
    code = (
        "from flask import Flask\n\n\ndef begin():\n    return Flask('x')\n\n\ndef other():\n"
        "    return Flask('y')\n\n\nif __name__ == '__main__':\n    begin().run()\n"
    )
    found = in_files({"app.py": code, "requirements.txt": "flask\ngunicorn\n"})
    assert list(commands(found).values()) == ["gunicorn --bind 0.0.0.0:8000 'app:begin()'"]


def test_a_package_without_init_is_imported_from_above_as_its_imports_say() -> None:
    files = {
        "app/core/jobs.py": "from celery import Celery\nfrom app.core.config import URL\n"
        "celery_app = Celery('x', broker=URL)\n",
        "app/core/config.py": "URL = 'redis://localhost'\n",
        "requirements.txt": "celery\n",
    }
    found = in_files(files)
    assert list(commands(found).values()) == [
        "celery -A app.core.jobs:celery_app worker --loglevel info"
    ]


@pytest.mark.parametrize(
    ("files", "stores"),
    [
        ({"a.py": "import boto3\ns3 = boto3.client('s3')\n"}, ["object_store"]),
        ({"a.py": "import boto3\nq = boto3.resource(\n    'sqs')\n"}, ["queue"]),
        ({"a.ts": "import { S3 } from 'aws-sdk'\nnew S3({})\n"}, ["object_store"]),
        ({"a.ts": "new S3({})\n"}, []),
        ({"a.py": "broker = f'sqs://{key}:{secret}@'\n"}, ["queue"]),
        ({"requirements.txt": "celery[redis]\n"}, ["redis"]),
        ({"Pipfile": '[packages]\ncelery = {extras = ["redis"]}\n'}, ["redis"]),
        ({"schema.prisma": 'provider = "sqlite"\n// or: provider = "postgresql"\n'}, []),
    ],
)
def test_a_store_is_found_by_what_the_code_opens(files: dict[str, str], stores: list[str]) -> None:
    assert kinds(in_files({"main.py": _API, **files})) == stores


_FROZEN = "".join(
    f"{name}==1.0\n" for name in ("amqp", "billiard", "click", "fastapi", "idna", "kombu", "pika",
                                  "psycopg2", "redis", "six", "vine")
)  # fmt: skip


def test_a_driver_in_a_frozen_list_counts_only_where_something_imports_it() -> None:
    assert kinds(in_files({"main.py": _API, "requirements.txt": _FROZEN})) == []
    users = {"db.py": "from sqlalchemy import text\n", "jobs.py": "import redis\n"}
    assert kinds(in_files({"main.py": _API, "requirements.txt": _FROZEN, **users})) == [
        "postgres",
        "redis",
    ]


def test_a_driver_in_a_list_by_hand_counts_without_an_import() -> None:
    files = {"main.py": _API, "requirements.txt": "fastapi==0.1\npsycopg2==2.9\n"}
    assert kinds(in_files(files)) == ["postgres"]
