"""alertmanager.yml against Alertmanager's own tools, and one that really runs and sends."""

from __future__ import annotations

import http.client
import http.server
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.engines.processes import answers, free_port, running
from tests.systems import all_systems
from tests.tools import run_tool, said, tool
from tests.unit.render.written_systems import written_system

from outgrow.render.alertmanager.target import TARGET
from outgrow.render.system.model import System

EVERY_KIND = """
components:
  api: {kind: service, public: true, needs: {ports: [8000], health_path: /healthz}}
phases: {one: {use: {api: {offering: self-hosted/docker}}}}
targets:
  api-p95: {metric: api.latency_p95_ms, component: api, percentile: 95, below: 2, alert_above: 5}
channels:
  team: {kind: slack, to: "#alerts {{ .ExternalURL }} \\"", secret: "env:TEAM_SLACK"}
  pager: {kind: page, secret: "env:PAGER_KEY"}
  mail: {kind: email, to: "ops@shop.example {{ .Status }}", secret: "env:MAIL_PASSWORD"}
  hook: {kind: webhook, to: "https://shop.example/alerts", secret: "file:/run/hook"}
  a.b: {kind: page, to: "https://shop.example/pages"}
"""
CHANNELS = ("team", "pager", "mail", "hook", "a.b")
Address = tuple[str, dict[str, Any]]


def written(system: System, folder: Path) -> Path:
    """Write the files of `system` so that they can be read where they are."""
    for file in TARGET.render(system).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text.replace("/etc/alertmanager", str(folder)), encoding="utf-8")
    return folder / "alertmanager.yml"


def test_amtool_accepts_the_file_of_every_system(tmp_path: Path) -> None:
    files = [written(system, tmp_path / name) for name, system in all_systems()]
    files.append(written(written_system(EVERY_KIND), tmp_path / "every-kind"))
    done = run_tool("amtool", "check-config", *files)
    assert done.returncode == 0, said(done)
    assert done.stdout.count("1 templates") == len(files)


def test_yamllint_finds_nothing(tmp_path: Path) -> None:
    files = [written(system, tmp_path / name) for name, system in all_systems()]
    rules = "{extends: default, rules: {line-length: disable, indentation: {spaces: 2}}}"
    done = run_tool("yamllint", "--strict", "-d", rules, *files)
    assert done.returncode == 0, said(done)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("routing_key_file", "routing_keyfile"),
        ("receiver: pager", "receiver: pagers"),
        ("group_wait: 10s", "group_wait: soon"),
        ('severity=~"warn|info"', 'severity=~"(warn"'),
    ],
)
def test_amtool_refuses_a_fault(right: str, wrong: str, tmp_path: Path) -> None:
    file = written(written_system(EVERY_KIND), tmp_path)
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert run_tool("amtool", "check-config", file).returncode != 0


def test_a_url_in_a_file_needs_0_26_and_nothing_else_is_wrong_with_it(tmp_path: Path) -> None:
    """Debian's amtool is 0.25 and does not know `url_file`, which the image 0.27 reads."""
    text = EVERY_KIND.replace('to: "https://shop.example/alerts", secret', "secret")
    file = written(written_system(text), tmp_path)
    done = run_tool("amtool", "check-config", file)
    assert "field url_file not found" in done.stdout + done.stderr, said(done)
    newer = file.read_text("utf-8").replace(f"url_file: {tmp_path}", "url: http://localhost")
    file.write_text(newer, encoding="utf-8")
    assert run_tool("amtool", "check-config", file).returncode == 0


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"severity": "page"}, "pager"),
        ({"severity": "warn"}, "team"),
        ({"severity": "info"}, "team"),
        ({}, "team"),
        ({"severity": "page", "channels": "a.b,team,mail"}, "team,mail,a.b"),
        ({"severity": "page", "channels": "aXb"}, "team"),
        *(
            ({"severity": severity, "channels": channel}, channel)
            for severity in ("page", "warn", "info")
            for channel in CHANNELS
        ),
    ],
)
def test_every_severity_and_channel_finds_its_receivers(
    labels: dict[str, str], receivers: str, tmp_path: Path
) -> None:
    file = written(written_system(EVERY_KIND), tmp_path)
    words = [f"{label}={value}" for label, value in {"component": "api", **labels}.items()]
    done = run_tool("amtool", "config", "routes", "test", f"--config.file={file}", *words)
    assert done.returncode == 0, said(done)
    assert done.stdout.strip() == receivers


@contextmanager
def listening() -> Iterator[tuple[int, queue.Queue[Address]]]:
    """A server that takes what Alertmanager posts, and a queue with the path and the body."""
    received: queue.Queue[Address] = queue.Queue()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], received
        server.shutdown()


def ask(port: int, method: str, path: str, body: object = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    text = json.dumps(body) if body is not None else None
    connection.request(method, path, text, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found = answer.read()
    connection.close()
    assert answer.status == 200, found
    return json.loads(found) if found else None


def alert(name: str, severity: str, component: str, channels: str = "") -> dict[str, Any]:
    labels = {"alertname": name, "severity": severity, "component": component}
    return {
        "labels": labels | ({"channels": channels} if channels else {}),
        "annotations": {
            "summary": "{{ .Status }} <!channel> & more than $HOME",
            "source": "outgrow.yaml:7",
        },
        "generatorURL": "http://prometheus.example/graph",
    }


def test_an_alert_reaches_its_channel_and_silences_the_lesser_ones(tmp_path: Path) -> None:
    with listening() as (server, received):
        text = EVERY_KIND.replace("https://shop.example/pages", f"http://127.0.0.1:{server}/pages")
        file = written(written_system(text), tmp_path)
        quick = file.read_text("utf-8").replace("group_wait: 10s", "group_wait: 1s")
        file.write_text(quick.replace("group_wait: 1m", "group_wait: 1s"), encoding="utf-8")
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "team").write_text(f"http://127.0.0.1:{server}/slack")
        port = free_port()
        command = [
            tool("prometheus-alertmanager"),
            f"--config.file={file}",
            f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with running(command, tmp_path, lambda: answers(port)):
            down = alert("ApiHealthyInstances", "page", "api", "a.b")
            other = alert("QueueLong", "warn", "worker", "team")
            ask(port, "POST", "/api/v2/alerts", [down, alert("ApiP95", "page", "api", "team")])
            ask(port, "POST", "/api/v2/alerts", [other, alert("ApiSlow", "warn", "api", "team")])
            messages = dict(received.get(timeout=20) for _ in range(2))
            found = {
                one["labels"]["alertname"]: one["status"]["state"]
                for one in ask(port, "GET", "/api/v2/alerts?inhibited=true&active=true")
            }
        assert received.empty(), "what is inhibited was sent"
    assert messages["/pages"]["alerts"][0]["labels"]["alertname"] == "ApiHealthyInstances"
    slack = messages["/slack"]
    assert slack["channel"] == '#alerts {{ .ExternalURL }} "'
    shown = slack["attachments"][0]
    assert shown["title"] == "[WARN] worker QueueLong"
    assert shown["title_link"] == "http://prometheus.example/graph"
    assert shown["text"].startswith("*{{ .Status }} &lt;!channel&gt; &amp; more than $HOME*")
    assert "outgrow.yaml:7" in shown["text"]
    assert found == {
        "ApiHealthyInstances": "active",
        "QueueLong": "active",
        "ApiP95": "suppressed",
        "ApiSlow": "suppressed",
    }
