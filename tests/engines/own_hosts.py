"""A strategy of a test that runs on machines of the team's own, and its fleet behind HAProxy."""

from __future__ import annotations

import random
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.engines.processes import free_port

from outgrow.deploy.values import Version
from outgrow.operations.deploying.own_hosts.build import build_fleet, recipe_of, site_of
from outgrow.operations.deploying.own_hosts.fleet import OwnHosts
from outgrow.operations.deploying.own_hosts.take_down import take_down
from outgrow.operations.local_run.prepare import chosen_system
from outgrow.operations.opened import Opened, open_strategy
from outgrow.render.system.model import System

APPLICATION = Path(__file__).parent / "applications" / "versioned.py"
_PORTS = 12


@dataclass(frozen=True)
class Wish:
    """What a test's strategy says; `hosts` and `proxy` are laid over the usual ones."""

    instances: int = 1
    needs: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, Any] = field(default_factory=lambda: {"here": {"runner": "processes"}})
    proxy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnSite:
    """A strategy in a folder of its own, and where its proxy listens."""

    folder: Path
    public: int
    opened: Opened
    system: System

    @property
    def fleet(self) -> OwnHosts:
        """Return a fleet as a new command would make it."""
        part = self.system.part("api")
        assert part is not None
        return build_fleet(
            site_of(self.opened, self.system), part, recipe_of(self.opened, self.system, part)
        )

    @property
    def home(self) -> Path:
        """Return where everything of outgrow's lies."""
        return self.folder / ".outgrow" / "deploy" / "production"

    def version(self, name: str, *, healthy: bool | None = None) -> Version:
        """Return a version of the sample application that calls itself `name`."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        shutil.copy(APPLICATION, folder / "versioned.py")
        (folder / "name").write_text(name)
        if healthy is not None:
            (folder / "healthy").write_text("yes" if healthy else "no")
        return Version(name, self.fleet.resolve(name), label=name)


def first_free_port() -> int:
    """Return a port from which on all that a site needs are free, none that clients are given."""
    while True:
        first = random.randrange(10_000, 32_000)
        with ExitStack() as stack:
            try:
                for port in range(first, first + _PORTS):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


@contextmanager
def own_site(folder: Path, wish: Wish | None = None) -> Iterator[OwnSite]:
    """Yield a strategy with one service; everything that it started ends with the block."""
    public = free_port()
    path = folder / "outgrow.yaml"
    path.write_text(yaml.safe_dump(_strategy(wish or Wish(), public), sort_keys=False))
    opened = open_strategy(str(path))
    site = OwnSite(folder, public, opened, chosen_system(opened, "live", None))
    try:
        yield site
    finally:
        end(site)


def end(site: OwnSite) -> None:
    """End the proxy and what runs in every slot that the strategy has by now."""
    opened = open_strategy(str(site.opened.path))
    take_down(opened, chosen_system(opened, "live", None))


def _strategy(wish: Wish, public: int) -> dict[str, Any]:
    command = {"command": 'exec python3 versioned.py "$(cat name)"', "stop_seconds": 5}
    api = {
        "kind": "service",
        "needs": {"ports": [8000], "health_path": "/healthz", **wish.needs},
        "run": {k: v for k, v in {**command, **wish.run}.items() if v is not None},
        "secrets": dict(wish.secrets),
    }
    proxy = {"listen": f"127.0.0.1:{public}", "first_port": first_free_port(), **wish.proxy}
    use = {"offering": "self-hosted/docker", "instances": {"minimum": wish.instances}}
    return {
        "outgrow": 1,
        "name": "shop",
        "components": {"api": api},
        "phases": {"live": {"use": {"api": use}}},
        "environments": {"production": {"machines": dict(wish.hosts), "proxy": proxy}},
    }
