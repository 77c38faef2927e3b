"""Previews on a machine of the team's own: `outgrow preview` there, told over SSH.

The strategy that is sent is the one of the branch that a pull request goes into, so that none
changes where all previews live.
"""

from __future__ import annotations

from outgrow.render.github_actions.back_ends import ON_MACHINE, know_machine, machine_variables
from outgrow.render.github_actions.image_jobs import image_job, image_variables
from outgrow.render.github_actions.names import build_job, registry_of
from outgrow.render.github_actions.stages import Stage
from outgrow.render.github_actions.steps import Job, Step, checkout, job, quoted, runs
from outgrow.render.routes import open_components
from outgrow.render.system.defaults import image_of, safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml

# Whoever sends a pull request from a fork gets no secrets, and must not get a preview. Neither
# does Dependabot.
_OURS = (
    "github.event.pull_request.head.repo.full_name == github.repository"
    " && github.event.pull_request.user.login != 'dependabot[bot]'"
)
OPEN = f"github.event.action != 'closed' && {_OURS}"
CLOSED = f"github.event.action == 'closed' && {_OURS}"
_TIDY = "github.event_name != 'pull_request'"
TIDYING: dict[str, Yaml] = {
    "schedule": [
        Commented(
            {"cron": Quoted("41 */6 * * *")},
            "Previews whose time is over go; not on the hour, when everybody's jobs run.",
        )
    ],
    "workflow_dispatch": {},
}
_READ = [
    'jq --raw-output \'.result | "url=\\(.urls[0])", (.preview |',
    '  "until=\\(if .expires then .expires[:16] + " UTC" else "it is removed" end)",',
    '  "cost=\\(if .cost_usd_hour then .cost_usd_hour * 10000 | round / 10000',
    '    else "an unknown number of" end) USD an hour")\' preview.json |',
    '  tee -a "$GITHUB_STEP_SUMMARY" >> "$GITHUB_OUTPUT"',
]
_MARK = "<!-- outgrow preview -->"


def is_on_machine(stage: Stage) -> bool:
    """Return whether previews of `stage` are containers on a machine of the team's own."""
    previews = stage.settings.previews
    return previews is not None and previews.runner == "docker"


def previewed_components(system: System, stage: Stage) -> tuple[str, ...]:
    """Return the components that `outgrow preview` runs there."""
    components = system.strategy.components
    return open_components({name: components[name] for name in stage.components})


def machine_jobs(system: System, stage: Stage, *, several: bool) -> dict[str, Yaml]:
    """Return the jobs that build, make, tell, remove and tidy; `several` stages have some."""
    images = _built(system, stage)
    registry = registry_of(system, (stage,))
    prefix = f"{safe_name(stage.name)}-" if several else ""
    jobs: dict[str, Yaml] = {}
    for component in images:
        built = image_job(system, component, registry, [])
        jobs[build_job(component)] = {"name": built.pop("name"), "if": OPEN, **built}
    make = f"{prefix}make"
    jobs[make] = Commented(_make(system, stage, images), system.where("environments", stage.name))
    jobs[f"{prefix}tell"] = _tell(make)
    jobs[f"{prefix}remove"] = _remove(system, stage)
    jobs[f"{prefix}tidy"] = _tidy(system, stage)
    return jobs


def _built(system: System, stage: Stage) -> list[str]:
    components = system.strategy.components
    found = previewed_components(system, stage)
    return [name for name in found if image_of(components[name]) is None]


def _make(system: System, stage: Stage, images: list[str]) -> Job:
    words = [f'--image {quoted(name)}="${_key(name)}"' for name in images]
    script = [
        *ON_MACHINE,
        *_asking(system, "make", ['"$PREVIEW"', *words, "--yes --json"], "> preview.json"),
        *_READ,
    ]
    pinned = {_key(name): _reference(name) for name in images}
    variables = {**_asked(stage), "PREVIEW": _preview(stage), **pinned}
    needs: dict[str, Yaml] = {"needs": [build_job(name) for name in images]} if images else {}
    outputs: dict[str, Yaml] = {
        name: "${{ steps.make.outputs." + name + " }}" for name in ("url", "until", "cost")
    }
    return job(
        "Make the preview",
        [*_ready(system, pull_request=True), runs("Make it", script, variables, id="make")],
        permissions={"contents": "read"},
        minutes=20,
        **needs,
        if_=OPEN,
        environment={"name": stage.name, "url": "${{ steps.make.outputs.url }}"},
        outputs=outputs,
    )


def _tell(make: str) -> Job:
    """Return the job that writes one comment and renews it; it alone may write to GitHub."""
    variables: dict[str, Yaml] = {
        "GITHUB_TOKEN": "${{ github.token }}",
        "GH_REPO": "${{ github.repository }}",
        "NUMBER": "${{ github.event.number }}",
        **{
            name.upper(): "${{ needs." + make + ".outputs." + name + " }}"
            for name in ("url", "until", "cost")
        },
    }
    script = [
        f"printf '{_MARK}\\n%s, until %s, for %s.\\n' \\",
        '  "$URL" "$UNTIL" "$COST" > comment.md',
        'found=$(gh api --paginate "repos/$GH_REPO/issues/$NUMBER/comments" \\',
        f"  --jq '.[] | select(.body | startswith(\"{_MARK}\")) | .id' | tail -n 1)",
        'if [ -n "$found" ]; then',
        '  gh api --silent --method PATCH "repos/$GH_REPO/issues/comments/$found" \\',
        "    --field body=@comment.md",
        "else",
        '  gh pr comment "$NUMBER" --body-file comment.md',
        "fi",
    ]
    return job(
        "Tell where it is",
        [runs("Write one comment", script, variables)],
        permissions={"pull-requests": "write"},
        minutes=5,
        needs=[make],
        if_=OPEN,
    )


def _remove(system: System, stage: Stage) -> Job:
    words = ['"$PREVIEW"', "--if-there --yes"]
    script = [*ON_MACHINE, *_asking(system, "remove", words)]
    variables = {**_asked(stage), "PREVIEW": _preview(stage)}
    return job(
        "Remove the preview",
        [*_ready(system, pull_request=True), runs("Remove it", script, variables)],
        if_=CLOSED,
        environment={"name": stage.name},
    )


def _tidy(system: System, stage: Stage) -> Job:
    script = [*ON_MACHINE, *_asking(system, "tidy", ["--yes"])]
    return job(
        "Remove the previews whose time is over",
        [*_ready(system, pull_request=False), runs("Remove them", script, _asked(stage))],
        if_=_TIDY,
        environment={"name": stage.name},
    )


def _ready(system: System, *, pull_request: bool) -> list[Step]:
    """Return what comes before the machine is asked: it has the strategy, and its mounts."""
    folder = _folder(system)
    send = [
        *ON_MACHINE,
        "git archive HEAD |",
        f"  on_machine 'mkdir -p {folder} && tar --extract --directory {folder}'",
    ]
    name = "Fetch the strategy"
    base: dict[str, Yaml] = {
        "ref": Commented("${{ github.base_ref }}", "No pull request says where all previews live.")
    }
    fetched = checkout(name, **base) if pull_request else checkout(name)
    return [fetched, know_machine(), runs("Send it to the machine", send, machine_variables())]


def _asking(system: System, verb: str, words: list[str], more: str = "") -> list[str]:
    """Return how `outgrow preview` is asked: its words end with NUL, and no shell reads them."""
    said = ["printf '%s\\0' --environment \"$STAGE\"", *words]
    return [
        " \\\n  ".join(said) + " |",
        f"  on_machine 'cd {_folder(system)} && xargs --null outgrow preview {verb}'"
        + (f" {more}" if more else ""),
    ]


def _folder(system: System) -> str:
    return quoted(f"/srv/{system.name}-previews")


def _asked(stage: Stage) -> dict[str, Yaml]:
    return {**machine_variables(), "STAGE": stage.name}


def _preview(stage: Stage) -> str:
    if stage.settings.preview == "branch":
        return "${{ github.head_ref }}"
    return "${{ github.event.number }}"


def _key(component: str) -> str:
    return f"{safe_name(component).replace('-', '_').upper()}_IMAGE"


def _reference(component: str) -> str:
    found = image_variables(component)
    return f"{found['IMAGE']}@{found['DIGEST']}"
