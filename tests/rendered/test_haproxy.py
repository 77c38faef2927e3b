"""haproxy.cfg against HAProxy itself: it accepts every file, and one really runs."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engines.processes import answers, free_port, running
from tests.rendered.certificates import self_signed
from tests.systems import all_systems
from tests.tools import run_tool, said, tool
from tests.unit.render.written_systems import LIMITED, written_system

from outgrow.render.haproxy.target import render

FILES = {name: file.text for name, one in all_systems() for file in render(one).files}


def environment(folder: Path, **more: str) -> dict[str, str]:
    state = folder / "server-state"
    state.write_text("1\n")
    return {"HAPROXY_CERTIFICATES": str(self_signed(folder)), "HAPROXY_STATE": str(state), **more}


@pytest.mark.parametrize("name", FILES)
def test_haproxy_accepts_the_file_without_a_warning(name: str, tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(FILES[name])
    done = run_tool(
        "haproxy", "-c", "-f", "haproxy.cfg", cwd=tmp_path, environment=environment(tmp_path)
    )
    assert done.returncode == 0, said(done)
    assert "WARNING" not in done.stderr, said(done)


def test_haproxy_refuses_a_backend_that_is_not_there(tmp_path: Path) -> None:
    text = next(iter(FILES.values())).replace("default_backend ", "default_backend no_")
    (tmp_path / "haproxy.cfg").write_text(text)
    done = run_tool(
        "haproxy", "-c", "-f", "haproxy.cfg", cwd=tmp_path, environment=environment(tmp_path)
    )
    assert done.returncode == 1


@contextmanager
def version(port: int, says: str) -> Iterator[None]:
    """A version of the application on `port` that answers with its own name."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(says.encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def ask(port: int, path: str = "/") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    body, cookie = answer.read().decode(), answer.getheader("Set-Cookie") or ""
    connection.close()
    return answer.status, body, cookie


def tell(path: Path, command: str) -> str:
    """Return what the runtime socket answers."""
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(str(path))
        talk.sendall(f"{command}\n".encode())
        answer = b""
        while piece := talk.recv(65536):
            answer += piece
    return answer.decode()


def test_weights_move_from_blue_to_green_without_a_reload(tmp_path: Path) -> None:
    """Slots, stickiness, limits and metrics of one file, on a HAProxy that runs."""
    text = render(written_system(LIMITED)).files[0].text
    ports = {"20000": free_port(), "20001": free_port()}
    for written, real in ports.items():
        text = text.replace(f":{written} ", f":{real} ")
    (tmp_path / "haproxy.cfg").write_text(text)
    public, metrics = free_port(), free_port()
    variables = environment(
        tmp_path,
        HAPROXY_HTTP=f"127.0.0.1:{public}",
        HAPROXY_METRICS=f"127.0.0.1:{metrics}",
        HAPROXY_SOCKET=str(tmp_path / "admin.sock"),
    )
    command = [tool("haproxy"), "-db", "-f", "haproxy.cfg"]
    with (
        version(ports["20000"], "blue"),
        version(ports["20001"], "green"),
        running(command, tmp_path, lambda: answers(public), variables) as process,
    ):
        assert ask(public)[:2] == (200, "blue")
        assert "SLOT=blue1" in ask(public)[2]
        runtime = tmp_path / "admin.sock"
        tell(runtime, "enable server api/green1")
        tell(runtime, "set server api/green1 health up")
        tell(runtime, "set weight api/green1 100")
        tell(runtime, "set weight api/blue1 0")
        assert ask(public)[:2] == (200, "green")
        assert [ask(public, "/login")[0] for _ in range(5)] == [200, 200, 200, 429, 429]
        assert 'haproxy_server_status{proxy="api",server="green1"' in ask(metrics, "/metrics")[1]
        assert process.poll() is None
