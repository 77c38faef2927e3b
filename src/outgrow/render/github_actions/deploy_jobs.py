"""Jobs that deploy: for every environment as the strategy writes them, or by back end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outgrow.render.github_actions.back_ends import (
    compose_steps,
    kubernetes_steps,
    railway_steps,
)
from outgrow.render.github_actions.ecs import ecs_steps, minutes_of_a_shift
from outgrow.render.github_actions.image_jobs import (
    log_in,
    ran_step,
    registry_permissions,
    tried_step,
)
from outgrow.render.github_actions.names import Registry, build_job, deploy_job
from outgrow.render.github_actions.sites import bundle_job, static_site_steps, vercel_steps
from outgrow.render.github_actions.stages import CONTAINERS, BackEnd, Placed, Stage
from outgrow.render.github_actions.steps import (
    Job,
    Step,
    aws_steps,
    checkout,
    expression_text,
    job,
    literal,
    runs,
    uses,
)
from outgrow.render.github_actions.test_jobs import after, commands
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Yaml
from outgrow.strategy.deploys import PipelineJob

_ON_AWS: tuple[BackEnd, ...] = ("ecs", "s3")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What all jobs that deploy have in common.

    `checks` are the jobs that must pass first, `images` the components that are built here.
    """

    system: System
    stages: tuple[Stage, ...]
    registry: Registry
    checks: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One job that deploys: what of the stage it brings up, and how the strategy writes it."""

    name: str
    stage: Stage
    placed: tuple[Placed, ...]
    written: PipelineJob | None = None
    title: str = ""


def deployments(pipeline: Pipeline) -> tuple[Deployment, ...]:
    """Return the jobs that deploy, those of one stage after those of the stage before."""
    return tuple(one for stage in pipeline.stages for one in _of_stage(pipeline, stage))


def deploy_jobs(pipeline: Pipeline) -> dict[str, Yaml]:
    """Return every job that deploys, by its name."""
    found = deployments(pipeline)
    jobs: dict[str, Yaml] = {}
    for one in found:
        if _is_site(one):
            jobs[_bundle(one)] = _bundle_job(pipeline, one)
        jobs[one.name] = _job(pipeline, one, found)
    return jobs


def runs_for(system: System, branches: Sequence[str]) -> str:
    """Return when a job runs that is for pushes to `branches`: by hand, if deploys are."""
    deploy = system.strategy.deploy
    by_hand = not deploy.automatic or deploy.strategy == "manual"
    event = "workflow_dispatch" if by_hand else "push"
    refs = [
        f"github.ref == {expression_text(f'refs/heads/{branch}')}"
        for branch in dict.fromkeys(branches)
    ]
    either = refs[0] if len(refs) == 1 else f"({' || '.join(refs)})"
    return f"github.event_name == '{event}' && {either}"


def is_tried(pipeline: Pipeline, stage: Stage, component: str) -> bool:
    """Return whether the stage before runs the same image, so that it can be asked for it."""
    before = next((one for one in pipeline.stages if one.name == stage.tried_in), None)
    return before is not None and component in _images(pipeline, before.placed)


def _of_stage(pipeline: Pipeline, stage: Stage) -> list[Deployment]:
    found = [
        Deployment(
            safe_name(name),
            stage,
            tuple(one for one in stage.placed if one.component == spec.component),
            spec,
            name,
        )
        for name, spec in pipeline.system.strategy.deploy.jobs.items()
        if spec.environment == stage.name
    ]
    done = {one.component for deployment in found for one in deployment.placed}
    rest = [one for one in stage.placed if one.component not in done]
    taken = {one.name for one in found}
    for what, placed in _grouped(rest):
        name = deploy_job(pipeline.stages, stage, what)
        while name in taken:
            name = f"{name}-too"
        taken.add(name)
        found.append(Deployment(name, stage, placed, None, f"Deploy {what} to {stage.name}"))
    return found


def _grouped(placed: Sequence[Placed]) -> list[tuple[str, tuple[Placed, ...]]]:
    """Return what one job deploys together: a machine or a cluster takes all at once."""
    found: list[tuple[str, tuple[Placed, ...]]] = [
        (one.component, (one,)) for one in placed if one.back_end in ("railway", "vercel", *_ON_AWS)
    ]
    for together in ("compose", "kubernetes"):
        group = tuple(one for one in placed if one.back_end == together)
        if group:
            found.append((together, group))
    return found


def _job(pipeline: Pipeline, one: Deployment, found: Sequence[Deployment]) -> Job:
    system, stage = pipeline.system, one.stage
    images = _images(pipeline, one.placed)
    url = next((stage.settings.urls.get(p.component) for p in one.placed), None)
    environment: Yaml = {"name": stage.name, **({"url": literal(url)} if url else {})}
    where = system.where("environments", stage.name)
    first = _needs(pipeline, one, found, images)
    needs: dict[str, Yaml] = {"needs": first} if first else {}
    on_ecs = any(placed.back_end == "ecs" for placed in one.placed)
    watched = minutes_of_a_shift(system) if on_ecs else 0
    return job(
        literal(one.title),
        _steps(pipeline, one, images),
        permissions=_permissions(pipeline, one, images),
        minutes=(45 if images else 20) + watched,
        **needs,
        if_=runs_for(system, [stage.branch]),
        environment=Commented(environment, _gate(stage, where)),
        concurrency={"group": one.name, "cancel-in-progress": False},
    )


def _gate(stage: Stage, where: str) -> str:
    rules = stage.settings.rules
    if rules.approval or rules.confirm_by_name:
        return (
            f"{where}: somebody has to approve, which GitHub asks of the environment's reviewers."
        )
    return where


def _needs(
    pipeline: Pipeline, one: Deployment, found: Sequence[Deployment], images: Sequence[str]
) -> list[Yaml]:
    first = after(one.written) if one.written is not None else list(pipeline.checks)
    bundle = [_bundle(one)] if _is_site(one) else []
    names = [*first, *(build_job(image) for image in images), *bundle]
    for other in found:
        if other.name != one.name and _goes_before(pipeline.system, other, one):
            names.append(other.name)
    return list(dict.fromkeys(names))


def _goes_before(system: System, other: Deployment, one: Deployment) -> bool:
    """Return whether `other` has to be done: a stage before, or a schema that `one` needs."""
    if other.stage.name != one.stage.name:
        return other.stage.branch == one.stage.branch and one.stage.is_production
    components = system.strategy.components
    wanted = {name for p in one.placed for name in components[p.component].talks_to}
    migrating = {p.component for p in other.placed if components[p.component].run.migrate}
    back = {name for p in other.placed for name in components[p.component].talks_to}
    both = back & {p.component for p in one.placed}
    return bool(wanted & migrating) and not both and other.written is not one.written


def _images(pipeline: Pipeline, placed: Sequence[Placed]) -> list[str]:
    names = {one.component for one in placed if one.back_end in CONTAINERS}
    return [name for name in pipeline.images if name in names]


def _permissions(
    pipeline: Pipeline, one: Deployment, images: Sequence[str]
) -> dict[str, Yaml] | None:
    found: dict[str, Yaml] = {} if _is_site(one) else {"contents": "read"}
    asks_registry = _asks_registry(pipeline, one, images)
    if _needs_aws(one) or (asks_registry and pipeline.registry == "ecr"):
        found["id-token"] = "write"
    if asks_registry and pipeline.registry == "ghcr":
        found |= registry_permissions("ghcr", write=_is_tried_later(pipeline, one))
    return found


def _asks_registry(pipeline: Pipeline, one: Deployment, images: Sequence[str]) -> bool:
    """Return whether the job itself reads tags or writes them; machines pull by themselves."""
    copied = any(p.back_end == "ecs" and p.component in images for p in one.placed)
    noted = bool(images) and _is_tried_later(pipeline, one)
    return copied or noted or any(is_tried(pipeline, one.stage, name) for name in images)


def _needs_aws(one: Deployment) -> bool:
    on_aws = any(p.back_end in _ON_AWS for p in one.placed)
    on_eks = one.stage.on_eks and any(p.back_end == "kubernetes" for p in one.placed)
    written = one.written.runs if one.written else []
    return on_aws or on_eks or any(line.split()[:1] == ["aws"] for line in written)


def _is_tried_later(pipeline: Pipeline, one: Deployment) -> bool:
    return any(stage.tried_in == one.stage.name for stage in pipeline.stages)


def _steps(pipeline: Pipeline, one: Deployment, images: Sequence[str]) -> list[Step]:
    tried = [c for c in images if is_tried(pipeline, one.stage, c)]
    noted = images if _is_tried_later(pipeline, one) else []
    # A static site comes as files that another job has built.
    source = [] if _is_site(one) else [checkout()]
    found = [*source, *_access(pipeline, one, images)]
    found += [tried_step(one.stage, component) for component in tried]
    found += _by_back_end(pipeline, one, images)
    return [*found, *(ran_step(one.stage, component) for component in noted)]


def _access(pipeline: Pipeline, one: Deployment, images: Sequence[str]) -> list[Step]:
    found: list[Step] = []
    asks_registry = _asks_registry(pipeline, one, images)
    if asks_registry:
        found = [
            uses("docker/setup-buildx-action", "Set up Buildx"),
            *log_in(pipeline.system, pipeline.registry),
        ]
    has_role = asks_registry and pipeline.registry == "ecr"
    if _needs_aws(one) and not has_role and not _is_site(one):
        found += aws_steps(pipeline.system.region)
    return found


def _is_site(one: Deployment) -> bool:
    return one.written is None and any(p.back_end == "s3" for p in one.placed)


def _bundle(one: Deployment) -> str:
    return f"bundle-{one.name.removeprefix('deploy-')}"


def _bundle_job(pipeline: Pipeline, one: Deployment) -> Job:
    when = runs_for(pipeline.system, [one.stage.branch])
    needs: dict[str, Yaml] = {"needs": list(pipeline.checks)} if pipeline.checks else {}
    return bundle_job(pipeline.system, one.stage, one.placed[0].component, **needs, if_=when)


def _by_back_end(pipeline: Pipeline, one: Deployment, images: Sequence[str]) -> list[Step]:
    system, stage = pipeline.system, one.stage
    if one.written is not None:
        return _as_written(system, one, images)
    first = one.placed[0]
    spec = system.strategy.components[first.component]
    if first.back_end == "railway":
        return railway_steps(system, first)
    if first.back_end == "vercel":
        return vercel_steps(system, stage, first)
    if first.back_end == "s3":
        return static_site_steps(system, stage, first.component)
    if first.back_end == "ecs":
        return ecs_steps(system, stage, first, spec, is_built=bool(images))
    if first.back_end == "kubernetes":
        return kubernetes_steps(system, stage, list(images))
    return compose_steps(system, list(images))


def _as_written(system: System, one: Deployment, images: Sequence[str]) -> list[Step]:
    """Return the strategy's commands; on ECS, after the service was given the new image."""
    if one.written is None:
        return []
    step = runs("Run what the strategy says", commands(one.written))
    where = system.where("deploy", "jobs", one.title)
    own: Step = {"name": step["name"], "run": Commented(step["run"], where)}
    on_ecs = [p for p in one.placed if p.back_end == "ecs" and p.component in images]
    before: list[Step] = []
    for placed in on_ecs:
        spec = system.strategy.components[placed.component]
        before += ecs_steps(system, one.stage, placed, spec, is_built=True)
    return [*before, own]
