"""The exporter and Prometheus accept what is rendered, and the modules tell right from wrong."""

from __future__ import annotations

import http.client
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.rendered.container_files import write
from tests.rendered.test_compose import YAMLLINT
from tests.rendered.test_dockerfile import different
from tests.systems import all_systems, system
from tests.tools import run_tool, said, tool

from outgrow.render.blackbox import TARGET

EXPORTER = "prometheus-blackbox-exporter"
ANSWERS = {
    "/ok": (204, ""),
    "/broken": (503, ""),
    "/to-tls": (301, "https://localhost/"),
    "/to-plain-text": (301, "http://localhost/"),
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target for every system, asked for or not."""
    folder = tmp_path_factory.mktemp("blackbox")
    for name, found in all_systems():
        write(TARGET.render(found), folder / name)
    return folder


def refused(file: Path) -> str:
    """Return what the exporter has against a file of modules; nothing where it takes it."""
    done = run_tool(EXPORTER, "--config.check", f"--config.file={file}")
    return said(done) if done.returncode else ""


def test_the_exporter_takes_every_file(rendered: Path) -> None:
    files = different(rendered, "blackbox.yml")
    with ThreadPoolExecutor(2) as several:
        assert [text for text in several.map(refused, files) if text] == []


def test_the_exporter_refuses_a_misspelt_key(rendered: Path, tmp_path: Path) -> None:
    good = different(rendered, "blackbox.yml")[0].read_text("utf-8")
    bad = tmp_path / "blackbox.yml"
    bad.write_text(good.replace("fail_if_not_ssl", "fail_without_ssl"), encoding="utf-8")
    assert "fail_without_ssl" in refused(bad)


def test_prometheus_takes_every_file(rendered: Path) -> None:
    files = different(rendered, "scrape.yml")
    assert len(files) > 3
    done = run_tool("promtool", "check", "config", *files)
    assert done.returncode == 0, said(done)


def test_prometheus_refuses_two_jobs_of_one_name(rendered: Path, tmp_path: Path) -> None:
    text = (rendered / "sample-app-one-server-production" / "scrape.yml").read_text("utf-8")
    bad = tmp_path / "scrape.yml"
    bad.write_text(text.replace("probe-internal-http-2xx", "probe-store-tcp-connect"))
    done = run_tool("promtool", "check", "config", bad)
    assert done.returncode != 0
    assert "multiple scrape configs with job name" in done.stderr


def test_yamllint_finds_nothing(rendered: Path) -> None:
    files = (*different(rendered, "blackbox.yml"), *different(rendered, "scrape.yml"))
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *files)
    assert done.returncode == 0, said(done)


class Site(BaseHTTPRequestHandler):
    """A site that answers each path as ANSWERS says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        code, location = ANSWERS[self.path]
        self.send_response(code)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def exporter(file: Path) -> Iterator[int]:
    """Start the exporter on `file`; give its port once it listens."""
    port = free_port()
    command = [tool(EXPORTER), f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            started = any("Listening on" in line for line in process.stderr)
            assert started, f"{EXPORTER} ended"
            yield port
        finally:
            process.terminate()


def succeeds(port: int, module: str, target: str) -> bool:
    query = urlencode({"module": module, "target": target})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/probe?{query}")
    told = connection.getresponse().read().decode()
    connection.close()
    return "\nprobe_success 1\n" in told


def test_the_modules_tell_a_site_that_works_from_one_that_does_not(tmp_path: Path) -> None:
    file = write(TARGET.render(system("sample-app", "one-server")), tmp_path) / "blackbox.yml"
    with site() as web, exporter(file) as asked:
        here = f"http://127.0.0.1:{web}"
        assert succeeds(asked, "http_2xx", f"{here}/ok")
        assert not succeeds(asked, "http_2xx", f"{here}/broken")
        assert not succeeds(asked, "https_2xx", f"{here}/ok")  # plain text
        assert not succeeds(asked, "https_2xx", f"https://127.0.0.1:{web}/ok")
        assert succeeds(asked, "http_redirects_to_https", f"{here}/to-tls")
        assert not succeeds(asked, "http_redirects_to_https", f"{here}/to-plain-text")
        assert not succeeds(asked, "http_redirects_to_https", f"{here}/ok")
        assert succeeds(asked, "tcp_connect", f"127.0.0.1:{web}")
        assert not succeeds(asked, "tcp_connect", f"127.0.0.1:{free_port()}")
