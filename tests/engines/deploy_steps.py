"""What a deploy does with a fleet, in one call each."""

from __future__ import annotations

import http.client
import os
import signal

from tests.engines.own_hosts import OwnSite
from tests.engines.replication import wait_until

from outgrow.clients.kept_programs import Supervised
from outgrow.clients.own_host import Here
from outgrow.deploy.values import FULL_WEIGHT, SlotState, Version
from outgrow.operations.deploying.own_hosts.fleet import OwnHosts


def slot(fleet: OwnHosts, name: str) -> SlotState:
    """Return one slot as it is now."""
    return next(one for one in fleet.look() if one.name == name)


def start_checked(fleet: OwnHosts, name: str, version: Version) -> None:
    """Start a version in a slot, and return once the proxy finds it good."""
    fleet.start(name, version)
    fleet.admit(name)
    wait_until(lambda: slot(fleet, name).up is True, f"{name} is up")


def serve(fleet: OwnHosts, name: str, version: Version) -> None:
    """Let a version have all requests."""
    start_checked(fleet, name, version)
    fleet.weigh({name: FULL_WEIGHT})


def swap(fleet: OwnHosts, old: str, new: str) -> None:
    """Move all requests from one slot to another."""
    fleet.weigh({new: FULL_WEIGHT, old: 0})
    fleet.drain(old)


def get(port: int, path: str = "/", **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
    """Return status, body and headers of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def pid_in(site: OwnSite, name: str) -> int | None:
    """Return the number of the program in a slot of this machine."""
    place = str(site.home / "api" / name)
    return Supervised(Here(site.home)).states([place])[place].pid


def kill(site: OwnSite, name: str) -> int:
    """Kill the program in a slot by SIGKILL."""
    pid = pid_in(site, name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid
