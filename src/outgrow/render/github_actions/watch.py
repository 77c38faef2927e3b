"""The workflow that asks every morning whether the phase still fits."""

from __future__ import annotations

from outgrow.render.github_actions.steps import checkout, job, runs, uses
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml

_TITLE = "outgrow: time to move, or a finding"


def watch_workflow() -> Yaml:
    """Return the scheduled workflow that opens an issue when a signal fires."""
    return {
        "name": "Outgrow",
        "on": {
            "schedule": [{"cron": Quoted("17 6 * * *")}],
            "workflow_dispatch": Commented({}, "By hand as well."),
        },
        "permissions": {},
        "concurrency": {"group": "outgrow", "cancel-in-progress": False},
        "jobs": {"status": _status()},
    }


def _status() -> Yaml:
    ask = [
        "# Both answer with exit code 1 when there is something to do; more is an error.",
        "fired=false",
        'for question in "check" "status"; do',
        "  code=0",
        '  arguments=("$STRATEGY")',
        '  if [ "$question" = status ] && [ -f "$USAGE" ]; then arguments+=(--usage "$USAGE"); fi',
        '  outgrow "$question" "${arguments[@]}" > "$question.txt" || code=$?',
        '  if [ "$code" -gt 1 ]; then cat "$question.txt"; exit "$code"; fi',
        '  if [ "$code" -eq 1 ]; then fired=true; fi',
        "done",
        "{",
        "  echo '```text'",
        "  cat status.txt check.txt",
        "  echo '```'",
        '} | tee report.md >> "$GITHUB_STEP_SUMMARY"',
        'echo "fired=$fired" >> "$GITHUB_OUTPUT"',
    ]
    tell = [
        'number=$(gh issue list --state open --search "in:title \\"$TITLE\\"" \\',
        "  --json number --jq '.[0].number // empty')",
        'if [ -n "$number" ]; then',
        '  gh issue edit "$number" --body-file report.md',
        "else",
        '  gh issue create --title "$TITLE" --body-file report.md',
        "fi",
    ]
    variables: dict[str, Yaml] = {
        "STRATEGY": "${{ vars.OUTGROW_STRATEGY || 'outgrow.yaml' }}",
        "USAGE": "${{ vars.OUTGROW_USAGE || 'usage.csv' }}",
    }
    open_issue = runs(
        "Open an issue, or bring the open one up to date",
        tell,
        {"GH_TOKEN": "${{ github.token }}", "GH_REPO": "${{ github.repository }}", "TITLE": _TITLE},
    )
    return job(
        "Ask outgrow",
        [
            checkout(),
            uses("actions/setup-python", "Set up Python", {"python-version": Quoted("3.12")}),
            runs("Install outgrow", ["pip install outgrow"]),
            runs("Ask whether the phase still fits", ask, variables, id="ask"),
            {
                "name": open_issue.pop("name"),
                "if": "${{ steps.ask.outputs.fired == 'true' }}",
                **open_issue,
            },
        ],
        permissions={"contents": "read", "issues": "write"},
        minutes=10,
    )
