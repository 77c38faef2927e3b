"""Prometheus' own tools read every rendered file, and Prometheus itself runs on one."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import yaml
from tests.engines.processes import answers, free_port, running
from tests.systems import all_systems, system
from tests.tools import run_tool, said, tool
from tests.unit.render.written_systems import written_system

from outgrow.render.prometheus.target import TARGET

Files = dict[str, str]
# No example promises an availability.
PROMISED = """
components:
  api: {kind: service, build: {framework: fastapi}, needs: {ports: [8000]}}
phases:
  one: {use: {api: {offering: self-hosted/docker}}}
targets:
  available: {metric: api.availability, aim: availability, component: api, above: 99.9}
"""


@cache
def trees() -> dict[str, Files]:
    """Return the files of every system; of several that are the same, the first."""
    found: dict[str, Files] = {}
    for name, one in (*all_systems(), ("promised", written_system(PROMISED))):
        files = {file.path: file.text for file in TARGET.render(one).files}
        if files not in found.values():
            found[name] = files
    return found


def written(folder: Path, files: Files) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_promtool_reads_every_configuration_and_its_rules(tmp_path: Path) -> None:
    for name, files in trees().items():
        folder = written(tmp_path / name, files)
    configurations = [tmp_path / name / "prometheus.yml" for name in trees()]
    done = run_tool("promtool", "check", "config", *configurations, cwd=folder)
    assert done.returncode == 0, said(done)
    rules = sorted(tmp_path.glob("*/rules/*.yml"))
    checked = run_tool("promtool", "check", "rules", "--lint-fatal", *rules)
    assert checked.returncode == 0, said(checked)


def test_every_alert_fires_when_it_should_and_is_silent_when_not(tmp_path: Path) -> None:
    for name, files in trees().items():
        written(tmp_path / name, files)
    tests = [tmp_path / name / "tests" / "alerts.test.yml" for name in trees()]
    done = run_tool("promtool", "test", "rules", *tests)
    assert done.returncode == 0, said(done)


def test_every_alert_has_a_firing_and_a_silent_case() -> None:
    for name, files in trees().items():
        groups = yaml.safe_load(files["rules/alerts.yml"])["groups"]
        alerts = {rule["alert"] for group in groups for rule in group["rules"]}
        cases = [
            (case["alertname"], bool(case["exp_alerts"]))
            for test in yaml.safe_load(files["tests/alerts.test.yml"])["tests"]
            for case in test["alert_rule_test"]
        ]
        assert set(cases) == {(a, fires) for a in alerts for fires in (True, False)}, name
        burning = [alert for alert in alerts if alert.endswith("Burn")]
        # A burn rate has two more silent cases: for a moment's trouble, and once it is over.
        wanted = [(alert, False) for alert in burning for _ in range(2)]
        assert sorted(cases) == sorted([*set(cases), *wanted]), name


def test_a_burn_rate_asks_for_both_of_its_windows() -> None:
    groups = yaml.safe_load(trees()["promised"]["rules/alerts.yml"])["groups"]
    rules = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    for alert, windows, level in (
        ("AvailableFastBurn", ("1h", "5m"), "1.44"),
        ("AvailableSlowBurn", ("6h", "30m"), "0.6"),
    ):
        sides = rules[alert].removeprefix("(").removesuffix(")").split(") and (")
        assert len(sides) == 2
        for side, window in zip(sides, windows, strict=True):
            assert f"[{window}]" in side
            assert side.endswith(f"> {level}")


@pytest.mark.parametrize("kept", [0, 1])
def test_a_burn_rate_with_one_of_its_windows_fails_its_cases(kept: int, tmp_path: Path) -> None:
    folder = written(tmp_path, trees()["promised"])
    rules = folder / "rules" / "alerts.yml"
    found = yaml.safe_load(rules.read_text())
    for group in found["groups"]:
        for rule in group["rules"]:
            if rule["alert"].endswith("Burn"):
                rule["expr"] = rule["expr"].split(" and ")[kept]
    rules.write_text(yaml.safe_dump(found))
    done = run_tool("promtool", "test", "rules", folder / "tests/alerts.test.yml")
    assert done.returncode == 1
    wrong = ("once it is over", "a moment's trouble")[kept]
    assert wrong in said(done)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "command"),
    [
        ("rules/alerts.yml", "histogram_quantile(", "histogram_quantil(", "rules"),
        ("rules/alerts.yml", "alert: ", "alarm: ", "rules"),
        ("prometheus.yml", "scrape_interval: 15s", "scrape_interval: 15 seconds", "config"),
        ("prometheus.yml", "job_name: ", "job: ", "config"),
    ],
)
def test_promtool_refuses_a_fault(
    path: str, right: str, wrong: str, command: str, tmp_path: Path
) -> None:
    folder = written(tmp_path, trees()["nexod-production-production"])
    text = (folder / path).read_text()
    assert right in text
    (folder / path).write_text(text.replace(right, wrong, 1))
    assert run_tool("promtool", "check", command, folder / path).returncode != 0


def test_a_threshold_that_was_moved_fails_its_case(tmp_path: Path) -> None:
    folder = written(tmp_path, trees()["nexod-production-production"])
    rules = folder / "rules" / "alerts.yml"
    rules.write_text(re.sub(r"> 500\b", "> 50000", rules.read_text(), count=1))
    assert run_tool("promtool", "test", "rules", folder / "tests/alerts.test.yml").returncode == 1


class Application(http.server.BaseHTTPRequestHandler):
    """One instance of the application; the phase wants two."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"http_requests_total 1\n")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def one_instance() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def firing(port: int) -> set[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/api/v1/alerts")
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    alerts = json.loads(text)["data"]["alerts"] if answer.status == 200 else []  # 503: it starts
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def test_prometheus_runs_on_the_rendered_files_and_an_alert_fires(tmp_path: Path) -> None:
    """Only addresses and intervals are the test's: a minute is too long to wait for."""
    files = {f.path: f.text for f in TARGET.render(system("nexod", "production")).files}
    alert = "ApiHealthyInstances"
    assert alert in files["rules/alerts.yml"]
    folder = written(tmp_path, files)
    with one_instance() as application:
        (folder / "targets").mkdir()
        (folder / "targets" / "api.json").write_text(
            json.dumps([{"targets": [f"127.0.0.1:{application}"]}])
        )
        for path in ("prometheus.yml", "rules/alerts.yml", "rules/recordings.yml"):
            text = (folder / path).read_text()
            text = re.sub(r"(interval|scrape_timeout): \w+$", r"\1: 1s", text, flags=re.MULTILINE)
            (folder / path).write_text(re.sub(r"^ +for: \w+\n", "", text, flags=re.MULTILINE))
        port = free_port()
        command = [
            tool("prometheus"), "--config.file=prometheus.yml",
            f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={tmp_path}/data",
        ]  # fmt: skip
        with running(command, folder, lambda: answers(port)) as process:
            deadline = time.monotonic() + 60
            while alert not in firing(port):
                assert process.poll() is None
                assert time.monotonic() < deadline, "the alert never fired"
