"""What the targets `haproxy`, `nginx` and `pgbouncer` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from tests.systems import system
from tests.unit.render.written_systems import LIMITED, written_system

from outgrow.render.haproxy.target import render as haproxy
from outgrow.render.nginx.target import render as nginx
from outgrow.render.pgbouncer.target import render as pgbouncer

Golden = Callable[[str, str], None]
FOLDER = "tests/golden/render"


def test_haproxy_before_a_page_and_an_api(golden: Golden) -> None:
    (file,) = haproxy(system("sample-app", "one-server", "production")).files
    golden(f"{FOLDER}/haproxy/sample-app-one-server-production/{file.path}", file.text)


def test_haproxy_with_stickiness_websockets_and_a_limit(golden: Golden) -> None:
    (file,) = haproxy(written_system(LIMITED)).files
    golden(f"{FOLDER}/haproxy/limited/{file.path}", file.text)


def test_nginx_before_one_service(golden: Golden) -> None:
    (file,) = nginx(system("sprint-one", "compose", "staging")).files
    golden(f"{FOLDER}/nginx/sprint-one-compose-staging/{file.path}", file.text)


def test_nginx_with_tls_and_two_paths(golden: Golden) -> None:
    (file,) = nginx(system("sample-app", "one-server", "production")).files
    golden(f"{FOLDER}/nginx/sample-app-one-server-production/{file.path}", file.text)


def test_pgbouncer_before_a_database_with_few_connections(golden: Golden) -> None:
    (file,) = pgbouncer(system("nexod", "production", "production")).files
    golden(f"{FOLDER}/pgbouncer/nexod-production-production/{file.path}", file.text)
