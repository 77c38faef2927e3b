"""What a Compose file says of applications, stores, proxies, and what it cannot say."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import yaml
from tests.systems import system
from tests.unit.render.written_systems import system_with, text_of

from outgrow.render.compose.target import TARGET, local_rendering
from outgrow.render.system.model import System

SHOP = """
lb: {kind: load_balancer, talks_to: [web, api], public: true}
web: {kind: frontend, build: {framework: vite}, talks_to: [api], environment: {VITE_API: /api}}
api:
  kind: service
  build: {framework: fastapi}
  talks_to: [db, cache, web]
  secrets: {DATABASE_URL: "env:DATABASE_URL", REDIS_URL: "env:REDIS_URL", KEY: "ssm:/shop/key"}
  needs: {vcpu: 0.5, memory_gib: 0.5, memory_gib_limit: 1, longest_request_seconds: 120}
  run: {migrate: [alembic, upgrade, head]}
worker: {kind: worker, build: {framework: celery}, talks_to: [db, cache]}
db: {kind: postgres, needs: {memory_gib: 2, vcpu: 1}}
cache: {kind: redis, needs: {memory_gib: 0.25, vcpu: 0.25}}
"""
HOSTILE = "a: b #c\n${HOME} $(id) \"quoted\" 'single' {{x}} \\ %s"


def document(found: System) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text_of(TARGET.render(found), "compose.yaml"))
    return read


def services(found: System) -> dict[str, Any]:
    read: dict[str, Any] = document(found)["services"]
    return read


def codes(found: System) -> set[str]:
    return {loss.code for loss in TARGET.render(found).losses}


def test_a_container_may_take_what_its_part_has() -> None:
    api = services(system_with(SHOP))["api"]
    assert (api["mem_limit"], api["mem_reservation"], api["cpus"]) == ("1024m", "512m", 0.5)


def test_a_size_that_nobody_gave_is_said_to_be_assumed() -> None:
    text = text_of(TARGET.render(system_with("app: {kind: service, build: {}}")), "compose.yaml")
    assert "# Assumed, as" in text


def test_applications_wait_for_stores_and_migrations_and_never_in_a_circle() -> None:
    found = services(system_with(SHOP))
    assert found["api"]["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "cache": {"condition": "service_healthy"},
        "api-migrate": {"condition": "service_completed_successfully"},
    }
    assert "api-migrate" in found["worker"]["depends_on"]
    assert "api" in found["web"]["depends_on"]
    assert "depends_on" not in found["db"]


def test_addresses_of_stores_are_put_together_from_variables() -> None:
    environment = services(system_with(SHOP))["api"]["environment"]
    password = "${DB_PASSWORD?set it in .env}"
    assert environment["DATABASE_URL"] == f"postgresql://shop:{password}@db:5432/shop"
    assert environment["REDIS_URL"] == "redis://cache:6379/0"
    assert environment["KEY"] == "${KEY?set it in .env}"


def test_a_database_reads_its_password_from_a_file_and_opens_no_port() -> None:
    found = document(system_with(SHOP))
    db = found["services"]["db"]
    assert db["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/db_password"
    assert found["secrets"] == {"db_password": {"file": "./secrets/db_password"}}
    assert "ports" not in db
    assert db["networks"] == ["back"]
    assert found["networks"]["back"] == {"internal": True}


def test_stores_are_tuned_to_their_memory() -> None:
    found = services(system_with(SHOP))
    assert "shared_buffers=512MB" in found["db"]["command"]
    # Celery keeps its queue there: what is dropped is lost work.
    assert found["cache"]["command"][3:7] == [
        "--maxmemory",
        "192mb",
        "--maxmemory-policy",
        "noeviction",
    ]


def test_images_of_ours_run_read_only_and_without_rights() -> None:
    api = services(system_with(SHOP))["api"]
    assert api["read_only"] is True
    assert api["tmpfs"] == ["/tmp"]
    assert api["cap_drop"] == ["ALL"]
    assert api["stop_grace_period"] == "125s"


def test_a_proxy_sends_api_requests_to_the_service_and_the_rest_to_the_frontend() -> None:
    conf = text_of(TARGET.render(system_with(SHOP)), "lb/nginx.conf")
    assert conf.index("location /api/") < conf.index("http://api:8000")
    assert conf.index("location / {") < conf.index("http://web:8080")
    assert "proxy_read_timeout 125s;" in conf


def test_what_the_proxy_of_the_machine_asks_opens_its_port_and_only_for_this_machine() -> None:
    found = services(system_with(SHOP))
    assert {name: one["ports"] for name, one in found.items() if "ports" in one} == {
        "lb": ["${PROXY_ADDRESS:-127.0.0.1}:${LB_PORT:-8080}:8080"],
        "web": ["127.0.0.1:${WEB_PORT:-20100}:8080"],
        "api": ["127.0.0.1:${API_PORT:-20000}:8000"],
    }


def test_in_a_local_run_only_what_nobody_stands_before_opens_a_port() -> None:
    text = text_of(local_rendering(system_with(SHOP)), "compose.yaml")
    found = yaml.safe_load(text)["services"]
    assert [name for name, one in found.items() if "ports" in one] == ["lb"]


def test_everything_that_run_says_comes_out() -> None:
    run = {
        "image": "ghcr.io/shop/api:${TAG:-1.2}",
        "command": ["serve", "--all"],
        "entrypoint": "exec /start",
        "working_folder": "/srv",
        "user": "1000:1000",
        "volumes": [
            {"source": "./config", "target": "/config", "read_only": True},
            {"source": "files", "target": "/files"},
            {"target": "/scratch"},
        ],
        "publish": [
            {"container": 80, "host": 8080, "address": "0.0.0.0"},
            {"container": 53, "protocol": "udp"},
        ],
        "health": {"command": "ping $HOST", "interval_seconds": 7, "start_seconds": 90},
        "restart": "on-failure",
        "environment_files": [".env.api"],
        "profiles": ["tools"],
        "after": {"db": "started"},
        "writable_folders": ["/var/cache"],
        "stop_seconds": 45,
    }
    components = {
        "api": {"kind": "service", "run": run, "talks_to": ["db"]},
        "db": {"kind": "postgres"},
    }
    read = document(system_with(json.dumps(components)))
    api = read["services"]["api"]
    assert api["image"] == "ghcr.io/shop/api:${TAG:-1.2}"
    assert (api["command"], api["entrypoint"]) == (["serve", "--all"], "exec /start")
    assert (api["working_dir"], api["user"], api["restart"]) == ("/srv", "1000:1000", "on-failure")
    assert api["volumes"] == [
        "${PROJECT_FOLDER:-../..}/config:/config:ro",
        "files:/files",
        "/scratch",
    ]
    assert read["volumes"]["files"] == {}
    assert api["ports"] == ["0.0.0.0:${API_PORT_80_TCP:-8080}:80", "127.0.0.1::53/udp"]
    assert api["healthcheck"]["test"] == ["CMD-SHELL", "ping $$HOST"]
    assert api["healthcheck"]["interval"] == "7s"
    assert api["env_file"] == ["${PROJECT_FOLDER:-../..}/.env.api"]
    assert (api["profiles"], api["tmpfs"]) == (["tools"], ["/var/cache"])
    assert api["depends_on"] == {"db": {"condition": "service_started"}}
    assert api["stop_grace_period"] == "45s"


def test_a_health_check_can_be_switched_off() -> None:
    found = services(
        system_with("app: {kind: service, run: {image: a:1, health: {disabled: true}}}")
    )
    assert found["app"]["healthcheck"] == {"disable": True}


def test_text_of_a_strategy_is_never_interpolated() -> None:
    component = {
        "kind": "service",
        "description": HOSTILE,
        "build": {"framework": "fastapi", "arguments": {"A": HOSTILE}},
        "environment": {"B": HOSTILE},
        "run": {"command": ["x", HOSTILE]},
    }
    app = services(system_with(json.dumps({"app": component})))["app"]
    for text in (app["environment"]["B"], app["build"]["args"]["A"], app["command"][1]):
        assert text.replace("$$", "$") == HOSTILE
        assert "$" not in text.replace("$$", "")


def test_the_example_of_env_lists_every_variable_and_no_value_of_a_secret() -> None:
    rendering = TARGET.render(system_with(SHOP))
    lines = text_of(rendering, ".env.example").splitlines()
    for key in ("DB_PASSWORD=", "KEY=", "PROJECT_FOLDER=../..", "# LB_PORT=8080"):
        assert key in lines
    assert "DATABASE_URL=" not in lines


def test_two_secrets_of_one_key_keep_apart() -> None:
    text = """
one: {kind: service, run: {image: "a:1"}, secrets: {KEY: "ssm:/one"}}
two: {kind: service, run: {image: "a:1"}, secrets: {KEY: "ssm:/two"}}
"""
    found = services(system_with(text))
    assert found["one"]["environment"]["KEY"] == "${ONE_KEY?set it in .env}"
    assert found["two"]["environment"]["KEY"] == "${TWO_KEY?set it in .env}"


def test_a_managed_part_is_left_out_unless_the_whole_system_is_run_here() -> None:
    found = system_with(SHOP, db={"offering": "aws/rds-postgresql/db.t4g.medium"})
    assert "db" not in services(found)
    assert services(found)["api"]["environment"]["DATABASE_URL"] == "${DATABASE_URL?set it in .env}"
    local = yaml.safe_load(text_of(local_rendering(found), "compose.yaml"))["services"]
    assert (local["db"]["mem_limit"], local["db"]["cpus"]) == ("2048m", 1)


def test_no_container_asks_for_more_processors_than_the_machine_has() -> None:
    text = text_of(local_rendering(system_with(SHOP), Decimal("0.5")), "compose.yaml")
    assert yaml.safe_load(text)["services"]["db"]["cpus"] == 0.5
    assert "This machine has 0.5 of its 1 vCPU." in text


def test_what_one_machine_cannot_do_is_lost_by_name() -> None:
    grows = {"offering": "self-hosted/docker", "instances": {"minimum": 1, "maximum": 4}}
    assert codes(system_with(SHOP, api=grows)) == {"compose-autoscaling"}
    assert codes(system_with(SHOP, api={"offering": "self-hosted/docker", "count": 3})) == {
        "compose-replicas"
    }
    assert codes(system_with("files: {kind: object_store}")) == {"compose-no-image"}
    assert codes(system_with("a: {kind: postgres}\nb: {kind: postgres, talks_to: [a]}")) == {
        "compose-replication"
    }


def test_what_runs_on_a_cluster_is_not_for_compose() -> None:
    assert not TARGET.applies(system("nowry", "kubernetes"))


def test_several_machines_run_the_same_file() -> None:
    found = TARGET.render(system("pocketable", "multi-instance"))
    assert "each of them runs this same file" in text_of(found, "compose.yaml").replace("\n# ", " ")
    assert "compose-replicas" not in {loss.code for loss in found.losses}


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert local_rendering(system("floyo", "growth")) == local_rendering(system("floyo", "growth"))
