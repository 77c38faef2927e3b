"""Jobs that deploy: one for each stage and what is deployed there together."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.github_actions.back_ends import (
    compose_steps,
    ecs_steps,
    kubernetes_steps,
    railway_steps,
    static_site_steps,
    vercel_steps,
)
from outgrow.render.github_actions.image_jobs import (
    built,
    log_in,
    ran_step,
    registry_permissions,
    tried_step,
)
from outgrow.render.github_actions.names import Registry, build_job, deploy_job
from outgrow.render.github_actions.stages import BackEnd, Placed, Stage
from outgrow.render.github_actions.steps import Job, Step, aws_steps, checkout, job, literal, runs
from outgrow.render.github_actions.test_jobs import after, commands
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Yaml
from outgrow.strategy.practices import PipelineJob

# What one job deploys together: containers of a machine, of a cluster.
_TOGETHER: dict[BackEnd, str] = {"compose": "containers", "kubernetes": "cluster"}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the jobs of the pipeline are made from."""

    system: System
    stages: tuple[Stage, ...]
    registry: Registry
    tests: tuple[str, ...]

    @property
    def images(self) -> list[str]:
        """Return the components whose image is built."""
        return built(self.system, self.stages)

    @property
    def is_manual(self) -> bool:
        """Return whether somebody starts each deploy."""
        return not self.system.strategy.deploy.automatic


@dataclass(frozen=True, slots=True)
class Unit:
    """What one job deploys to one stage."""

    stage: Stage
    back_end: BackEnd
    placed: tuple[Placed, ...]
    name: str
    written: tuple[str, PipelineJob] | None


def deploy_jobs(pipeline: Pipeline) -> dict[str, Yaml]:
    """Return every job that deploys, stage by stage, production last."""
    units = [unit for stage in pipeline.stages for unit in _units(pipeline, stage)]
    jobs: dict[str, Yaml] = {unit.name: _job(pipeline, unit, units) for unit in units}
    taken = {unit.written[0] for unit in units if unit.written}
    for name, spec in pipeline.system.strategy.deploy.jobs.items():
        stage = next((s for s in pipeline.stages if s.name == spec.environment), None)
        if stage is not None and name not in taken:
            jobs[safe_name(name)] = _only_as_written(pipeline, stage, name, spec)
    return jobs


def _units(pipeline: Pipeline, stage: Stage) -> list[Unit]:
    found = []
    for back_end in ("railway", "vercel", "s3", "ecs", "compose", "kubernetes"):
        placed = stage.of(back_end)
        groups = [placed] if back_end in _TOGETHER and placed else [(one,) for one in placed]
        found += [_unit(pipeline, stage, back_end, group) for group in groups]
    return found


def _unit(pipeline: Pipeline, stage: Stage, back_end: BackEnd, placed: tuple[Placed, ...]) -> Unit:
    components = {one.component for one in placed}
    written = next(
        (
            (name, spec)
            for name, spec in pipeline.system.strategy.deploy.jobs.items()
            if spec.environment == stage.name and spec.component in components
        ),
        None,
    )
    what = _TOGETHER.get(back_end, placed[0].component)
    name = safe_name(written[0]) if written else deploy_job(pipeline.stages, stage, what)
    return Unit(stage, back_end, placed, name, written)


def _job(pipeline: Pipeline, unit: Unit, units: list[Unit]) -> Job:
    images = [one.component for one in unit.placed if one.component in pipeline.images]
    steps = [checkout(), *_steps(pipeline, unit, images)]
    if unit.written:
        steps.append(_as_written(pipeline.system, *unit.written))
    return job(
        f"Deploy {', '.join(one.component for one in unit.placed)} to {unit.stage.name}",
        steps,
        permissions=_permissions(pipeline, unit, images),
        minutes=30,
        needs=_needs(pipeline, unit, units, images),
        **_gates(pipeline, unit.stage, unit.name, _address(unit)),
    )


def _steps(pipeline: Pipeline, unit: Unit, images: list[str]) -> list[Step]:
    system, stage = pipeline.system, unit.stage
    before: list[Step] = log_in(system, pipeline.registry) if images else []
    if unit.back_end == "kubernetes" and stage.on_eks and not images:
        before = aws_steps(system.region)
    if _proof_is_asked(pipeline, stage):
        before += [tried_step(stage, name) for name in images]
    proof = [ran_step(stage, name) for name in images if _is_asked_for(pipeline, stage)]
    return [*before, *_deploying(system, unit, images), *proof]


def _deploying(system: System, unit: Unit, images: list[str]) -> list[Step]:
    stage, first = unit.stage, unit.placed[0]
    spec = system.strategy.components[first.component]
    if unit.back_end == "railway":
        return railway_steps(system, first)
    if unit.back_end == "vercel":
        return vercel_steps(system, stage, first)
    if unit.back_end == "s3":
        return static_site_steps(system, stage, spec)
    if unit.back_end == "ecs":
        return ecs_steps(system, stage, first, spec)
    if unit.back_end == "compose":
        return compose_steps(system, images)
    return kubernetes_steps(system, stage, images)


def _proof_is_asked(pipeline: Pipeline, stage: Stage) -> bool:
    """Return whether another branch has to have deployed the same image before.

    On one branch the jobs wait for one another instead.
    """
    first = next((s for s in pipeline.stages if s.name == stage.tried_in), None)
    return first is not None and (first.branch != stage.branch or pipeline.is_manual)


def _is_asked_for(pipeline: Pipeline, stage: Stage) -> bool:
    later = [s for s in pipeline.stages if s.tried_in == stage.name]
    return any(_proof_is_asked(pipeline, one) for one in later)


def _needs(pipeline: Pipeline, unit: Unit, units: list[Unit], images: list[str]) -> list[Yaml]:
    wanted = [*pipeline.tests]
    if unit.written:
        wanted = after(unit.written[1]) or wanted
    wanted += [build_job(name) for name in images]
    if unit.stage.is_production and not pipeline.is_manual:
        wanted += [
            other.name
            for other in units
            if not other.stage.is_production and other.stage.branch == unit.stage.branch
        ]
    return [*dict.fromkeys(wanted)]


def _gates(pipeline: Pipeline, stage: Stage, name: str, address: str | None) -> dict[str, Yaml]:
    environment: dict[str, Yaml] = {"name": stage.name}
    if address:
        environment["url"] = literal(address)
    protected: Yaml = environment
    rules = stage.settings.rules
    if rules.approval or rules.confirm_by_name:
        where = pipeline.system.where("environments", stage.name, "rules")
        protected = Commented(
            environment,
            f"Somebody approves ({where}): give this environment required reviewers on GitHub.",
        )
    condition = f"${{{{ github.ref == 'refs/heads/{_word(stage.branch)}' }}}}"
    if pipeline.is_manual:
        condition = f"${{{{ inputs.environment == '{_word(stage.name)}' }}}}"
    return {
        "if_": condition,
        "environment": protected,
        "concurrency": {"group": name, "cancel-in-progress": False},
    }


def _word(text: str) -> str:
    """Return `text` such that it stays within the quotes of an expression."""
    return text.replace("'", "''").replace("}}", "} }")


def _address(unit: Unit) -> str | None:
    urls = [unit.stage.settings.urls.get(one.component) for one in unit.placed]
    return next((url for url in urls if url and url.startswith(("http://", "https://"))), None)


def _permissions(pipeline: Pipeline, unit: Unit, images: list[str]) -> dict[str, Yaml]:
    found: dict[str, Yaml] = {"contents": "read"}
    if images:
        write = _is_asked_for(pipeline, unit.stage)
        found |= registry_permissions(pipeline.registry, write=write)
    asks_aws = unit.back_end in ("s3", "ecs") or unit.stage.on_eks or _names_aws(unit.written)
    if asks_aws and unit.back_end not in ("railway", "vercel"):
        found["id-token"] = "write"
    return found


def _names_aws(written: tuple[str, PipelineJob] | None) -> bool:
    return written is not None and any(line.startswith("aws ") for line in written[1].runs)


def _as_written(system: System, name: str, spec: PipelineJob) -> Step:
    step = runs("Run what the strategy says", commands(spec))
    where = system.where("deploy", "jobs", name, "runs")
    return {"name": step["name"], "run": Commented(step["run"], where)}


def _only_as_written(pipeline: Pipeline, stage: Stage, name: str, spec: PipelineJob) -> Job:
    written = (name, spec)
    aws = aws_steps(pipeline.system.region) if _names_aws(written) else []
    permissions: dict[str, Yaml] = {"contents": "read"}
    if aws:
        permissions["id-token"] = "write"
    return job(
        f"Deploy to {stage.name}",
        [checkout(), *aws, _as_written(pipeline.system, name, spec)],
        permissions=permissions,
        minutes=30,
        needs=[*(after(spec) or pipeline.tests)],
        **_gates(pipeline, stage, safe_name(name), None),
    )
