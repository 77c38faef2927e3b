"""Rendered Dockerfiles and nginx configurations pass hadolint and nginx themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rendered.container_files import dockerfile_renderings, write
from tests.tools import run_tool, said


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every Dockerfile of every system, in a folder for each system."""
    folder = tmp_path_factory.mktemp("dockerfiles")
    for name, rendering in dockerfile_renderings():
        write(rendering, folder / name)
    return folder


def different(folder: Path, name: str) -> list[Path]:
    """Return the files called `name`, one of each content."""
    found = {path.read_text("utf-8"): path for path in sorted(folder.rglob(name))}
    return list(found.values())


def nginx_says(conf: Path, folder: Path) -> tuple[int, str]:
    """Return what nginx says about a configuration, with a prefix of its own."""
    text = conf.read_text("utf-8").replace("/tmp/", f"{folder}/")
    text = text.replace("/etc/nginx/mime.types", str(folder / "mime.types"))
    (folder / "mime.types").write_text("types { text/html html; }\n", encoding="utf-8")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    done = run_tool("nginx", "-t", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr")
    return done.returncode, said(done)


def test_hadolint_finds_nothing_in_any_dockerfile(rendered: Path) -> None:
    files = different(rendered, "Dockerfile")
    assert len(files) >= 8
    done = run_tool("hadolint", "--no-color", *files)
    assert done.returncode == 0, said(done)
    assert done.stdout == ""


def test_hadolint_finds_what_is_wrong_in_a_dockerfile(rendered: Path, tmp_path: Path) -> None:
    good = different(rendered, "Dockerfile")[0].read_text("utf-8")
    bad = tmp_path / "Dockerfile"
    bad.write_text(good.replace("FROM ${", "FROM debian:latest AS x\nFROM ${", 1), "utf-8")
    done = run_tool("hadolint", "--no-color", bad)
    assert "DL3007" in done.stdout


def test_nginx_accepts_the_configuration_of_every_frontend(rendered: Path, tmp_path: Path) -> None:
    files = different(rendered, "nginx.conf")
    assert files
    for conf in files:
        code, text = nginx_says(conf, tmp_path)
        assert code == 0, text


def test_nginx_refuses_a_broken_configuration(rendered: Path, tmp_path: Path) -> None:
    good = different(rendered, "nginx.conf")[0].read_text("utf-8")
    (tmp_path / "bad").mkdir()
    bad = tmp_path / "bad" / "nginx.conf"
    bad.write_text(good.replace("try_files $uri =404;", "try_file $uri =404;"), "utf-8")
    code, text = nginx_says(bad, tmp_path)
    assert code != 0
    assert "try_file" in text
