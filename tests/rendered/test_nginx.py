"""nginx.conf against nginx itself: it accepts every file, and one really runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.engines.processes import answers, free_port, running
from tests.rendered.certificates import self_signed
from tests.rendered.test_haproxy import ask, version
from tests.systems import all_systems
from tests.tools import run_tool, said, tool
from tests.unit.render.written_systems import LIMITED, written_system

from outgrow.render.nginx.target import render

FILES = {name: file.text for name, one in all_systems() for file in render(one).files}
_UPSTREAM = re.compile(r"(?<=server )[a-z0-9.-]+:\d+")


def here(text: str, port: int) -> str:
    """Return the file with upstreams on this machine: what they are elsewhere is not here."""
    return _UPSTREAM.sub(f"127.0.0.1:{port}", text)


def nginx(folder: Path, text: str, *arguments: str) -> list[str]:
    self_signed(folder)
    (folder / "nginx.conf").write_text(text)
    return [
        tool("nginx"), *arguments, "-p", str(folder), "-c", str(folder / "nginx.conf"),
        "-g", f"pid {folder}/nginx.pid;",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_nginx_accepts_the_file(name: str, tmp_path: Path) -> None:
    command = nginx(tmp_path, here(FILES[name], 8000), "-t")
    done = run_tool(*command, cwd=tmp_path)
    assert done.returncode == 0, said(done)
    assert "[warn]" not in done.stderr, said(done)


def test_nginx_refuses_a_misspelt_directive(tmp_path: Path) -> None:
    text = next(iter(FILES.values())).replace("proxy_read_timeout", "proxy_reed_timeout")
    assert run_tool(*nginx(tmp_path, here(text, 8000), "-t"), cwd=tmp_path).returncode == 1


def test_requests_pass_and_too_many_do_not(tmp_path: Path) -> None:
    public, behind = free_port(), free_port()
    text = here(render(written_system(LIMITED)).files[0].text, behind)
    text = text.replace("listen 80 ", f"listen 127.0.0.1:{public} ")
    command = nginx(tmp_path, text, "-e", "stderr")
    command[-1] += " daemon off;"
    with version(behind, "hello"), running(command, tmp_path, lambda: answers(public)):
        assert ask(public)[:2] == (200, "hello")
        assert ask(public, "/healthz")[:2] == (200, "ok\n")
        assert [ask(public, "/login")[0] for _ in range(6)] == [200, 200, 200, 200, 429, 429]
