"""How far each service has come, told from what the engine says of its container."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outgrow.clients.docker_inspect import Container

# Compose starts a container that ends again and again; twice is bad luck, more is a fault.
_TOO_MANY_RESTARTS = 2


class Stage(StrEnum):
    """How far a service has come."""

    WAITING = "waiting"  # for what it depends on
    STARTING = "starting"
    RUNNING = "running"  # it has no check that could say more
    HEALTHY = "healthy"
    DONE = "done"  # it had one thing to do, and did it
    FAILED = "failed"


READY = frozenset({Stage.RUNNING, Stage.HEALTHY, Stage.DONE})


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the project: whether it runs once and ends, and where it listens."""

    name: str
    once: bool = False
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A service with its stage, and why it failed where it did."""

    service: str
    stage: Stage
    reason: str = ""
    container: Container | None = None


def progress(services: Sequence[Service], containers: Iterable[Container]) -> tuple[Progress, ...]:
    """Return how far each service has come, in the order of `services`.

    Of several containers of a service, the one that is furthest behind counts.
    """
    by_service: dict[str, list[Container]] = {}
    for container in containers:
        by_service.setdefault(container.service, []).append(container)
    return tuple(_progress(service, by_service) for service in services)


def all_ready(found: Iterable[Progress]) -> bool:
    """Return whether every service does what it is for."""
    return all(one.stage in READY for one in found)


def failures(found: Iterable[Progress]) -> tuple[Progress, ...]:
    """Return the services that have failed."""
    return tuple(one for one in found if one.stage is Stage.FAILED)


def _progress(service: Service, by_service: Mapping[str, list[Container]]) -> Progress:
    containers = by_service.get(service.name)
    if not containers:
        return Progress(service.name, Stage.WAITING)
    order = [Stage.FAILED, Stage.WAITING, Stage.STARTING, *READY]
    told = [(*_stage(service, container), container) for container in containers]
    stage, reason, container = min(told, key=lambda one: order.index(one[0]))
    return Progress(service.name, stage, reason, container)


def _stage(service: Service, container: Container) -> tuple[Stage, str]:
    if container.state in ("created", "paused"):
        return Stage.WAITING, ""
    if container.out_of_memory:
        return Stage.FAILED, "it ran out of the memory that its offering has"
    if container.state in ("exited", "dead", "removing"):
        if service.once and container.exit_code == 0:
            return Stage.DONE, ""
        return Stage.FAILED, f"it ended with exit code {container.exit_code}"
    if container.restarts > _TOO_MANY_RESTARTS:
        return Stage.FAILED, f"it was started again {container.restarts} times"
    # Between two runs Docker calls a container unhealthy, whatever its checks said.
    if container.state == "restarting":
        return Stage.STARTING, ""
    if container.health == "unhealthy":
        return Stage.FAILED, "its health check fails"
    if container.health == "starting" or service.once:
        return Stage.STARTING, ""
    return (Stage.HEALTHY if container.health == "healthy" else Stage.RUNNING), ""
