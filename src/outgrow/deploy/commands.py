"""The team's own commands in a deploy: hooks, and the migration of a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from outgrow.deploy.ending import NotGood
from outgrow.deploy.values import Ran, Version
from outgrow.deploy.world import World

_LAST_LINES = 5


def run_hook(world: World, command: Sequence[str], version: Version) -> None:
    """Run a hook; raise NotGood when it fails."""
    _check(world.hooks.run(command, version), f"the hook `{' '.join(command)}`")


def run_migration(ran: Ran, world: World) -> Mapping[str, JsonValue]:
    """Return what is kept of a migration; raise NotGood when it failed."""
    world.progress.event("printed", {"lines": list(ran.lines)})
    _check(ran, "the migration")
    return {"exit_code": ran.exit_code}


def _check(ran: Ran, what: str) -> None:
    if ran.exit_code:
        last = " | ".join(ran.lines[-_LAST_LINES:]) or "it printed nothing"
        raise NotGood(
            f"{what} ended with exit code {ran.exit_code}: {last}",
            "Correct it and deploy again; what it has changed by then is not taken back.",
        )
