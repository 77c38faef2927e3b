"""Every target that `outgrow render` knows, one line each.

A line is the target's name and the module that holds it as `TARGET`; the module is only
imported when the target is asked for.
"""

from __future__ import annotations

from importlib import import_module

from outgrow.render.target import Target

_TARGETS: dict[str, str] = {
    "dockerfile": "outgrow.render.dockerfile.target",
    "compose": "outgrow.render.compose.target",
    "kubernetes": "outgrow.render.kubernetes.target",
    "github-actions": "outgrow.render.github_actions.target",
}


def target_names() -> tuple[str, ...]:
    """Return the names of all targets, in the order in which they are rendered."""
    return tuple(_TARGETS)


def target(name: str) -> Target:
    """Return the target called `name`; raise KeyError for one that there is not."""
    found: Target = import_module(_TARGETS[name]).TARGET
    return found
