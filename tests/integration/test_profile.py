"""`outgrow profile` on a real process, with py-spy and memray."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.commands import Ran, outgrow
from tests.engines.processes import answers, free_port, running

_SERVICE = """
import http.server, sys
planted_secret = "hunter2"

def expensive_part():
    kept.append(bytearray(100_000))
    return sum(number * number for number in range(50_000))

kept = []

class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 1

with http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    server.timeout = 0.001
    while True:
        server.handle_request()
        expensive_part()
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The id and the port of a service that is busy."""
    (tmp_path / "service.py").write_text(_SERVICE)
    port = free_port()
    command = [sys.executable, "service.py", str(port)]
    with running(command, tmp_path, lambda: answers(port)) as process:
        yield process.pid, port


def profile(home: Path, *arguments: str) -> Ran:
    return outgrow("profile", *arguments, home=home)


def test_a_flame_graph_names_the_function_that_takes_the_time(
    service: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / "time.svg"
    done = profile(tmp_path, "record", f":{service[1]}", "--seconds", "1", "--out", str(file))
    assert done.code == 0, done.err
    assert "expensive_part" in file.read_text()
    assert f"process {service[0]}" in done.err


def test_a_recording_for_speedscope_is_json(service: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "time.json"
    done = profile(
        tmp_path, "record", str(service[0]), "--seconds", "1", "--out", str(file), "--json"
    )
    assert json.loads(done.out)["result"]["pid"] == service[0]
    assert "speedscope" in json.loads(file.read_text())["$schema"]


def test_a_dump_shows_stacks_and_no_values(service: tuple[int, int], tmp_path: Path) -> None:
    done = profile(tmp_path, "dump", f":{service[1]}")
    assert done.code == 0, done.err
    assert "service.py" in done.out
    assert "hunter2" not in done.out


def test_memory_that_is_kept_is_drawn(service: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "memory.html"
    done = profile(tmp_path, "memory", str(service[0]), "--seconds", "2", "--out", str(file))
    assert done.code == 0, done.err
    assert "expensive_part" in file.read_text()
    again = profile(tmp_path, "dump", str(service[0]))
    assert again.code == 0, "the service went on"


def test_top_needs_a_terminal(service: tuple[int, int], tmp_path: Path) -> None:
    done = profile(tmp_path, "top", str(service[0]))
    assert (done.code, "record" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dump", "999999999"), "no process 999999999"),
        (("dump", ":1"), "listens on port 1"),
        (("record", "1", "--out", "absent/profile.svg"), "absent does not exist"),
    ],
)
def test_a_wrong_target_is_told_with_what_to_do(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = profile(tmp_path, *arguments)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) >= 2


def test_a_process_that_is_not_python_is_refused(tmp_path: Path) -> None:
    with running(["sleep", "60"], tmp_path, lambda: True) as process:
        done = profile(tmp_path, "dump", str(process.pid))
    assert done.code == 2
    assert re.search(r"runs \S*(sleep|coreutils)\S*, which is not Python", done.err)
