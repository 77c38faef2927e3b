"""What `outgrow up` refuses on a real engine, and the causes it finds when a start fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.engines.docker_engine import BASE_IMAGE, DockerEngine
from tests.integration.docker.local_runs import (
    free_port,
    nothing_left,
    outgrow,
    small_application,
)

pytestmark = pytest.mark.xdist_group("docker")
_SLEEP = "import time; time.sleep(600)"


def strategy(folder: Path, name: str, **components: dict[str, object]) -> Path:
    """A folder with a strategy of `components`, which all run in containers here."""
    folder.mkdir(exist_ok=True)
    use = {component: {"offering": "self-hosted/docker"} for component in components}
    document = {
        "outgrow": 1,
        "name": name,
        "components": components,
        "phases": {"one": {"use": use}},
    }
    (folder / "outgrow.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return folder


def worker(program: str, **more: object) -> dict[str, object]:
    """A worker that runs one Python program on the base image: nothing has to be built."""
    return {
        "kind": "worker",
        "needs": {"vcpu": 0.5, "memory_gib": 0.125},
        "run": {
            "image": BASE_IMAGE,
            "command": ["python3", "-u", "-c", program],
            "stop_seconds": 1,
            **more,
        },
    }


def running_folders(engine: DockerEngine, project: str) -> set[str]:
    label = "com.docker.compose.project"
    listed = engine.docker(
        "ps", "--filter", f"label={label}={project}",
        "--format", f'{{{{.Label "{label}.working_dir"}}}}',
    )  # fmt: skip
    return set(listed.stdout.split())


def test_two_folders_with_strategies_of_one_name_stay_apart(
    engine: DockerEngine, tmp_path: Path
) -> None:
    first = strategy(tmp_path / "first", "twins", count=worker(_SLEEP))
    second = strategy(tmp_path / "second", "twins", count=worker(_SLEEP))
    project = "twins-production-one"
    with nothing_left(engine):
        up = outgrow(engine, first, "up", "--detach")
        assert up.code == 0, up.err
        refused = outgrow(engine, second, "up", "--detach")
        assert refused.code == 2
        assert f"the containers of {project} were started from {first}, not from" in refused.err
        assert "--project NAME" in refused.err
        assert outgrow(engine, second, "up", "--detach", "--project", "other-twin").code == 0
        taken = outgrow(engine, second, "down", "--project", project)
        assert taken.code == 2
        assert f"started from {first}" in taken.err
        assert running_folders(engine, project) == {f"{first}/.outgrow/run/one-production"}
        # The name that was given once is remembered.
        assert "other-twin" in outgrow(engine, second, "ps").out
        assert outgrow(engine, second, "down").code == 0
        assert running_folders(engine, "other-twin") == set()
        assert outgrow(engine, first, "down").code == 0


def test_missing_secrets_are_named_and_fill_stands_for_them(
    engine: DockerEngine, tmp_path: Path
) -> None:
    mail = {**worker(_SLEEP), "secrets": {"SMTP_TOKEN": "env:SMTP_TOKEN", "KEY": "env:MAIL_KEY"}}
    folder = strategy(tmp_path / "mail", "mailer", mail=mail)
    with nothing_left(engine):
        refused = outgrow(engine, folder, "up", "--detach")
        assert refused.code == 2
        assert "no value for SMTP_TOKEN, MAIL_KEY" in refused.err
        filled = outgrow(engine, folder, "up", "--detach", "--fill", "--value", "MAIL_KEY=k1")
        assert filled.code == 0, filled.err
        assert {"SMTP_TOKEN=not-set", "KEY=k1"} <= variables_of(engine, "mail")
        assert outgrow(engine, folder, "down").code == 0
        again = outgrow(engine, folder, "up", "--detach")
        assert again.code == 2
        assert "no value for SMTP_TOKEN\n" in again.err


def variables_of(engine: DockerEngine, service: str) -> set[str]:
    label = f"label=com.docker.compose.service={service}"
    (identifier,) = engine.docker("ps", "--quiet", "--filter", label).stdout.split()
    (inspected,) = json.loads(engine.docker("inspect", identifier).stdout)
    return set(inspected["Config"]["Env"])


def test_a_failing_migration_stops_the_start_and_shows_its_last_lines(
    engine: DockerEngine, tmp_path: Path
) -> None:
    program = "print('relation notes does not exist'); raise SystemExit(4)"
    migrated = worker(_SLEEP, migrate=["python3", "-c", program])
    folder = strategy(tmp_path / "app", "migrated", notes=migrated)
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", "--detach", "--json")
    assert up.code == 1
    assert "notes-migrate: it ended with exit code 4" in up.err
    assert "relation notes does not exist" in up.err
    stages = {one["name"]: one["stage"] for one in json.loads(up.out)["result"]["services"]}
    assert stages["notes-migrate"] == "failed"
    assert stages["notes"] == "waiting"


def test_a_full_disk_is_the_cause_and_not_the_service(engine: DockerEngine, tmp_path: Path) -> None:
    """The volume is a file system of 8 MiB, in which a new cluster of PostgreSQL has no room."""
    database: dict[str, object] = {"kind": "postgres", "stack": "PostgreSQL 15"}
    folder = strategy(tmp_path / "app", "full", db=database)
    tiny = {"type": "tmpfs", "device": "tmpfs", "o": "size=8m"}
    (folder / "tiny.yaml").write_text(
        yaml.safe_dump({"volumes": {"db_data": {"driver_opts": tiny}}})
    )
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", "--detach", "--json", "--file", "tiny.yaml")
    assert up.code == 3, up.err
    assert "db: the disk it writes to is full" in up.err
    assert "No space left on device" in up.err
    (service,) = json.loads(up.out)["result"]["services"]
    assert service["reason"].startswith("the disk it writes to is full")


@pytest.mark.parametrize("answers_first", [False, True])
def test_a_crash_loop_is_never_called_healthy(
    engine: DockerEngine, tmp_path: Path, answers_first: bool
) -> None:
    crash = "time.sleep(1.5); raise SystemExit('lost the database')"
    looping = worker(f"import time; {crash}")
    if answers_first:
        health = {"command": ["true"], "interval_seconds": 1, "retries": 3, "timeout_seconds": 1}
        looping = worker(f"import time; {crash}", health=health)
    folder = strategy(tmp_path / "app", "looping", count=looping)
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", "--detach")
    assert up.code == 1, up.err
    assert "count: it was started again 3 times" in up.err, up.err
    assert "lost the database" in up.err
    assert "✓" not in up.err


def test_no_build_refuses_an_absent_image_before_it_makes_anything(
    engine: DockerEngine, tmp_path: Path
) -> None:
    folder = small_application(tmp_path, "pass")
    written = (folder / "outgrow.yaml").read_text()
    (folder / "outgrow.yaml").write_text(written.replace("name: small", "name: never-built"))
    began = engine.now()
    with nothing_left(engine):
        up = outgrow(engine, folder, "up", "--no-build", "--value", f"API_PORT={free_port()}")
    assert up.code == 2, up.err
    assert "api was never built here: no never-built-api:local" in up.err
    made = engine.docker(
        "events", "--since", began, "--until", engine.now(),
        "--filter", "event=create",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "never-built" not in made.stdout
