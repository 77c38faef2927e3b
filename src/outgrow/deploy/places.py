"""Tells apart the two kinds of places that versions run in."""

from __future__ import annotations

from typing import TypeGuard

from outgrow.deploy.ports import Fleet, Rollout


def is_rollout(place: Fleet | Rollout) -> TypeGuard[Rollout]:
    """Return whether the provider replaces versions by itself there."""
    return hasattr(place, "begin")


def is_fleet(place: Fleet | Rollout) -> TypeGuard[Fleet]:
    """Return whether outgrow itself moves the traffic there."""
    return not is_rollout(place)
