"""Every target that `outgrow render` knows, one line each.

A line is the target's name and the module that holds it as `TARGET`; the module is only
imported when the target is asked for.
"""

from __future__ import annotations

from importlib import import_module

from outgrow.render.target import Target

_TARGETS: dict[str, str] = {
    "nginx": "outgrow.render.nginx.target",
    "haproxy": "outgrow.render.haproxy.target",
    "pgbouncer": "outgrow.render.pgbouncer.target",
    "dockerfile": "outgrow.render.dockerfile.target",
    "compose": "outgrow.render.compose.target",
    "kubernetes": "outgrow.render.kubernetes.target",
    "terraform-aws": "outgrow.render.terraform_aws",
    "pulumi-aws": "outgrow.render.pulumi_aws.target",
    "digitalocean": "outgrow.render.digitalocean",
    "prometheus": "outgrow.render.prometheus.target",
    "alertmanager": "outgrow.render.alertmanager.target",
    "grafana": "outgrow.render.grafana.target",
    "cloudwatch": "outgrow.render.cloudwatch.target",
    "loki": "outgrow.render.loki",
    "blackbox": "outgrow.render.blackbox",
    "sentry": "outgrow.render.sentry",
    "github-actions": "outgrow.render.github_actions.target",
}


def target_names() -> tuple[str, ...]:
    """Return the names of all targets, in the order in which they are rendered."""
    return tuple(_TARGETS)


def target(name: str) -> Target:
    """Return the target called `name`; raise KeyError for one that there is not."""
    found: Target = import_module(_TARGETS[name]).TARGET
    return found


def loss_code_starts() -> tuple[str, ...]:
    """Return what the codes of losses begin with: the names of targets, or a part of one.

    `terraform-aws` and `pulumi-aws` share their codes (`aws-slack-channel`).
    """
    words = (word for name in _TARGETS for word in (name, *name.split("-")))
    return tuple(dict.fromkeys(f"{word}-" for word in words))
