"""The workflow that runs outgrow itself: on every pull request, and every day."""

from __future__ import annotations

from outgrow import __version__
from outgrow.render.github_actions.steps import (
    DEFAULTS,
    TREE,
    Job,
    Step,
    checkout,
    expression_text,
    job,
    runs,
    uses,
)
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml

_LABEL = "outgrow"
_TITLE = "The strategy needs a look"
_BODY_BYTES = 60000  # GitHub takes 65,536 characters
PACKAGE = "${{ vars.OUTGROW_PACKAGE || " + expression_text(f"outgrow=={__version__}") + " }}"


def watching(system: System) -> dict[str, Yaml]:
    """Return the workflow that checks the strategy and what was rendered from it."""
    changed = ["outgrow.yaml", "outgrow.overlays/**", "**/.outgrow-manifest.json"]
    return {
        "name": "Outgrow",
        "on": {
            "pull_request": {"paths": [Quoted(path) for path in changed]},
            "schedule": [
                Commented(
                    {"cron": Quoted("23 5 * * *")},
                    "Once a day, before work, and not on the hour when everybody's run.",
                )
            ],
            "workflow_dispatch": {},
        },
        "permissions": {},
        "defaults": DEFAULTS,
        "concurrency": {"group": "outgrow-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": {"check": _check(system), "watch": _watch(system)},
    }


def _set_up() -> list[Step]:
    install = runs("Install outgrow", ['pipx install "$PACKAGE"'], {"PACKAGE": PACKAGE})
    python: dict[str, Yaml] = {"python-version": Quoted("3.12")}
    return [checkout(), uses("actions/setup-python", "Set up Python", python), install]


def _render(system: System) -> str:
    chosen = f"--environment {system.environment}"
    current = system.strategy.current or system.strategy.first_phase
    if system.phase != current:
        chosen = f"--phase {system.phase} {chosen}"
    return f'outgrow render {chosen} "${{targets[@]}}" --out "$TREE" --accept-loss --check'


# What was left out when the tree was rendered is not missing.
_TARGETS = (
    "mapfile -t targets < <(\n"
    """  jq --raw-output '.targets[] | "--target=" + .' "$TREE/.outgrow-manifest.json")"""
)


def _check(system: System) -> Job:
    script = [_TARGETS, _render(system)]
    return job(
        "Check the strategy",
        [
            *_set_up(),
            runs("Check what it says", ["outgrow check"]),
            runs("See that what is rendered is current", script, {"TREE": TREE}),
        ],
        minutes=10,
        if_="github.event_name == 'pull_request'",
    )


def _watch(system: System) -> Job:
    return job(
        "Watch the strategy",
        [*_set_up(), _look(system), _open_issue(), _close_issue()],
        permissions={"contents": "read", "issues": "write"},
        minutes=10,
        if_="github.event_name != 'pull_request'",
    )


def _look(system: System) -> Step:
    script = [
        "found=0",
        "outgrow check > check.txt 2>&1 || found=1",
        'outgrow status ${USAGE:+--usage "$USAGE"} > status.txt 2>&1 || found=1',
        _TARGETS,
        f"{_render(system)} \\",
        "  > render.txt 2>&1 || found=1",
        "for part in check status render; do",
        "  printf '### outgrow %s\\n\\n~~~~text\\n' \"$part\"",
        f'  head --bytes={_BODY_BYTES // 3} "$part.txt"',
        "  printf '\\n~~~~\\n\\n'",
        "done > report.md",
        'cat report.md >> "$GITHUB_STEP_SUMMARY"',
        'echo "found=$found" >> "$GITHUB_OUTPUT"',
    ]
    variables: dict[str, Yaml] = {"TREE": TREE, "USAGE": "${{ vars.OUTGROW_USAGE || '' }}"}
    return runs("Check, status and what is rendered", script, variables, id="look")


def _open_issue() -> Step:
    script = [
        f"gh label create {_LABEL} --description 'Found by outgrow' --force",
        _NUMBER,
        'if [ -n "$number" ]; then',
        '  gh issue edit "$number" --body-file report.md',
        "else",
        f"  gh issue create --title '{_TITLE}' --label {_LABEL} --body-file report.md",
        "fi",
    ]
    return _gh("Open the issue, or bring it up to date", script, "1")


def _close_issue() -> Step:
    script = [
        _NUMBER,
        'if [ -n "$number" ]; then',
        "  gh issue close \"$number\" --comment 'Nothing is left to do.'",
        "fi",
    ]
    return _gh("Close the issue when nothing is left", script, "0")


_NUMBER = (
    f"number=$(gh issue list --label {_LABEL} --state open --json number \\\n"
    "  --jq '.[0].number // empty')"
)


def _gh(name: str, script: list[str], found: str) -> Step:
    variables: dict[str, Yaml] = {
        "GITHUB_TOKEN": "${{ github.token }}",
        "GH_REPO": "${{ github.repository }}",
    }
    step = runs(name, script, variables)
    return {"name": step.pop("name"), "if": f"steps.look.outputs.found == '{found}'", **step}
