"""Steps of a job, and the actions of others that they use, each at a commit that is known."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from outgrow.render.writers.yaml_text import Commented, Yaml

Step = dict[str, Yaml]
Job = dict[str, Yaml]

# A tag can be moved, a commit cannot.
_ACTIONS = {
    "actions/checkout": ("11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2"),
    "actions/setup-python": ("a26af69be951a213d495a4c3e4e4022e16d87065", "v5.6.0"),
    "actions/setup-node": ("49933ea5288caeca8642d1e84afbd3f7d6820020", "v4.4.0"),
    "actions/upload-artifact": ("ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
    "actions/download-artifact": ("d3f86a106a0bac45b974a628896c90dbdf5c8093", "v4.3.0"),
    "docker/setup-buildx-action": ("b5ca514318bd6ebac0fb2aedd5d36ec1b5c232a2", "v3.10.0"),
    "docker/login-action": ("74a5d142397b4f367a81961eba4e8cd7edddf772", "v3.4.0"),
    "docker/build-push-action": ("263435318d21b8e681c14492fe198d362a7d2c83", "v6.18.0"),
    "hadolint/hadolint-action": ("54c9adbab1582c2ef04b2016b760714a4bfde3cf", "v3.1.0"),
    "aws-actions/configure-aws-credentials": (
        "e3dd6a429d7300a6a4c196c26e071d42e0343502",
        "v4.0.2",
    ),
    "aws-actions/amazon-ecr-login": ("062b18b96a7aff071d4dc91bc00c4c1a7945b076", "v2.0.1"),
}
RUNNER = "ubuntu-24.04"
# By its name, bash stops at the first command of a pipe that fails; without, at the last.
DEFAULTS: Step = {"run": {"shell": "bash"}}
TREE = "${{ vars.OUTGROW_TREE || 'infra' }}"


def uses(action: str, name: str, given: Mapping[str, Yaml] | None = None, **more: Yaml) -> Step:
    """Return a step that runs `action` with `given`."""
    commit, version = _ACTIONS[action]
    reference = Commented(f"{action}@{commit}", version)
    step: Step = {"name": name, **more, "uses": reference}
    return {**step, "with": dict(given)} if given else step


def runs(
    name: str, script: Sequence[str], environment: Mapping[str, Yaml] | None = None, **more: Yaml
) -> Step:
    """Return a step that runs a shell script; what varies reaches it by `environment` only."""
    step: Step = {"name": name, **more}
    if environment:
        step["env"] = dict(environment)
    return {**step, "run": "\n".join(script) + ("\n" if len(script) > 1 else "")}


def checkout(name: str = "Fetch the source", **given: Yaml) -> Step:
    """Return the step that fetches the source and leaves no token behind."""
    return uses("actions/checkout", name, {"persist-credentials": False, **given})


def literal(text: str) -> str:
    """Return text of the strategy such that GitHub sees no expression in it."""
    return text.replace("${{", "${{ '${{' }}")


def expression_text(text: str) -> str:
    """Return text of the strategy as a string within an expression of GitHub."""
    return "'" + text.replace("'", "''") + "'"


def quoted(text: str) -> str:
    """Return text of the strategy as one word of a shell script."""
    return literal(shlex.quote(text))


def job(
    name: str,
    steps: Sequence[Step],
    *,
    permissions: Mapping[str, Yaml] | None = None,
    minutes: int = 15,
    **more: Yaml,
) -> Job:
    """Return a job that may do what `permissions` says, and only read the source without."""
    return {
        "name": name,
        **{key.rstrip("_"): value for key, value in more.items() if key != "outputs"},
        "runs-on": RUNNER,
        "timeout-minutes": minutes,
        "permissions": dict(permissions or {"contents": "read"}),
        **({"outputs": more["outputs"]} if "outputs" in more else {}),
        "steps": list(steps),
    }


def aws_steps(region: str) -> list[Step]:
    """Return how a job becomes a role of AWS: by its own identity, without a key."""
    return [
        uses(
            "aws-actions/configure-aws-credentials",
            "Become the role that may deploy",
            {"role-to-assume": "${{ vars.AWS_ROLE_ARN }}", "aws-region": literal(region)},
        )
    ]
