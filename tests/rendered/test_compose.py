"""Rendered Compose files pass docker-compose 1.29, the schema of Compose, yamllint and nginx."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from tests.rendered.container_files import compose_renderings, fill_in, write
from tests.rendered.test_dockerfile import different, nginx_says
from tests.tools import run_tool, said

YAMLLINT = (
    "{extends: default, rules: {line-length: {max: 120}, indentation: {spaces: 2},"
    " comments: {min-spaces-from-content: 1}}}"
)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every Compose file of every system, ready to start."""
    folder = tmp_path_factory.mktemp("compose")
    for name, rendering in compose_renderings():
        fill_in(write(rendering, folder / name))
    return folder


def compose_files(folder: Path) -> list[Path]:
    return different(folder, "compose.yaml")


def of_each_shape(files: list[Path]) -> list[Path]:
    """Return one file of those that differ in numbers and comments only."""
    lines = {file: file.read_text("utf-8").splitlines() for file in files}
    shapes = {
        re.sub(r"\d+", "0", "\n".join(line for line in text if "# " not in line)): file
        for file, text in lines.items()
    }
    return list(shapes.values())


def refused_by_docker_compose(file: Path) -> str:
    """Return what docker-compose has against a file; nothing where it accepts it."""
    done = run_tool("docker-compose", "config", "--quiet", cwd=file.parent)
    return said(done) if done.returncode else ""


def test_docker_compose_1_29_reads_every_file(rendered: Path) -> None:
    files = of_each_shape(compose_files(rendered))
    assert len(files) >= 10
    with ThreadPoolExecutor(4) as several:  # each takes half a second to start
        for file, text in zip(files, several.map(refused_by_docker_compose, files), strict=True):
            assert text == "", file


def test_docker_compose_keeps_limits_conditions_and_checks(rendered: Path) -> None:
    folder = rendered / "sample-app-one-server-development"
    read = yaml.safe_load(run_tool("docker-compose", "config", cwd=folder).stdout)
    api = read["services"]["api"]
    assert (api["mem_limit"], api["cpus"]) == ("256m", 0.25)
    assert api["depends_on"]["api-migrate"] == {"condition": "service_completed_successfully"}
    assert api["environment"]["DATABASE_URL"] == "postgresql://notes:password1@db:5432/notes"
    assert "/readyz" in str(api["healthcheck"]["test"])


def test_docker_compose_stops_where_a_variable_is_missing(rendered: Path, tmp_path: Path) -> None:
    text = (rendered / "sample-app-one-server-development" / "compose.yaml").read_text("utf-8")
    (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
    done = run_tool("docker-compose", "config", "--quiet", cwd=tmp_path)
    assert done.returncode != 0
    assert "set it in .env" in done.stderr


def test_every_file_follows_the_schema_of_compose(rendered: Path) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    done = run_tool("check-jsonschema", *schema, *compose_files(rendered))
    assert done.returncode == 0, said(done)


def test_the_schema_of_compose_refuses_a_misspelt_key(rendered: Path, tmp_path: Path) -> None:
    good = compose_files(rendered)[0].read_text("utf-8")
    bad = tmp_path / "compose.yaml"
    bad.write_text(good.replace("    mem_limit:", "    mem_limits:"), encoding="utf-8")
    done = run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", bad)
    assert done.returncode != 0
    assert "mem_limits" in done.stdout


def test_yamllint_finds_nothing(rendered: Path) -> None:
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *compose_files(rendered))
    assert done.returncode == 0, said(done)


def test_yamllint_finds_a_key_that_stands_twice(rendered: Path, tmp_path: Path) -> None:
    good = compose_files(rendered)[0].read_text("utf-8")
    bad = tmp_path / "compose.yaml"
    bad.write_text(f"{good}services: {{}}\n", encoding="utf-8")
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, bad)
    assert "duplication of key" in done.stdout


def test_nginx_accepts_every_proxy(rendered: Path, tmp_path: Path) -> None:
    files = different(rendered, "nginx.conf")
    assert files
    for conf in files:
        code, text = nginx_says(conf, tmp_path)
        assert code == 0, text


def test_every_container_has_limits_a_log_that_ends_and_no_new_rights(rendered: Path) -> None:
    for file in compose_files(rendered):
        for name, service in yaml.safe_load(file.read_text("utf-8"))["services"].items():
            assert {"mem_limit", "cpus", "logging", "restart"} <= service.keys(), (file, name)
            assert service["security_opt"] == ["no-new-privileges:true"], (file, name)


def test_no_database_is_reached_from_outside(rendered: Path) -> None:
    for file in compose_files(rendered):
        read = yaml.safe_load(file.read_text("utf-8"))
        for name, service in read["services"].items():
            if "postgres:" in service["image"] or "redis:" in service["image"]:
                assert "ports" not in service, (file, name)
                assert service["networks"] == ["back"], (file, name)
        if "back" in read["networks"]:
            assert read["networks"]["back"] == {"internal": True}
