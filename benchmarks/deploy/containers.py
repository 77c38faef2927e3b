"""Peers in Docker: `docker-compose up` that recreates, and a Swarm service with start-first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.deploy.reloads import said_by
from tests.engines.docker_engine import DockerEngine
from tests.engines.http_app.running import app_image, status
from tests.engines.processes import free_port, running
from tests.tools import said, tool

_COMPOSE = """\
version: "3.7"
services:
  shop:
    image: shop:{version}
    ports: ["127.0.0.1:{port}:8080"]
"""
_HEALTH = "python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz')\""
_NGINX = """\
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
worker_processes 2;
events { worker_connections 1024; }
http {
    access_log off;
    resolver 127.0.0.11 valid=1s;
    server {
        listen 8080;
        set $service shop;
        location / {
            proxy_pass http://$service:8080;
            proxy_http_version 1.1;
            proxy_connect_timeout 2s;
        }
    }
}
"""
_READY_SECONDS = 60


def make_images(engine: DockerEngine) -> None:
    """Make shop:v1 and shop:v2 in `engine`."""
    for version in ("v1", "v2"):
        app_image(engine, f"shop:{version}", version)


@contextmanager
def compose_recreate(
    engine: DockerEngine, folder: Path
) -> Iterator[tuple[int, Callable[[], None]]]:
    """Give the port of v1 under docker-compose, and what puts v2 in its place."""
    port, file = free_port(), folder / "docker-compose.yml"
    environment = engine.environment
    command = [tool("docker-compose"), "-p", "shop", "-f", str(file)]

    def up(version: str) -> None:
        file.write_text(_COMPOSE.format(version=version, port=port))
        said_by([*command, "up", "--detach"], environment, folder)

    up("v1")
    try:
        wait_for(port, folder)
        yield port, lambda: up("v2")
    finally:
        said_by([*command, "down", "--timeout", "1"], environment, folder)


@contextmanager
def swarm_start_first(
    engine: DockerEngine, folder: Path
) -> Iterator[tuple[int, Callable[[], None]]]:
    """Give the port of nginx before a Swarm service with v1, and what updates it to v2.

    Swarm's own routing mesh needs IPVS in the kernel, which this machine may lack; so nginx
    asks Docker's DNS for the tasks of the service every second.
    """
    port = free_port()
    (folder / "nginx.conf").write_text(_NGINX)
    _docker(engine, "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", _listen())
    try:
        _docker(engine, "network", "create", "--driver", "overlay", "--attachable", "shop")
        _docker(engine, *_service())
        _docker(engine, *_front(port, folder))
        wait_for(port, folder)
        image = ("--image", "shop:v2", "shop")
        yield (
            port,
            lambda: _docker(
                engine,
                "service",
                "update",
                "--no-resolve-image",
                "--quiet",
                "--detach=false",
                *image,
            ),
        )
    finally:
        engine.docker("rm", "--force", "front")
        engine.docker("service", "rm", "shop")
        engine.docker("swarm", "leave", "--force")


def _listen() -> str:
    return f"127.0.0.1:{free_port()}"


def _service() -> tuple[str, ...]:
    return (
        *("service", "create", "--quiet", "--detach=false", "--no-resolve-image"),
        *("--name", "shop", "--network", "shop", "--endpoint-mode", "dnsrr"),
        *("--update-order", "start-first", "--update-monitor", "1s"),
        *("--health-cmd", _HEALTH, "--health-interval", "1s", "shop:v1"),
    )


def _front(port: int, folder: Path) -> tuple[str, ...]:
    return (
        *("run", "--detach", "--name", "front", "--network", "shop"),
        *("--publish", f"127.0.0.1:{port}:8080"),
        *("--volume", f"{folder}/nginx.conf:/nginx.conf:ro"),
        *("outgrow-test-base:bookworm", "nginx", "-c", "/nginx.conf"),
    )


def _docker(engine: DockerEngine, *arguments: str) -> None:
    done = engine.docker(*arguments, timeout_seconds=120)
    if done.returncode:
        raise RuntimeError(f"docker {' '.join(arguments[:2])}: {said(done)[-2000:]}")


def wait_for(port: int, folder: Path) -> None:
    """Return once something answers well at `port`."""
    command = [tool("sleep"), str(_READY_SECONDS)]
    with running(command, folder, lambda: status(port, "/") == 200):
        pass
