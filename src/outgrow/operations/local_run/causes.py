"""Why a start failed, with everything that helps to see it: output, probe, ports."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outgrow.clients.docker_inspect import Container
from outgrow.clients.listeners import Listener
from outgrow.operations.local_run.stages import Progress, Service

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.I)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is known about a service that failed.

    `probe` is the last answer of its health check, `listens` the ports that are open inside
    its container (None where that cannot be seen), `expected_port` the one that should be.
    """

    service: str
    reason: str
    last_lines: tuple[str, ...]
    probe: str = ""
    listens: tuple[int, ...] | None = None
    expected_port: int | None = None
    disk_full: bool = False

    @property
    def advice(self) -> str:
        """Return what to look at first."""
        if self.disk_full:
            return (
                "Make room where its last lines say: `docker system df --verbose` shows what "
                "volumes and images take, `docker system prune` removes what nothing uses."
            )
        if "executable file not found" in self.probe:
            return (
                "Its health check runs a program that the image does not have: install it there, "
                "or say another check (`run.health`)."
            )
        if self.listens is not None and self.expected_port is not None:
            if not self.listens:
                return "Nothing listens in the container yet: its last lines say why."
            if self.expected_port not in self.listens:
                ports = ", ".join(map(str, self.listens))
                return (
                    f"It listens on {ports}, and the strategy says {self.expected_port} "
                    "(`needs.ports`): change one of the two. An application that listens on "
                    "127.0.0.1 only cannot be reached either: use 0.0.0.0."
                )
        if "memory" in self.reason:
            return "Give it more (`needs.memory_gib_limit`), or make it need less."
        return "Its last lines say why; `outgrow logs` shows all of them."


def cause_of(
    failed: Progress,
    services: Sequence[Service],
    last_lines: Callable[[Container], tuple[str, ...]],
    listeners: Callable[[int], tuple[Listener, ...]],
) -> Cause:
    """Return what can be found out about `failed`, through the two ways of looking given."""
    container = failed.container
    service = next(one for one in services if one.name == failed.service)
    if container is None:
        return Cause(failed.service, failed.reason or "it was never started", ())
    heard = listeners(container.pid) if container.pid else ()
    lines = last_lines(container)
    full = any(_DISK_FULL.search(line) for line in (*lines, container.probe))
    return Cause(
        service=failed.service,
        reason=f"the disk it writes to is full: {failed.reason}" if full else failed.reason,
        last_lines=lines,
        probe=container.probe,
        # Docker answers names on a port of its own inside a container, on this address.
        listens=tuple(one.port for one in heard if one.address != "127.0.0.11")
        if container.pid
        else None,
        expected_port=service.port,
        disk_full=full,
    )
