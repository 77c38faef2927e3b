"""`outgrow up` and `down` on a real Docker engine, with Debian's servers as stand-in images."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.docs.pages import commands
from tests.engines.docker_engine import DockerEngine
from tests.integration.docker.local_runs import (
    ask,
    environment,
    free_port,
    nothing_left,
    outgrow,
    small_application,
)

pytestmark = pytest.mark.xdist_group("docker")


def test_the_sample_application_gets_healthy_and_down_leaves_nothing(
    engine: DockerEngine, sample: Path, local_images: list[str]
) -> None:
    port = free_port()
    with nothing_left(engine):
        up = outgrow(
            engine, sample, "up", "--detach", "--json", *local_images,
            "--value", f"LOAD_BALANCER_PORT={port}",
        )  # fmt: skip
        assert up.code == 0, up.err
        result = json.loads(up.out)["result"]
        assert result["ok"]
        stages = {one["name"]: one["stage"] for one in result["services"]}
        assert stages["api-migrate"] == "done"
        assert {stages[name] for name in ("api", "web", "db", "queue", "load-balancer")} == {
            "healthy"
        }
        assert f"http://127.0.0.1:{port}" in [one["url"] for one in result["addresses"]]
        assert_notes_are_kept(port)
        assert_limits_are_those_of_the_strategy(engine)
        assert_no_database_is_reachable(result["addresses"])
        down = outgrow(engine, sample, "down", "--volumes")
        assert down.code == 0, down.err


def assert_notes_are_kept(port: int) -> None:
    assert "<html" in ask(port, "GET", "/").lower()
    ask(port, "POST", "/api/notes", json.dumps({"text": "three short words"}))
    deadline = time.monotonic() + 30
    while not any(note.get("words") == 3 for note in json.loads(ask(port, "GET", "/api/notes"))):
        assert time.monotonic() < deadline, "the worker never counted the words"


def assert_limits_are_those_of_the_strategy(engine: DockerEngine) -> None:
    listed = engine.docker("ps", "--quiet", "--filter", "label=com.docker.compose.service=api")
    inspected = json.loads(engine.docker("inspect", *listed.stdout.split()).stdout)
    limits = inspected[0]["HostConfig"]
    assert limits["Memory"] == 256 * 1024 * 1024  # needs.memory_gib of `api`
    assert limits["NanoCpus"] == 250_000_000  # needs.vcpu
    assert limits["ReadonlyRootfs"]
    assert inspected[0]["Config"]["User"] == "10001:10001"


def assert_no_database_is_reachable(addresses: list[Mapping[str, str]]) -> None:
    assert not {"db", "queue"} & {one["service"] for one in addresses}


def test_the_commands_of_the_page_run_as_they_stand(
    engine: DockerEngine, sample: Path, local_images: list[str], repository: Path
) -> None:
    """Only the base image, the network of builds and the port are ours."""
    shown = commands(repository / "docs" / "up.md")
    assert [words[0] for words in shown] == ["up", "ps", "logs", "down"]
    with nothing_left(engine):
        for words in shown:
            here = [word.replace("examples/sample-app", str(sample)) for word in words]
            ours = [*local_images, "--value", f"LOAD_BALANCER_PORT={free_port()}"]
            ran = outgrow(engine, sample, *here, *(ours if words[0] == "up" else []))
            assert ran.code == 0, ran.err


def test_a_service_that_listens_elsewhere_is_explained(
    engine: DockerEngine, tmp_path: Path, local_images: list[str]
) -> None:
    folder = small_application(tmp_path, 'serve(("0.0.0.0", 3000))')
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", *local_images[2:], "--value", f"API_PORT={free_port()}")
        assert up.code == 1
    assert "its health check fails" in up.err
    assert "It listens on 3000, and the strategy says 8000" in up.err
    assert "removed again" in up.err


def test_a_crash_shows_the_last_lines(
    engine: DockerEngine, tmp_path: Path, local_images: list[str]
) -> None:
    folder = small_application(tmp_path, 'raise SystemExit("no DATABASE_URL given")')
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", *local_images[2:], "--value", f"API_PORT={free_port()}")
        assert up.code == 1
    assert "no DATABASE_URL given" in up.err


def test_a_failed_build_shows_what_docker_said(
    engine: DockerEngine, tmp_path: Path, local_images: list[str]
) -> None:
    folder = small_application(tmp_path, "pass")
    (folder / "app" / "requirements.txt").write_text("./no-such-folder\n")
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", *local_images[2:], "--value", f"API_PORT={free_port()}")
        assert up.code == 1
    assert "compose build ended with exit code" in up.err
    assert "no-such-folder" in up.err


def test_a_port_in_use_is_told_before_anything_starts(engine: DockerEngine, tmp_path: Path) -> None:
    folder = small_application(tmp_path, "pass")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with nothing_left(engine):
            up = outgrow(engine, folder, "up", "--value", f"API_PORT={port}")
    assert up.code == 3
    assert f"port {port} for api is in use by" in up.err
    assert "--value API_PORT=" in up.err


def test_an_interrupt_leaves_nothing_half_started(
    engine: DockerEngine, tmp_path: Path, local_images: list[str]
) -> None:
    folder = small_application(tmp_path, "import time; time.sleep(600)")
    with (
        nothing_left(engine),
        subprocess.Popen(
            [
                *(sys.executable, "-m", "outgrow", "up", *local_images[2:]),
                *("--value", f"API_PORT={free_port()}"),
            ],
            cwd=folder,
            env=environment(engine, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        heard = []
        for line in process.stderr:
            heard.append(line)
            if "… api" in line:
                process.send_signal(signal.SIGINT)
                break
        heard += process.stderr.readlines()
        assert process.wait(60) == 130, "".join(heard)
    assert "removing what was started" in "".join(heard)
