"""Gives the kit parts of a system their settings, and the variables that these name."""

from __future__ import annotations

from dataclasses import replace

from outgrow.render.kit.settings import kit_settings
from outgrow.render.kit.text import VARIABLE
from outgrow.render.kit.variables import kit_variables
from outgrow.render.system.model import Part, Role, System


def with_kit_settings(system: System) -> System:
    """Return `system` with `OUTGROW_KIT` for every application that imports outgrow-kit."""
    return replace(system, parts=tuple(_bound(system, part) for part in system.parts))


def _bound(system: System, part: Part) -> Part:
    if not part.spec.kit or part.role is not Role.APPLICATION:
        return part
    variables = kit_variables(system, part)
    stated = {one.key: one for one in part.connections}
    connections = stated | {one.key: one for one in variables.connections}
    added = {key: f"env:{key}" for key in connections if key not in part.environment}
    secrets = {**part.secrets, **{**added, **variables.others, **part.secrets}}
    return replace(
        part,
        connections=tuple(connections.values()),
        secrets={key: reference for key, reference in secrets.items() if key != VARIABLE},
        environment={**part.environment, VARIABLE: kit_settings(system, part, variables)},
    )
