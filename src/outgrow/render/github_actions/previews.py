"""The workflow that gives every pull request a place of its own, and takes it away again."""

from __future__ import annotations

from outgrow.render.github_actions.machine_previews import (
    CLOSED,
    OPEN,
    TIDYING,
    is_on_machine,
    machine_jobs,
)
from outgrow.render.github_actions.names import secret
from outgrow.render.github_actions.sites import vercel_preview, vercel_variables
from outgrow.render.github_actions.stages import BackEnd, Placed, Stage
from outgrow.render.github_actions.steps import (
    DEFAULTS,
    Job,
    Step,
    checkout,
    job,
    quoted,
    runs,
    uses,
)
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml

PREVIEWED: tuple[BackEnd, ...] = ("vercel", "railway")
_RAILWAY = "npx --yes @railway/cli@4"


def preview_workflow(system: System, stages: tuple[Stage, ...]) -> dict[str, Yaml] | None:
    """Return the workflow of previews, or None where no pull request gets one."""
    jobs: dict[str, Yaml] = {}
    on_machines = tuple(stage for stage in stages if is_on_machine(stage))
    for stage in stages:
        if stage in on_machines:
            jobs |= machine_jobs(system, stage, several=len(stages) > 1)
            continue
        for placed in stage.of(*PREVIEWED):
            jobs |= _jobs(system, stage, placed, several=len(stages) > 1)
    if not jobs:
        return None
    number = "github.event.number || 'tidy'" if on_machines else "github.event.number"
    return {
        "name": "Preview",
        "on": {
            "pull_request": {
                "types": ["opened", "reopened", "synchronize", "closed"],
            },
            **(TIDYING if on_machines else {}),
        },
        "permissions": {},
        "defaults": DEFAULTS,
        "concurrency": Commented(
            {"group": "preview-${{ " + number + " }}", "cancel-in-progress": False},
            "One after the other: a preview that is coming up is not taken down half-way.",
        ),
        "jobs": jobs,
    }


def _jobs(system: System, stage: Stage, placed: Placed, *, several: bool) -> dict[str, Yaml]:
    name = safe_name(placed.component)
    if several:
        name = f"{safe_name(stage.name)}-{name}"
    vercel = placed.back_end == "vercel"
    up = _vercel_up(system, placed) if vercel else _railway_up(system, placed)
    down = _vercel_down(system, placed) if vercel else _railway_down(system)
    where = system.where("environments", stage.name)
    return {
        f"preview-{name}": Commented(
            _job(f"Preview {placed.component}", stage, up, OPEN, with_url=vercel), where
        ),
        f"remove-{name}": _job(f"Remove the preview of {placed.component}", stage, down, CLOSED),
    }


def _job(name: str, stage: Stage, steps: list[Step], when: str, *, with_url: bool = False) -> Job:
    environment: dict[str, Yaml] = {"name": stage.name}
    if with_url:
        environment["url"] = "${{ steps.deploy.outputs.url }}"
    return job(name, steps, minutes=20, if_=when, environment=environment)


def _vercel_up(system: System, placed: Placed) -> list[Step]:
    return [checkout(), *vercel_preview(system, _preview(placed))]


def _vercel_down(system: System, placed: Placed) -> list[Step]:
    api = "https://api.vercel.com"
    script = [
        "ask() {",
        "  curl --fail --silent --show-error \\",
        '    --header "Authorization: Bearer $VERCEL_TOKEN" "$@"',
        "}",
        "# Every push made a deployment; all of them carry the number of the pull request.",
        f'ask --get "{api}/v6/deployments" \\',
        '  --data-urlencode "teamId=$VERCEL_ORG_ID" \\',
        '  --data-urlencode "projectId=$VERCEL_PROJECT_ID" \\',
        '  --data-urlencode "meta-preview=$PREVIEW" --data-urlencode "limit=100" |',
        "  jq --raw-output '.deployments[].uid' |",
        "  while read -r deployment; do",
        f'    ask --request DELETE "{api}/v13/deployments/$deployment" \\',
        '      --url-query "teamId=$VERCEL_ORG_ID" > /dev/null',
        "  done",
    ]
    variables = vercel_variables(system) | {"PREVIEW": _preview(placed)}
    return [runs("Remove what Vercel has of it", script, variables)]


def _railway_up(system: System, placed: Placed) -> list[Step]:
    service = quoted(safe_name(placed.component))
    script = [
        f'{_RAILWAY} link --project "$PROJECT" --environment "$BASE"',
        f'{_RAILWAY} environment "$PREVIEW" ||',
        f'  {_RAILWAY} environment new "$PREVIEW" --duplicate "$BASE"',
        f'{_RAILWAY} up --ci --environment "$PREVIEW" --service {service}',
    ]
    return [checkout(), _node(), runs("Deploy to Railway", script, _railway_variables(system))]


def _railway_down(system: System) -> list[Step]:
    script = [
        f'{_RAILWAY} link --project "$PROJECT" --environment "$BASE"',
        f'{_RAILWAY} environment delete "$PREVIEW" --yes',
    ]
    return [_node(), runs("Remove what Railway has of it", script, _railway_variables(system))]


def _railway_variables(system: System) -> dict[str, Yaml]:
    return {
        "RAILWAY_API_TOKEN": secret(system, "RAILWAY_API_TOKEN", "RAILWAY_API_TOKEN"),
        "PROJECT": "${{ vars.RAILWAY_PROJECT_ID }}",
        "BASE": "${{ vars.RAILWAY_BASE_ENVIRONMENT || 'staging' }}",
        "PREVIEW": "pr-${{ github.event.number }}",
    }


def _preview(placed: Placed) -> str:
    return f"{safe_name(placed.component)}-" + "${{ github.event.number }}"


def _node() -> Step:
    return uses("actions/setup-node", "Set up Node", {"node-version": Quoted("22")})
