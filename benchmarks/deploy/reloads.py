"""Peers that swap by a reload: nginx and HAProxy whose configuration names the other version."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.http_app.running import running_app, status
from tests.engines.processes import free_port, running
from tests.tools import tool

_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream app {{ server 127.0.0.1:{target}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""
_HAPROXY = """\
global
    master-worker
    stats socket {folder}/admin.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 15s
frontend public
    bind 127.0.0.1:{port}
    default_backend app
backend app
    server one 127.0.0.1:{target} check inter 1s
"""


@contextmanager
def two_versions(folder: Path) -> Iterator[tuple[int, int]]:
    """Run v1 and v2 beside one another; give their ports."""
    old, new = free_port(), free_port()
    with running_app(folder, old, "v1"), running_app(folder, new, "v2"):
        yield old, new


@contextmanager
def nginx_reload(folder: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    """Give the port of nginx before v1, and what reloads it to v2."""
    port, file = free_port(), folder / "nginx.conf"
    with two_versions(folder) as (old, new):
        file.write_text(_NGINX.format(folder=folder, port=port, target=old))
        command = [tool("nginx"), "-p", str(folder), "-c", str(file)]
        with running(command, folder, lambda: status(port, "/") == 200) as process:

            def swap() -> None:
                file.write_text(_NGINX.format(folder=folder, port=port, target=new))
                process.send_signal(signal.SIGHUP)

            yield port, swap


@contextmanager
def haproxy_reload(folder: Path) -> Iterator[tuple[int, Callable[[], None]]]:
    """Give the port of HAProxy before v1, and what reloads it to v2."""
    port, file = free_port(), folder / "haproxy.cfg"
    with two_versions(folder) as (old, new):
        file.write_text(_HAPROXY.format(folder=folder, port=port, target=old))
        command = [tool("haproxy"), "-W", "-f", str(file), "-p", str(folder / "pid")]
        with running(command, folder, lambda: status(port, "/") == 200) as process:

            def swap() -> None:
                file.write_text(_HAPROXY.format(folder=folder, port=port, target=new))
                process.send_signal(signal.SIGUSR2)

            yield port, swap


def said_by(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run a command to its end and return what it said; raise when it failed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout
