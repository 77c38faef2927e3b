"""Why a start failed, with everything that helps to see it: output, probe, ports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outgrow.clients.docker_inspect import Container
from outgrow.clients.listeners import Listener
from outgrow.deploy.diagnosis import diagnosis
from outgrow.deploy.log_lines import DISK_FULL
from outgrow.deploy.values import Evidence, Probe
from outgrow.operations.local_run.stages import Progress, Service


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
        found = diagnosis(self._evidence)
        if found is None:
            return "Its last lines say why; `outgrow logs` shows all of them."
        return found.remedy

    @property
    def _evidence(self) -> Evidence:
        probe = Probe(self.service, ok=False, said=self.probe, seconds=0) if self.probe else None
        return Evidence(
            slot=self.service,
            probe=probe,
            lines=self.last_lines,
            listening=self.listens,
            expected_port=self.expected_port,
            out_of_memory="memory" in self.reason,
        )


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
    full = any(DISK_FULL.search(line) for line in (*lines, container.probe))
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
