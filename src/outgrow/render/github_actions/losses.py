"""What a strategy asks of a pipeline and GitHub Actions cannot give."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.github_actions.stages import Stage
from outgrow.render.system.model import System
from outgrow.render.target import Loss


def losses(
    system: System, found: tuple[Stage, ...], previewed: tuple[Stage, ...]
) -> tuple[Loss, ...]:
    """Return everything of the strategy that the workflows leave out."""
    return tuple(
        [
            *(loss for stage in found for loss in _of_stage(system, stage)),
            *(loss for stage in previewed for loss in _of_preview(stage)),
            *_of_the_strategy(system),
        ]
    )


def _of_stage(system: System, stage: Stage) -> Iterator[Loss]:
    for one in stage.of("unknown"):
        yield Loss(
            "github-actions-deploy",
            ("components", one.component),
            f"{one.component} is deployed to {one.offering or 'nothing named'} ({stage.name}).",
            "No workflow is known for this offering.",
            "Say in `deploy.jobs` which commands deploy it, with its `component`.",
        )
    for one in stage.of("compose") if stage.name == system.environment else ():
        part = system.part(one.component)
        if part is not None and part.instances.maximum > 1:
            yield Loss(
                "github-actions-machines",
                part.resource.path,
                f"{one.component} runs on up to {part.instances.maximum} machines.",
                "The workflow deploys over SSH to the one machine of DEPLOY_HOST.",
                "Let the machines fetch the image when they start, and replace them one by one.",
            )
    for one in stage.of("railway", "vercel", "s3"):
        if system.strategy.components[one.component].run.migrate:
            yield Loss(
                "github-actions-migrations",
                ("components", one.component, "run", "migrate"),
                f"{one.component} migrates its database before it starts ({stage.name}).",
                f"{one.offering} gives a workflow no place to run a command in.",
                "Set the release command in the provider's own configuration.",
            )


def _of_preview(stage: Stage) -> Iterator[Loss]:
    for one in stage.placed:
        if one.back_end != "vercel":
            yield Loss(
                "github-actions-preview",
                ("environments", stage.name, "preview"),
                f"Pull requests get a preview of {one.component}.",
                f"{one.offering or 'It'} has no environments that come and go.",
                "Limit the environment to what is on Vercel with `only`.",
            )
    if stage.settings.preview_hours is not None:
        yield Loss(
            "github-actions-preview-hours",
            ("environments", stage.name, "preview_hours"),
            f"Previews end after {stage.settings.preview_hours} hours.",
            "A workflow takes a preview away when its pull request is closed.",
            "Close pull requests that nobody works on.",
        )


def _of_the_strategy(system: System) -> Iterator[Loss]:
    deploy = system.strategy.deploy
    if deploy.strategy in ("canary", "blue_green"):
        yield Loss(
            "github-actions-deploy-strategy",
            ("deploy", "strategy"),
            f"Deploys are {deploy.strategy}.",
            "The workflow hands over the new version; how it is brought in is up to the platform.",
            "The infrastructure's own files say it, where they can.",
        )
