"""From a system to the workflows of its repository."""

from __future__ import annotations

import re

from outgrow.render.github_actions.deploy_jobs import Pipeline, deploy_jobs
from outgrow.render.github_actions.image_jobs import image_jobs
from outgrow.render.github_actions.losses import losses
from outgrow.render.github_actions.names import registry_of
from outgrow.render.github_actions.preview import preview_workflow
from outgrow.render.github_actions.stages import Stage, previews, stages
from outgrow.render.github_actions.test_jobs import lint_jobs, test_jobs
from outgrow.render.github_actions.watch import watch_workflow
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Commented, Yaml, yaml_text
from outgrow.strategy.components import ComponentKind

_FOLDER = ".github/workflows"
_GITHUB = re.compile(r"\bgithub[ /-]?actions\b", re.IGNORECASE)


def applies(system: System) -> bool:
    """Return whether GitHub Actions deploys this environment, as the strategy has it."""
    return _is_used(system) and any(s.name == system.environment for s in stages(system))


def render(system: System) -> Rendering:
    """Return the workflows: test, deploy, a preview for each pull request, a daily look."""
    found, previewed = stages(system), previews(system)
    tests = test_jobs(system)
    pipeline = Pipeline(system, found, registry_of(system, found), tuple(tests))
    checks = {**tests, **lint_jobs(system)}
    deploys = deploy_jobs(pipeline)
    files = [_file("outgrow", watch_workflow(), "Says when the phase is outgrown.")]
    if checks:
        files.append(_file("ci", _ci(checks), "What every pull request has to pass."))
    if deploys:
        builds = image_jobs(system, found, pipeline.registry, list(tests))
        jobs: dict[str, Yaml] = {**tests, **builds, **deploys}
        files.append(_file("deploy", _deploy(pipeline, jobs), _about(system, found)))
    for stage in previewed:
        if stage.of("vercel"):
            text = f"One address a pull request ({system.where('environments', stage.name)})."
            files.append(_file(f"preview-{stage.name}", preview_workflow(system, stage), text))
    return Rendering(
        files=tuple(sorted(files, key=lambda file: file.path)),
        losses=losses(system, found, previewed),
        covers=_covered(system),
        commands=_commands(found),
    )


TARGET = Target(name="github-actions", title="GitHub Actions", applies=applies, render=render)


def _is_used(system: System) -> bool:
    strategy = system.strategy
    runners = [s for s in strategy.components.values() if s.kind is ComponentKind.CI_RUNNERS]
    named = [strategy.deploy.pipeline, *(spec.stack for spec in runners)]
    on_github = any(part.service.startswith("github/") for part in system.parts)
    return on_github or any(_GITHUB.search(text) for text in named)


def _covered(system: System) -> frozenset[str]:
    runners = [p.name for p in system.parts if p.kind is ComponentKind.CI_RUNNERS]
    return frozenset(runners)


def _ci(jobs: dict[str, Yaml]) -> Yaml:
    return {
        "name": "CI",
        "on": {"pull_request": {}},
        "permissions": {},
        "concurrency": {"group": "ci-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": jobs,
    }


def _deploy(pipeline: Pipeline, jobs: dict[str, Yaml]) -> Yaml:
    branches = [*dict.fromkeys(stage.branch for stage in pipeline.stages)]
    trigger: dict[str, Yaml] = {"push": {"branches": branches}}
    if pipeline.is_manual:
        trigger = {
            "workflow_dispatch": Commented(
                {"inputs": {"environment": _choice(pipeline.stages)}},
                f"Somebody starts each deploy ({pipeline.system.where('deploy', 'automatic')}).",
            )
        }
    return {
        "name": "Deploy",
        "on": trigger,
        "permissions": {},
        "defaults": {"run": {"shell": "bash"}},
        "jobs": jobs,
    }


def _choice(found: tuple[Stage, ...]) -> Yaml:
    return {
        "description": "Where to",
        "type": "choice",
        "required": True,
        "options": [stage.name for stage in found],
    }


def _file(name: str, workflow: Yaml, header: str) -> RenderedFile:
    return RenderedFile(f"{_FOLDER}/{name}.yml", yaml_text(workflow, header=header))


def _about(system: System, found: tuple[Stage, ...]) -> str:
    lines = ["Tests, builds each image once, and deploys it by its digest."]
    lines += [
        f"{stage.name}: {', '.join(f'{p.component} to {p.back_end}' for p in stage.placed)} "
        f"({system.where('environments', stage.name)})"
        for stage in found
        if stage.placed
    ]
    if any(stage.of("vercel") for stage in found):
        lines.append(
            "Turn off Vercel's own deploys of Git pushes, or it deploys what has failed its tests."
        )
    return "\n".join(lines)


def _commands(found: tuple[Stage, ...]) -> tuple[str, ...]:
    return (
        "cp -r .github ../../",
        *(f"gh api --method PUT repos/{{owner}}/{{repo}}/environments/{s.name}" for s in found),
    )
