"""Tells apart the two kinds of places that versions run in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outgrow.deploy.ports import Fleet, Rollout

if TYPE_CHECKING:
    from typing_extensions import TypeIs


def is_rollout(place: Fleet | Rollout) -> TypeIs[Rollout]:
    """Return whether the provider replaces versions by itself there."""
    return hasattr(place, "begin")
