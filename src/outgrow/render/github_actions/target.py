"""From a system to its workflows: what runs on a push, on a pull request and every day."""

from __future__ import annotations

import re

from outgrow.render.github_actions.deploy_jobs import (
    Pipeline,
    deploy_jobs,
    runs_for,
)
from outgrow.render.github_actions.image_jobs import built, image_jobs
from outgrow.render.github_actions.losses import losses
from outgrow.render.github_actions.names import build_job, registry_of
from outgrow.render.github_actions.previews import preview_workflow
from outgrow.render.github_actions.stages import CONTAINERS, Stage, previews, stages
from outgrow.render.github_actions.steps import DEFAULTS
from outgrow.render.github_actions.test_jobs import lint_jobs, test_jobs
from outgrow.render.github_actions.watching import watching
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.build import APPLICATION_KINDS
from outgrow.render.system.model import System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Commented, Yaml, yaml_text
from outgrow.strategy.components import ComponentKind

_FOLDER = ".github/workflows"
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_SECRET = re.compile(r"\bsecrets\.(\w+)")
_VARIABLE = re.compile(r"\bvars\.(\w+)(?! \|\|)\b")
_TO = '"$(git rev-parse --show-toplevel)/.github/workflows'


def workflows(system: System) -> Rendering:
    """Return the workflows of `system`, whatever its continuous integration is called."""
    all_stages = stages(system)
    left_out = tuple(stage for stage in all_stages if not _BRANCH.fullmatch(stage.branch))
    found = tuple(stage for stage in all_stages if stage not in left_out)
    pipeline = _pipeline(system, found)
    previewed = previews(system)
    documents = {
        "ci.yml": _ci(pipeline),
        "preview.yml": preview_workflow(system, previewed),
        "outgrow.yml": watching(system),
    }
    files = [
        RenderedFile(f"{_FOLDER}/{name}", _text(system, name, document))
        for name, document in documents.items()
        if document is not None
    ]
    return Rendering(
        files=tuple(files),
        losses=losses(pipeline, previewed, left_out),
        covers=_covers(system),
        commands=_commands(pipeline, files),
    )


def is_on_github(system: System) -> bool:
    """Return whether the strategy's pipeline is GitHub Actions, or nothing else is named.

    It is where a part runs on `github/actions` or `deploy.pipeline` names GitHub. Where the
    strategy names no pipeline at all, whatever has to be built gets these workflows.
    """
    strategy = system.strategy
    runners = [p for p in system.parts if p.kind is ComponentKind.CI_RUNNERS]
    if any(part.service.startswith("github/") for part in runners):
        return True
    if strategy.deploy.pipeline:
        return "github" in strategy.deploy.pipeline.lower()
    if runners:
        return False
    return bool(strategy.deploy.jobs) or any(
        spec.build is not None and spec.kind in APPLICATION_KINDS
        for spec in strategy.components.values()
    )


TARGET = Target(
    name="github-actions",
    title="Workflows of GitHub Actions",
    applies=is_on_github,
    render=workflows,
)


def _pipeline(system: System, found: tuple[Stage, ...]) -> Pipeline:
    images = tuple(built(system, found))
    checks = (*test_jobs(system), *lint_jobs(system, images))
    return Pipeline(system, found, registry_of(system, found), checks, images)


def _ci(pipeline: Pipeline) -> dict[str, Yaml] | None:
    system = pipeline.system
    jobs: dict[str, Yaml] = {
        **test_jobs(system),
        **lint_jobs(system, pipeline.images),
        **_builds(pipeline),
        **deploy_jobs(pipeline),
    }
    if not jobs:
        return None
    return {
        "name": "CI",
        "on": _events(pipeline),
        "permissions": Commented({}, "Nothing, until a job says what it needs."),
        "defaults": DEFAULTS,
        "concurrency": {
            "group": "ci-${{ github.ref }}",
            "cancel-in-progress": Commented(
                "${{ github.event_name == 'pull_request' }}",
                "A deploy that has begun is never cut off by the next push.",
            ),
        },
        "jobs": jobs,
    }


def _events(pipeline: Pipeline) -> dict[str, Yaml]:
    branches = list(dict.fromkeys(stage.branch for stage in pipeline.stages))
    found: dict[str, Yaml] = {"pull_request": {}}
    if branches:
        found["push"] = {"branches": [*branches]}
    if any("workflow_dispatch" in runs_for(pipeline.system, [b]) for b in branches):
        found["workflow_dispatch"] = Commented({}, "Deploys are started by hand.")
    return found


def _builds(pipeline: Pipeline) -> dict[str, Yaml]:
    """Return the jobs that build images, each for pushes to the branches that deploy it."""
    found: dict[str, Yaml] = {}
    jobs = image_jobs(pipeline.system, pipeline.stages, pipeline.registry, list(pipeline.checks))
    for component in pipeline.images:
        branches = [
            stage.branch
            for stage in pipeline.stages
            if any(one.component == component for one in stage.of(*CONTAINERS))
        ]
        job = jobs[build_job(component)]
        if isinstance(job, dict):
            when = runs_for(pipeline.system, branches)
            found[build_job(component)] = {"name": job.pop("name"), "if": when, **job}
    return found


def _covers(system: System) -> frozenset[str]:
    """Return the runners: the parts that the workflows deploy are built by other targets."""
    return frozenset(
        part.name
        for part in system.parts
        if part.kind is ComponentKind.CI_RUNNERS and part.service.startswith("github/")
    )


def _text(system: System, name: str, document: Yaml) -> str:
    text = yaml_text(document)
    secrets = sorted(set(_SECRET.findall(text)))
    variables = sorted(set(_VARIABLE.findall(text)))
    lines = [f"{_PURPOSES[name]} ({system.where('deploy')})"]
    if secrets:
        lines.append(f"Secrets of the repository or of an environment: {', '.join(secrets)}.")
    if variables:
        lines.append(f"Variables that have to be set: {', '.join(variables)}.")
    return yaml_text(document, header="\n".join(lines))


_PURPOSES = {
    "ci.yml": "Tests every change, builds each image once and deploys it by branch.",
    "preview.yml": "Gives every pull request a preview, and removes it when it is closed.",
    "outgrow.yml": "Checks the strategy on pull requests, and every day what changed around it.",
}


def _commands(pipeline: Pipeline, files: list[RenderedFile]) -> tuple[str, ...]:
    found = [f'mkdir -p {_TO}"', f'cp .github/workflows/*.yml {_TO}/"']
    for stage in pipeline.stages:
        found += _environment(stage)
    text = "".join(file.text for file in files)
    found += [f"gh secret set {name}" for name in sorted(set(_SECRET.findall(text)))]
    found += [
        f'gh variable set {name} --body "${name}"' for name in sorted(set(_VARIABLE.findall(text)))
    ]
    return tuple(found)


def _environment(stage: Stage) -> list[str]:
    """Return how the environment comes to be: deployed from its branch only, and by whom."""
    address = f"repos/{{owner}}/{{repo}}/environments/{stage.name}"
    rules = stage.settings.rules
    reviewed = ""
    if rules.approval or rules.confirm_by_name:
        reviewed = " -F 'reviewers[][type]=Team' -F \"reviewers[][id]=$REVIEWERS\""
    policy = "deployment_branch_policy"
    return [
        f"gh api --silent --method PUT '{address}'{reviewed}"
        f" -F '{policy}[protected_branches]=false' -F '{policy}[custom_branch_policies]=true'",
        f"gh api --silent --method POST '{address}/deployment-branch-policies'"
        f" -f 'name={stage.branch}'",
    ]
