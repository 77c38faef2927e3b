"""Every target that `outgrow render` knows, one line each.

A line is the target's name and the module that holds it as `TARGET`; the module is only
imported when the target is asked for. What others need comes before them: images, where they
run, what stands before them, what watches them.
"""

from __future__ import annotations

from importlib import import_module

from outgrow.render.target import Target

_TARGETS: dict[str, str] = {
    "dockerfile": "outgrow.render.dockerfile.target",
    "terraform-aws": "outgrow.render.terraform_aws",
    "pulumi-aws": "outgrow.render.pulumi_aws.target",
    "digitalocean": "outgrow.render.digitalocean",
    "kubernetes": "outgrow.render.kubernetes.target",
    "compose": "outgrow.render.compose.target",
    "nginx": "outgrow.render.nginx.target",
    "haproxy": "outgrow.render.haproxy.target",
    "pgbouncer": "outgrow.render.pgbouncer.target",
    "loki": "outgrow.render.loki",
    "alertmanager": "outgrow.render.alertmanager.target",
    "blackbox": "outgrow.render.blackbox",
    "prometheus": "outgrow.render.prometheus.target",
    "grafana": "outgrow.render.grafana.target",
    "cloudwatch": "outgrow.render.cloudwatch.target",
    "sentry": "outgrow.render.sentry",
    "github-actions": "outgrow.render.github_actions.target",
}
# What the codes of alerts that no target evaluates begin with.
UNWATCHED = "alerts"


def target_names() -> tuple[str, ...]:
    """Return the names of all targets, in the order in which they are rendered."""
    return tuple(_TARGETS)


def target(name: str) -> Target:
    """Return the target called `name`; raise KeyError for one that there is not."""
    found: Target = import_module(_TARGETS[name]).TARGET
    return found


def loss_code_starts() -> tuple[str, ...]:
    """Return what the codes of losses begin with: the names of targets, or a part of one.

    `terraform-aws` and `pulumi-aws` share their codes (`aws-slack-channel`). Those of alerts
    that no target evaluates begin with `alerts-`.
    """
    words = (word for name in (*_TARGETS, UNWATCHED) for word in (name, *name.split("-")))
    return tuple(dict.fromkeys(f"{word}-" for word in words))
