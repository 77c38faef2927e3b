"""PostgreSQL through every phase: a pool that fits, replicas that never show the past."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outgrow_kit.databases.async_database import AsyncDatabase
    from outgrow_kit.databases.budget import PoolBudget, pool_budget
    from outgrow_kit.databases.copies import CopyStatus
    from outgrow_kit.databases.database import Database
    from outgrow_kit.databases.deadline import within
    from outgrow_kit.databases.middleware import ReadYourWrites
    from outgrow_kit.databases.position import Position
    from outgrow_kit.databases.seen import Seen
    from outgrow_kit.databases.shared_positions import SharedPositions

_HOMES = {
    "AsyncDatabase": "async_database",
    "CopyStatus": "copies",
    "Database": "database",
    "PoolBudget": "budget",
    "Position": "position",
    "ReadYourWrites": "middleware",
    "Seen": "seen",
    "SharedPositions": "shared_positions",
    "pool_budget": "budget",
    "within": "deadline",
}
__all__ = [
    "AsyncDatabase",
    "CopyStatus",
    "Database",
    "PoolBudget",
    "Position",
    "ReadYourWrites",
    "Seen",
    "SharedPositions",
    "pool_budget",
    "within",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
