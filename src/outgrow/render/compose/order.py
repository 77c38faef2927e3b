"""Who waits for whom: links without circles, migrations, and what the strategy says itself."""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.render.compose.plan import Plan, is_proxy
from outgrow.render.compose.probes import has_check
from outgrow.render.system.model import Part, Role

_CONDITIONS = {
    "started": "service_started",
    "healthy": "service_healthy",
    "completed": "service_completed_successfully",
}
Waits = dict[str, str]


def migration_name(part: Part) -> str:
    """Return the service that runs a part's migrations once."""
    return f"{part.name}-migrate"


def waits(plan: Plan) -> Mapping[str, Waits]:
    """Return for each service what it waits for and until when, migrations included.

    A link that would close a circle is left out: both sides then start at once.
    """
    found: dict[str, Waits] = {part.name: {} for part in plan.parts}
    for part in plan.parts:
        for component, until in part.run.after.items():
            other = next((one for one in plan.parts if one.component == component), None)
            if other is not None and not _leads(found, other.name, part.name):
                found[part.name][other.name] = _CONDITIONS[until]
    for part in plan.parts:
        for name in part.links:
            linked = plan.part(name)
            if linked is not None and _may_wait(found, part, linked):
                found[part.name][name] = _until(linked)
    return found | _migrations(plan, found)


def _may_wait(found: Mapping[str, Waits], part: Part, other: Part) -> bool:
    if part is other or other.name in found[part.name] or is_proxy(other):
        return False
    if part.run.as_written:
        return False  # its order is all in `after`
    return part.role is not Role.STORE and not _leads(found, other.name, part.name)


def _leads(found: Mapping[str, Waits], start: str, end: str) -> bool:
    """Return whether `start` waits for `end`, at once or by way of others."""
    return start == end or any(_leads(found, one, end) for one in found.get(start, ()))


def _until(part: Part) -> str:
    return _CONDITIONS["healthy" if has_check(part) else "started"]


def _migrations(plan: Plan, found: dict[str, Waits]) -> dict[str, Waits]:
    """Return what migrations wait for; what uses the same stores waits for them as well."""
    migrations: dict[str, Waits] = {}
    for part in plan.parts:
        if not part.run.migrate:
            continue
        stores = {one.name for one in plan.stores if one.name in part.links}
        migrations[migration_name(part)] = {
            name: until for name, until in found[part.name].items() if name in stores
        }
        for other in plan.parts:
            if other is part or (stores & set(other.links) and other.role is Role.APPLICATION):
                found[other.name][migration_name(part)] = _CONDITIONS["completed"]
    return migrations
