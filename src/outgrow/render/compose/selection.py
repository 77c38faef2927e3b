"""Which parts of a system become containers of a Compose file."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.kubernetes.placement import has_cluster, place
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import ComponentKind

_CONTAINER_OFFERINGS = frozenset(
    {
        "self-hosted/docker",
        "self-hosted/postgres",
        "self-hosted/redis",
        "self-hosted/mongodb",
        "self-hosted/nginx",
    }
)
_IN_CONTAINERS = (Role.APPLICATION, Role.STORE)


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts that run, and those that would and cannot."""

    parts: tuple[Part, ...]
    without_image: tuple[Part, ...]
    copies: tuple[Part, ...]


def self_hosted(system: System) -> Selection:
    """Return the parts that the strategy itself runs in containers on machines."""
    on_cluster = {one.name for one in place(system).parts} if has_cluster(system) else set()
    ours = [one for one in system.parts if _is_ours(one) and one.name not in on_cluster]
    return _sorted_out(system, ours)


def everything(system: System) -> Selection:
    """Return all applications, stores and load balancers, whatever they are rented from."""
    return _sorted_out(system, list(system.parts))


def selected(system: System) -> Selection:
    """Return what a Compose file of `system` holds: what is self-hosted, or all of a laptop."""
    chosen = self_hosted(system)
    if chosen.parts or not is_development(system):
        return chosen
    return everything(system)


def is_development(system: System) -> bool:
    """Return whether the environment is for a laptop."""
    return not system.is_production and system.environment.lower().startswith(("dev", "local"))


def _is_ours(part: Part) -> bool:
    return part.resource.offering_id in _CONTAINER_OFFERINGS


def _sorted_out(system: System, parts: list[Part]) -> Selection:
    wanted = [part for part in parts if part.role in _IN_CONTAINERS or _has_own_image(part)]
    copies = [part for part in wanted if _is_copy(system, part)]
    others = [part for part in wanted if part not in copies]
    run = [part for part in others if part.image is not None or part.build is not None]
    names = {part.name for part in run if part.role is Role.APPLICATION}
    proxies = [
        part
        for part in parts
        if part.kind is ComponentKind.LOAD_BALANCER and names & set(part.links)
    ]
    return Selection(
        parts=tuple(part for part in system.parts if part in run or part in proxies),
        without_image=tuple(part for part in others if part not in run),
        copies=tuple(copies),
    )


def _has_own_image(part: Part) -> bool:
    """Return whether a part is a container by its own words: a mail catcher, a dashboard."""
    in_containers = part.resource.offering_id == "self-hosted/docker"
    return in_containers and (part.spec.run.image is not None or part.spec.build is not None)


def _is_copy(system: System, part: Part) -> bool:
    """Return whether a store only exists beside another of its kind: a replica, its machine."""
    if part.role is not Role.STORE or _has_own_image(part):
        return False
    linked = [system.part(name) for name in part.links]
    return any(one is not None and one.kind is part.kind for one in linked)
