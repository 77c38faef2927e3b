"""How frontends take a new version: on Vercel, and in a bucket behind a CDN.

What npm installs runs while a site is built, so that nothing with a right is near it then.
"""

from __future__ import annotations

from outgrow.render.github_actions.names import secret, source_folder
from outgrow.render.github_actions.stages import Placed, Stage
from outgrow.render.github_actions.steps import (
    Job,
    Step,
    aws_steps,
    checkout,
    job,
    literal,
    quoted,
    runs,
    uses,
)
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml
from outgrow.strategy.components import Component

_VERCEL = "npx --yes vercel@39"
_TOKEN = '--token="$VERCEL_TOKEN"'


def vercel_variables(system: System) -> dict[str, Yaml]:
    """Return the variables that Vercel's command line reads."""
    return {
        "VERCEL_TOKEN": secret(system, "VERCEL_TOKEN", "VERCEL_TOKEN"),
        "VERCEL_ORG_ID": secret(system, "ORG_ID", "VERCEL_ORG_ID"),
        "VERCEL_PROJECT_ID": secret(system, "PROJECT_ID", "VERCEL_PROJECT_ID"),
    }


def vercel_steps(system: System, stage: Stage, placed: Placed) -> list[Step]:
    """Return how Vercel gets what was built here; a stage's own name points at the result."""
    variables = vercel_variables(system)
    if stage.is_production:
        script = [f"{_VERCEL} deploy --prebuilt --prod {_TOKEN}"]
        return [*vercel_build(system, "production"), runs("Deploy to Vercel", script, variables)]
    script = [f"url=$({_VERCEL} deploy --prebuilt {_TOKEN})"]
    address = stage.settings.urls.get(placed.component)
    if address is not None:
        variables["ADDRESS"] = literal(address.split("://", 1)[-1].strip("/"))
        script.append(f'{_VERCEL} alias set "$url" "$ADDRESS" {_TOKEN}')
    else:
        script.append('echo "$url" >> "$GITHUB_STEP_SUMMARY"')
    return [*vercel_build(system, "preview"), runs("Deploy to Vercel", script, variables)]


def vercel_preview(system: System, number: str) -> list[Step]:
    """Return how Vercel gets the preview that is found again by `number`."""
    script = [
        f'url=$({_VERCEL} deploy --prebuilt --meta "preview=$PREVIEW" \\',
        f"  {_TOKEN})",
        'echo "url=$url" >> "$GITHUB_OUTPUT"',
    ]
    variables = vercel_variables(system) | {"PREVIEW": number}
    deploy = runs("Deploy to Vercel", script, variables, id="deploy")
    return [*vercel_build(system, "preview"), deploy]


def vercel_build(system: System, environment: str) -> list[Step]:
    """Return how a site is built for Vercel: with its settings, and without the token."""
    prod = " --prod" if environment == "production" else ""
    pull = [f"{_VERCEL} pull --yes --environment={environment} {_TOKEN}"]
    return [
        uses("actions/setup-node", "Set up Node", {"node-version": Quoted("22")}),
        runs("Fetch the project's settings", pull, vercel_variables(system)),
        runs("Build", [f"{_VERCEL} build{prod}"]),
    ]


def bundle_job(system: System, stage: Stage, component: str, **more: Yaml) -> Job:
    """Return the job that builds a static site for a stage; it has no right to AWS at all."""
    spec = system.strategy.components[component]
    folder = source_folder(spec)
    build = (spec.build.build_command if spec.build else None) or "npm run build"
    version = (spec.build.version if spec.build else None) or "22"
    written = stage.settings.environment
    plain = {key: literal(written.get(key, value)) for key, value in spec.environment.items()}
    kept: dict[str, Yaml] = {
        "name": _artifact(stage, component),
        "path": _output(spec),
        "if-no-files-found": "error",
        "retention-days": 7,
    }
    steps = [
        checkout(),
        uses("actions/setup-node", "Set up Node", {"node-version": Quoted(literal(version))}),
        runs("Build", [f"cd {quoted(folder)}", "npm ci", literal(build)], plain),
        uses("actions/upload-artifact", "Keep the files", kept),
    ]
    return job(f"Build {component} for {stage.name}", steps, **more)  # type: ignore[arg-type]


def static_site_steps(system: System, stage: Stage, component: str) -> list[Step]:
    """Return how a static site gets into its bucket: what never changes first, the page last."""
    variables: dict[str, Yaml] = {"BUCKET": "${{ vars.SITE_BUCKET }}"}
    upload = [
        'aws s3 sync site "s3://$BUCKET" --delete --exclude index.html',
        'aws s3 cp site/index.html "s3://$BUCKET/index.html" --cache-control no-cache',
    ]
    if stage.has_cdn:
        variables["DISTRIBUTION"] = "${{ vars.CLOUDFRONT_DISTRIBUTION_ID }}"
        upload.append(
            'aws cloudfront create-invalidation --distribution-id "$DISTRIBUTION" --paths "/*"'
        )
    given: dict[str, Yaml] = {"name": _artifact(stage, component), "path": "site"}
    fetch = uses("actions/download-artifact", "Fetch the files", given)
    why = "Built in a job of its own: what npm installs must not reach this one's role."
    return [
        {"name": Commented(fetch.pop("name"), why), **fetch},
        *aws_steps(system.region),
        runs("Upload", upload, variables),
    ]


def _artifact(stage: Stage, component: str) -> str:
    return f"{stage.name}-{component}"


def _output(spec: Component) -> str:
    folder = source_folder(spec)
    output = (spec.build.output if spec.build else None) or "dist"
    return literal(output if folder == "." else f"{folder}/{output}")
