"""The forms that compose files have, as a strategy holds them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.discovery.rendered_again import differences, first_and_second
from tests.unit.discovery.trees import tree

from outgrow.discovery import compose_fields as form
from outgrow.discovery.combine import discover
from outgrow.discovery.compose import ComposeService, read_services
from outgrow.discovery.compose_files import find_compose_files
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.tree import Sources

RICH = """\
x-logging: &logging
  logging: {driver: json-file}
x-app: &app
  build: {context: ., dockerfile: docker/Dockerfile, target: production, args: [VERSION=3.12]}
  env_file: [.env, {path: ./extra.env}]
  restart: on-failure:3
services:
  app:
    <<: [*app, *logging]
    command: ["gunicorn", "shop.wsgi"]
    working_dir: /srv
    user: "1000:1000"
    ports:
      - "8000-8001:9000-9001"
      - {target: 5000, published: "15000", protocol: udp, host_ip: 127.0.0.1}
      - "${APP_PORT:-8080}:80"
      - "9999"
    volumes:
      - type: bind
        source: ./static
        target: /static
        read_only: true
      - media:/media:ro
      - /var/cache
    labels:
      - "traefik.enable=true"
      - "traefik.http.routers.app.rule=Host(`shop.example`)"
      - "traefik.http.middlewares.x.basicauth.users=a:$$apr1$$x"
    extra_hosts: ["host.docker.internal:host-gateway"]
    tmpfs: /run
    healthcheck: {disable: true}
    deploy:
      replicas: 2
      resources: {limits: {cpus: "1.5", memory: 768M}, reservations: {memory: 256M}}
    stop_grace_period: 1m30s
    profiles: [web]
    privileged: true
  worker:
    extends: {service: app}
    command: celery -A shop worker
    ports: []
  search:
    image: elasticsearch:8.13.0
    environment:
      - discovery.type=single-node
      - ES_JAVA_OPTS=-Xms512m
    healthcheck:
      test: ["CMD-SHELL", "curl -s localhost:9200 | grep -q x || exit 1"]
      interval: 1m30s
      timeout: 500ms
      retries: 3
"""


# What the notes of the draft say: a label with a password is not copied.
_TOLD = ("app.labels", "worker.labels")


def services(text: str, **files: str) -> dict[str, ComposeService]:
    sources = Sources(tree({"compose.yaml": text, "docker/Dockerfile": "FROM python:3\n", **files}))
    return {one.name: one for one in read_services(find_compose_files(sources)[0])}


def test_a_file_with_every_form_comes_back_equivalent() -> None:
    files = {"compose.yaml": RICH, "docker/Dockerfile": "FROM python:3 AS production\n"}
    first, second = first_and_second(tree(files))
    told = [one for one in differences(first, second) if not one.startswith(_TOLD)]
    assert told == []


def test_ports_of_every_form_are_read() -> None:
    opened = services(RICH)["app"].run.publish
    assert [(one.host, one.container, one.address, one.protocol) for one in opened] == [
        (8000, 9000, "0.0.0.0", "tcp"),
        (8001, 9001, "0.0.0.0", "tcp"),
        (15000, 5000, "127.0.0.1", "udp"),
        (8080, 80, "0.0.0.0", "tcp"),
        (None, 9999, "0.0.0.0", "tcp"),
    ]


def test_amounts_become_gib_and_cpus() -> None:
    size = services(RICH)["app"].size
    assert (size.vcpu_limit, size.memory_gib_limit, size.memory_gib) == ("1.5", "0.75", "0.25")


def test_what_a_service_extends_lies_below_what_it_says() -> None:
    worker = services(RICH)["worker"]
    assert worker.run.command == ["celery -A shop worker"]
    assert worker.run.working_folder == "/srv"
    assert worker.build is not None
    assert worker.build.arguments == {"VERSION": "3.12"}


def test_what_has_no_place_is_told_with_its_line() -> None:
    told = {(note.says.split("`")[1], note.line) for note in services(RICH)["app"].notes}
    lines = RICH.splitlines()
    assert ("restart", lines.index("  restart: on-failure:3") + 1) in told
    assert ("logging", lines.index("  logging: {driver: json-file}") + 1) in told


def test_a_label_that_may_hold_a_password_is_not_copied() -> None:
    assert "basicauth" not in str(services(RICH)["app"].run.labels)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", "30"), ("1m30s", "90"), ("500ms", "0.5"), ("2h", "7200"), (15, "15")],
)
def test_durations_are_seconds(written: str | int, seconds: str) -> None:
    assert form.seconds(written) == Decimal(seconds)


@pytest.mark.parametrize("written", ["", "soon", "-5s", "5 parsecs", None, [1]])
def test_what_is_no_duration_is_none(written: object) -> None:
    assert form.seconds(written) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written", ["", "x:y", "0:0", "70000:1", "1-9:1-2", "1-9999:1-9999", "８:8"]
)
def test_what_is_no_port_is_none(written: str) -> None:
    assert form.published(written) is None


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A}", "1"), ("$A", "1"), ("${B:-x}", "x"), ("${E:-x}", "x"), ("${E-x}", ""),
        ("${A:+y}", "y"), ("${B:-${C:-deep}}", "deep"), ("$$A", "$A"), ("${", "${"), ("a$", "a$"),
        ("${A}-${B:-2}", "1-2"), ("${A:?must}", "1"),
    ],
)  # fmt: skip
def test_variables_are_filled_as_compose_does(text: str, filled: str) -> None:
    assert read_variables(text, {"A": "1", "E": ""}).text == filled


def test_several_compose_files_of_a_folder_are_one_system() -> None:
    files = {
        "docker-compose.yml": "services:\n  api: {build: .}\n",
        "docker-compose.prod.yml": "services:\n  api: {build: .}\n  extra: {image: redis}\n",
        "docker-compose.test.yml": "services:\n  tests: {build: .}\n",
        "requirements.txt": "flask\n",
    }
    found = discover(tree(files))
    assert [one.name for one in found.services] == ["api"]


def test_compose_files_of_several_parts_are_all_read() -> None:
    files = {
        "orders/docker-compose.yml": "services:\n  orders: {build: .}\n",
        "users/docker-compose.yml": "services:\n  users: {build: .}\n",
        "orders/package.json": '{"dependencies": {"express": "4"}}',
        "users/package.json": '{"dependencies": {"express": "4"}}',
    }
    found = discover(tree(files))
    assert {one.name: one.folder for one in found.services} == {
        "orders": "orders",
        "users": "users",
    }
