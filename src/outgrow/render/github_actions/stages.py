"""Which environments the pipeline deploys to, from which branch, and onto what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow.render.kubernetes.placement import names_cluster
from outgrow.render.system.build import APPLICATION_KINDS
from outgrow.render.system.model import System
from outgrow.strategy.assignments import Assignment, merge_assignment
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.environments import Environment

BackEnd = Literal["railway", "vercel", "ecs", "s3", "compose", "kubernetes", "unknown"]
CONTAINERS: tuple[BackEnd, ...] = ("ecs", "compose", "kubernetes")
_BY_OFFERING: tuple[tuple[str, BackEnd], ...] = (
    ("railway/", "railway"),
    ("vercel/", "vercel"),
    ("aws/fargate", "ecs"),
    ("aws/ecs", "ecs"),
    ("aws/s3", "s3"),
)
_MACHINES = ("self-hosted/docker", "aws/ec2", "digitalocean/droplet", "hetzner/")


@dataclass(frozen=True, slots=True)
class Placed:
    """A component of our own in an environment, and what deploys it."""

    component: str
    offering: str
    back_end: BackEnd


@dataclass(frozen=True, slots=True)
class Stage:
    """An environment that the pipeline deploys to.

    `components` are those that run there, `placed` those of our own code. `tried_in` is the
    environment that must have run the same image first.
    """

    name: str
    branch: str
    is_production: bool
    settings: Environment
    components: tuple[str, ...]
    placed: tuple[Placed, ...]
    has_cdn: bool
    on_eks: bool
    tried_in: str | None = None

    def of(self, *back_ends: BackEnd) -> tuple[Placed, ...]:
        """Return what one of `back_ends` deploys."""
        return tuple(one for one in self.placed if one.back_end in back_ends)


def stages(system: System) -> tuple[Stage, ...]:
    """Return the environments with a branch, production last."""
    strategy = system.strategy
    production = strategy.production
    main = _settings(system, production).branch or "main"
    names = [
        name
        for name, settings in strategy.environments.items()
        if name != production and settings.preview == "none" and _is_deployed(system, name)
    ]
    first = _settings(system, production).rules.migrations_first_in
    found = [_stage(system, name, main, None) for name in names]
    known = {stage.name for stage in found}
    return (*found, _stage(system, production, main, first if first in known else None))


def previews(system: System) -> tuple[Stage, ...]:
    """Return the environments that every pull request gets one of.

    On machines of our own a branch gets one with its pull request.
    """
    return tuple(
        _stage(system, name, "", None)
        for name, settings in system.strategy.environments.items()
        if settings.preview == "pull_request"
        or (settings.preview == "branch" and settings.previews is not None)
    )


def _is_deployed(system: System, name: str) -> bool:
    settings = _settings(system, name)
    first = _settings(system, system.strategy.production).rules.migrations_first_in
    own = {job.environment for job in system.strategy.deploy.jobs.values()}
    return settings.branch is not None or name in ("staging", first) or name in own


def _settings(system: System, name: str) -> Environment:
    return system.strategy.environments.get(name, Environment())


def _stage(system: System, name: str, main: str, tried_in: str | None) -> Stage:
    settings = _settings(system, name)
    chosen = _assignments(system, name, settings)
    offered = {component: one.offering or "" for component, one in chosen.items()}
    components = system.strategy.components
    clusters = [
        c for c, o in offered.items() if o == "aws/eks" or names_cluster(components[c].stack)
    ]
    placed = [
        Placed(component, offered[component], _back_end(offered[component], bool(clusters)))
        for component in offered
        if components[component].kind in APPLICATION_KINDS - {ComponentKind.SANDBOX_POOL}
        and not _is_part_of_another(chosen, component)
    ]
    return Stage(
        name=name,
        branch=settings.branch or main,
        is_production=name == system.strategy.production,
        settings=settings,
        components=tuple(chosen),
        placed=tuple(placed),
        has_cdn=any(o.startswith("aws/cloudfront") for o in offered.values()),
        on_eks="aws/eks" in offered.values(),
        tried_in=tried_in,
    )


def _assignments(system: System, name: str, settings: Environment) -> dict[str, Assignment]:
    """Return what stands for each component: the system's own, or as the environment says."""
    if name == system.environment:
        return {
            r.component: Assignment(offering=r.offering_id or None, runs_on=r.runs_on)
            for r in system.topology.resources
        }
    shown = system.phase if settings.phase == "current" else settings.phase
    chosen = dict(system.strategy.phases[shown].use)
    for component, changed in settings.use.items():
        base = chosen.get(component)
        chosen[component] = merge_assignment(base, changed) if base else changed
    return {
        component: one
        for component, one in chosen.items()
        if not one.leave_out and (not settings.only or component in settings.only)
    }


def _is_part_of_another(chosen: dict[str, Assignment], component: str) -> bool:
    """Return whether the deploy of its host brings the component along: functions of a site."""
    one = chosen[component]
    host = chosen.get(one.runs_on or "")
    return host is not None and bool(one.offering) and host.offering == one.offering


def _back_end(offering: str, has_cluster: bool) -> BackEnd:
    for start, back_end in _BY_OFFERING:
        if offering.startswith(start):
            return back_end
    if offering.startswith("self-hosted/docker") and has_cluster:
        return "kubernetes"
    return "compose" if offering.startswith(_MACHINES) else "unknown"
