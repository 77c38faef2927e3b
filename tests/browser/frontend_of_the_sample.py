"""The frontend of examples/app: its packages installed once, built, and served beside its API."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.commands import REPOSITORY
from tests.engines.processes import answers, free_port, running
from tests.tools import said, tool

FRONTEND = REPOSITORY / "examples" / "app" / "frontend"
# Installed once for each lock file, beside the other programs of the tests.
_PACKAGES = REPOSITORY / ".tools" / "app-frontend"
_SOURCES = ("index.html", "package.json", "public", "src", "tsconfig.json", "vite.config.ts")
_NGINX = """\
daemon off;
# One process, which stays who it is and may read the folder of the test.
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  gzip on; gzip_types text/css application/javascript application/json image/svg+xml;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    location /api/ {{ proxy_pass {api}; proxy_set_header Host $host; }}
    location /assets/ {{ add_header Cache-Control "public, max-age=31536000, immutable"; }}
    location / {{ try_files $uri /index.html; }}
  }}
}}
"""


def _packages() -> Path:
    """Return the folder with the packages of the lock file."""
    lock = (FRONTEND / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock + (FRONTEND / "package.json").read_bytes()).hexdigest()
    _PACKAGES.mkdir(parents=True, exist_ok=True)
    stamp = _PACKAGES / "installed"
    with (_PACKAGES / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(FRONTEND / name, _PACKAGES)
            _npm(_PACKAGES, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
            stamp.write_text(wanted)
    return _PACKAGES / "node_modules"


def frontend_in(folder: Path) -> Path:
    """Return a copy of the frontend with its packages, in which npm's scripts run."""
    copy = folder / "frontend"
    copy.mkdir()
    for name in _SOURCES:
        source = FRONTEND / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    (copy / "node_modules").symlink_to(_packages())
    return copy


def _npm(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [tool("npm"), "--silent", *words],
        cwd=folder, env={**os.environ, "NO_COLOR": "1"}, text=True, capture_output=True,
        timeout=240, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    return done.stdout


def run_script(frontend: Path, name: str) -> str:
    """Run a script of package.json and return what it printed."""
    return _npm(frontend, "run", name)


@contextmanager
def served_page(built: Path, api: str, folder: Path) -> Iterator[str]:
    """Yield the address of nginx with the built page and, below /api/, the API."""
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port, root=built, api=api))
    command = [tool("nginx"), "-p", str(folder), "-c", str(configuration)]
    with running(command, folder, lambda: answers(port)):
        yield f"http://127.0.0.1:{port}"
