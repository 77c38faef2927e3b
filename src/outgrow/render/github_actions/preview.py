"""The workflow that gives every pull request an address, and takes it away again."""

from __future__ import annotations

from outgrow.render.github_actions.back_ends import VERCEL, vercel_variables
from outgrow.render.github_actions.stages import Stage
from outgrow.render.github_actions.steps import checkout, job, runs, uses
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml

_OURS = "github.event.pull_request.head.repo.full_name == github.repository"


def preview_workflow(system: System, stage: Stage) -> Yaml:
    """Return the workflow of an environment with `preview: pull_request` on Vercel."""
    return {
        "name": f"Preview ({stage.name})",
        "on": {
            "pull_request": {"types": ["opened", "reopened", "synchronize", "closed"]},
        },
        "permissions": {},
        "concurrency": {
            "group": "preview-${{ github.event.pull_request.number }}",
            "cancel-in-progress": True,
        },
        "jobs": {"preview": _start(system, stage), "tear-down": _stop(system)},
    }


def _start(system: System, stage: Stage) -> Yaml:
    token = '--token="$VERCEL_TOKEN"'
    script = [
        f"{VERCEL} pull --yes --environment=preview {token}",
        f"{VERCEL} build {token}",
        f'url=$({VERCEL} deploy --prebuilt --meta pullRequest="$NUMBER" {token})',
        'echo "url=$url" >> "$GITHUB_OUTPUT"',
        'echo "$url" >> "$GITHUB_STEP_SUMMARY"',
    ]
    step = runs("Deploy a preview", script, _variables(system), id="deploy")
    return job(
        "Deploy a preview",
        [
            checkout(),
            uses("actions/setup-node", "Set up Node", {"node-version": Quoted("22")}),
            step,
        ],
        if_=Commented(
            "${{ github.event.action != 'closed' && " + _OURS + " }}",
            "A fork's pull request gets no secrets, and so no preview.",
        ),
        environment={"name": stage.name, "url": "${{ steps.deploy.outputs.url }}"},
    )


def _stop(system: System) -> Yaml:
    token = '--token="$VERCEL_TOKEN"'
    script = [
        f"{VERCEL} link --yes {token}",
        f'{VERCEL} list --meta pullRequest="$NUMBER" {token} \\',
        f"  | xargs --no-run-if-empty {VERCEL} remove --yes {token}",
    ]
    return job(
        "Take the preview away",
        [
            uses("actions/setup-node", "Set up Node", {"node-version": Quoted("22")}),
            runs("Remove the deployments of this pull request", script, _variables(system)),
        ],
        if_="${{ github.event.action == 'closed' && " + _OURS + " }}",
        permissions={},
    )


def _variables(system: System) -> dict[str, Yaml]:
    return {**vercel_variables(system), "NUMBER": "${{ github.event.pull_request.number }}"}
