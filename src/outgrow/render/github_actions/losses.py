"""What of a strategy these workflows leave out, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.github_actions.deploy_jobs import Pipeline, deployments, is_tried
from outgrow.render.github_actions.machine_previews import is_on_machine, previewed_components
from outgrow.render.github_actions.previews import PREVIEWED
from outgrow.render.github_actions.stages import CONTAINERS, Placed, Stage
from outgrow.render.system.model import System
from outgrow.render.target import Loss

_ROLLS_ONLY = ("railway", "vercel", "compose", "kubernetes", "s3")
_NO_MIGRATION = ("railway", "vercel", "s3")


def losses(
    pipeline: Pipeline, previews: tuple[Stage, ...], left_out: tuple[Stage, ...]
) -> tuple[Loss, ...]:
    """Return everything that these workflows do not do."""
    found = [_branch(stage) for stage in left_out]
    for stage in pipeline.stages:
        for placed in stage.placed:
            found += _of_placed(pipeline, stage, placed)
    found += _written(pipeline)
    found += _strategy(pipeline)
    for stage in previews:
        found += _preview(pipeline.system, stage)
    found += _preview_by_branch(pipeline)
    return tuple(dict.fromkeys(found))


def _branch(stage: Stage) -> Loss:
    return Loss(
        "github-actions-branch",
        ("environments", stage.name, "branch"),
        f"{stage.name} is deployed from {stage.branch!r}.",
        "Only letters, digits and `. _ - /` can be a branch's name here, without a pattern.",
        "Name one branch.",
    )


def _of_placed(pipeline: Pipeline, stage: Stage, placed: Placed) -> Iterator[Loss]:
    spec = pipeline.system.strategy.components[placed.component]
    path = ("components", placed.component)
    written = any(
        job.environment == stage.name and job.component == placed.component
        for job in pipeline.system.strategy.deploy.jobs.values()
    )
    if placed.back_end == "unknown" and not written and not _watches_machines(pipeline, placed):
        yield Loss(
            "github-actions-back-end",
            path,
            f"{placed.component} is deployed to {placed.offering or 'a place without a name'}.",
            "No job here knows how this place takes a new version.",
            f"Write the commands as a job of `deploy.jobs` with `environment: {stage.name}`.",
        )
    if spec.run.migrate and (placed.back_end in _NO_MIGRATION):
        yield Loss(
            "github-actions-migrations",
            (*path, "run", "migrate"),
            f"{placed.component} migrates its database before a new version starts.",
            "The platform builds and starts it; a job here does not reach its database.",
            "Enter the command as the platform's pre-deploy command.",
        )
    built = placed.back_end in CONTAINERS and placed.component in pipeline.images
    if stage.tried_in and built and not is_tried(pipeline, stage, placed.component):
        yield Loss(
            "github-actions-promotion",
            ("environments", stage.name, "rules", "migrations_first_in"),
            f"{stage.name} only runs what {stage.tried_in} has run.",
            f"{stage.tried_in} does not run {placed.component} from an image of this pipeline.",
            f"Run it there in the same way, or give {stage.name} reviewers.",
        )


def _watches_machines(pipeline: Pipeline, placed: Placed) -> bool:
    """Return whether it is a function that stops idle machines: its code comes with them."""
    strategy = pipeline.system.strategy
    stopped = {rule.component for rule in strategy.idle_machines}
    talks_to = strategy.components[placed.component].talks_to
    return placed.offering.startswith("aws/lambda") and not stopped.isdisjoint(talks_to)


def _written(pipeline: Pipeline) -> Iterator[Loss]:
    for one in deployments(pipeline):
        if one.written is None:
            continue
        for placed in one.placed:
            if placed.back_end in ("compose", "kubernetes"):
                yield Loss(
                    "github-actions-own-deploy",
                    ("deploy", "jobs", one.title),
                    f"{one.title} deploys {placed.component}.",
                    "Its commands are the team's own: nothing hands them the image that was built.",
                    "Leave the job out of `deploy.jobs`, and one is rendered.",
                )


def _strategy(pipeline: Pipeline) -> Iterator[Loss]:
    kind = pipeline.system.strategy.deploy.strategy
    if kind not in ("canary", "blue_green"):
        return
    back_ends = {p.back_end for stage in pipeline.stages for p in stage.placed}
    for back_end in (one for one in _ROLLS_ONLY if one in back_ends):
        yield Loss(
            "github-actions-deploy-strategy",
            ("deploy", "strategy"),
            f"Deploys are {kind}.",
            f"The job for {back_end} replaces the old version; it cannot hold two side by side.",
            "On ECS the service itself does it (the target terraform-aws); `outgrow deploy` does "
            "it on machines and clusters.",
        )


def _preview(system: System, stage: Stage) -> Iterator[Loss]:
    path = ("environments", stage.name, "preview")
    if stage.settings.previews is not None:
        yield from _machine_preview(system, stage)
        return
    for placed in stage.placed:
        if placed.back_end not in PREVIEWED:
            yield Loss(
                "github-actions-preview",
                path,
                f"Every pull request gets a {placed.component} of its own.",
                f"{placed.offering or 'Its place'} has no previews that a job could ask for.",
                "Leave it out of the environment with `only`, or preview it on Vercel or Railway.",
            )
    if stage.settings.preview_hours is not None:
        yield Loss(
            "github-actions-preview-hours",
            ("environments", stage.name, "preview_hours"),
            "A preview lives for some hours.",
            "The workflow takes it down when its pull request is closed, and not before.",
            "Close what nobody works on.",
        )


def _machine_preview(system: System, stage: Stage) -> Iterator[Loss]:
    path = ("environments", stage.name, "preview")
    if not is_on_machine(stage):
        yield Loss(
            "github-actions-preview",
            path,
            "Every pull request gets a preview, as a program of the machine.",
            "A job here builds images, and a program is made of a folder of the machine.",
            "Write `previews/runner: docker`, or run `outgrow preview make` on the machine.",
        )
        return
    if stage.settings.preview == "branch":
        yield Loss(
            "github-actions-preview",
            path,
            "Every branch gets a preview.",
            "The workflow makes one when a pull request is opened, and not before.",
            "Write `preview: pull_request`; or run `outgrow preview make` on the machine.",
        )
    previewed = previewed_components(system, stage)
    for placed in stage.placed:
        if placed.component not in previewed:
            yield Loss(
                "github-actions-preview",
                path,
                f"Every pull request gets a {placed.component} of its own.",
                "A preview has the components that requests reach.",
                "Leave it out of the environment with `only`.",
            )


def _preview_by_branch(pipeline: Pipeline) -> Iterator[Loss]:
    for name, settings in pipeline.system.strategy.environments.items():
        if settings.preview == "branch" and settings.previews is None:
            yield Loss(
                "github-actions-preview",
                ("environments", name, "preview"),
                "Every branch gets a preview.",
                "The workflow knows when a pull request is closed, not when a branch is done with.",
                "Write `preview: pull_request`.",
            )
