"""Sentry's rules follow its API's documentation, and apply.sh brings them to a server once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.commands import REPOSITORY
from tests.rendered.container_files import write
from tests.rendered.test_dockerfile import different
from tests.systems import all_systems, system
from tests.tools import run_tool, said

from outgrow.render.sentry import TARGET

SCHEMA = REPOSITORY / "tests/data/sentry_rules.schema.json"
TOKEN = "sntrys_of_a_test"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target for every system, asked for or not."""
    folder = tmp_path_factory.mktemp("sentry")
    for name, found in all_systems():
        write(TARGET.render(found), folder / name)
    return folder


def rules_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*-alerts/*/*.json"))


def test_every_rule_is_one_that_the_api_documents(rendered: Path) -> None:
    files = rules_of(rendered)
    assert len(files) > 100
    done = run_tool("check-jsonschema", "--schemafile", SCHEMA, *files)
    assert done.returncode == 0, said(done)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"timeWindow": 5', '"timeWindow": 7'),
        ('"alertThreshold"', '"threshold"'),
        ('"queryType": 1', '"queryType": 0'),
        ("p95(span.duration)", "p97(span.duration)"),
        ('"label": "critical"', '"label": "warning"'),
    ],
)
def test_the_schema_refuses_a_fault(rendered: Path, tmp_path: Path, good: str, bad: str) -> None:
    folder = rendered / "nexod-production-production"
    text = (folder / "metric-alerts" / "api" / "api-p95.json").read_text("utf-8")
    assert good in text
    faulty = tmp_path / "rule.json"
    faulty.write_text(text.replace(good, bad), encoding="utf-8")
    assert run_tool("check-jsonschema", "--schemafile", SCHEMA, faulty).returncode != 0


def test_shellcheck_finds_nothing_in_the_script(rendered: Path) -> None:
    (script,) = different(rendered, "apply.sh")
    done = run_tool("shellcheck", script)
    assert done.returncode == 0, said(done)


def test_shellcheck_finds_a_value_that_could_be_split(rendered: Path, tmp_path: Path) -> None:
    (script,) = different(rendered, "apply.sh")
    faulty = tmp_path / "apply.sh"
    faulty.write_text(script.read_text("utf-8").replace('"$collection"', "$collection"))
    assert "SC2086" in run_tool("shellcheck", faulty).stdout


class Sentry:
    """A server that keeps rules as Sentry does: by number, two to a page."""

    def __init__(self) -> None:
        self.rules: dict[str, list[dict[str, object]]] = {}
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.filters: set[str] = set()
        self.is_broken = False

    def page(self, path: str, cursor: str) -> tuple[list[dict[str, object]], str]:
        known, start = self.rules.get(path, []), int(cursor or 0)
        more = "true" if start + 2 < len(known) else "false"
        link = '<x>; rel="previous"; results="false"; cursor="0", <x>; rel="next"; '
        return known[start : start + 2], f'{link}results="{more}"; cursor="{start + 2}"'

    def keep(self, path: str, rule: dict[str, object]) -> None:
        self.rules.setdefault(path, []).append(rule | {"id": str(len(self.asked))})

    def change(self, path: str, rule: dict[str, object]) -> None:
        collection, number = path.rstrip("/").rsplit("/", 1)
        if collection.endswith("/filters"):
            self.filters.add(path)
            return
        known = self.rules[f"{collection}/"]
        place = next(i for i, one in enumerate(known) if one["id"] == number)
        known[place] = rule | {"id": number}


@contextmanager
def served() -> Iterator[tuple[Sentry, str]]:
    sentry = Sentry()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: object, link: str = "") -> None:
            path = self.path.partition("?")[0]
            sentry.asked.append((self.command, path))
            sentry.tokens.add(str(self.headers["Authorization"]))
            told = json.dumps(body).encode()
            self.send_response(500 if sentry.is_broken else 200)
            self.send_header("Link", link)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def _read(self) -> dict[str, object]:
            size = int(self.headers["Content-Length"])
            read: dict[str, object] = json.loads(self.rfile.read(size))
            return read

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            found = re.search(r"cursor=(\d*)", query)
            self._answer(*sentry.page(path, found[1] if found else ""))

        def do_POST(self) -> None:
            sentry.keep(self.path, self._read())
            self._answer({})

        def do_PUT(self) -> None:
            sentry.change(self.path, self._read())
            self._answer({})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield sentry, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def variables(url: str) -> dict[str, str]:
    return {
        "SENTRY_URL": url,
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG": "acme",
        "SENTRY_TEAM_ID": "77",
        "SENTRY_SLACK_INTEGRATION_ID": "123",
        "SENTRY_SLACK_CHANNEL": "#ops",
    }


def test_the_script_creates_every_rule_once_and_then_updates_it(tmp_path: Path) -> None:
    folder = write(TARGET.render(system("nexod", "production")), tmp_path)
    with served() as (sentry, url):
        first = run_tool("bash", folder / "apply.sh", environment=variables(url))
        assert first.returncode == 0, said(first)
        there = json.dumps(sentry.rules, sort_keys=True)
        again = run_tool("bash", folder / "apply.sh", environment=variables(url))
        assert again.returncode == 0, said(again)
    count = len(rules_of(folder))
    assert first.stdout.count("created: ") == again.stdout.count("updated: ") == count
    assert "created" not in again.stdout
    assert json.dumps(sentry.rules, sort_keys=True) == there
    assert sentry.tokens == {f"Bearer {TOKEN}"}
    assert "/api/0/projects/acme/web/filters/browser-extensions/" in sentry.filters
    assert TOKEN not in first.stdout + first.stderr


def test_the_script_fills_in_what_only_the_team_knows(tmp_path: Path) -> None:
    folder = write(TARGET.render(system("nexod", "production")), tmp_path)
    with served() as (sentry, url):
        done = run_tool("bash", folder / "apply.sh", environment=variables(url))
        assert done.returncode == 0, said(done)
    text = json.dumps(sentry.rules)
    assert "env:" not in text
    assert '"targetIdentifier": "77"' in text
    assert '"integrationId": 123' in text
    assert '"workspace": 123, "channel": "#ops"' in text


def test_the_script_stops_where_a_variable_is_missing(tmp_path: Path) -> None:
    folder = write(TARGET.render(system("nexod", "production")), tmp_path)
    with served() as (sentry, url):
        without_team = {k: v for k, v in variables(url).items() if k != "SENTRY_TEAM_ID"}
        done = run_tool("bash", folder / "apply.sh", environment=without_team)
    assert done.returncode != 0
    assert "set SENTRY_TEAM_ID" in done.stderr
    assert not any(method == "POST" for method, _ in sentry.asked)


def test_the_script_creates_nothing_where_it_cannot_see_what_is_there(tmp_path: Path) -> None:
    folder = write(TARGET.render(system("nexod", "production")), tmp_path)
    with served() as (sentry, url):
        sentry.is_broken = True
        done = run_tool("bash", folder / "apply.sh", environment=variables(url))
    assert done.returncode != 0
    assert {method for method, _ in sentry.asked} == {"GET"}
