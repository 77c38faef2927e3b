"""Repositories that `outgrow init` was not developed on, and how far it is right about them.

Each is a public repository in short: the paths are real, the files hold the facts that matter
here, in our words. What is to be found was written down before the first run. A start command
is told by a pattern, as `poetry run` before it or a port behind it make it no other one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outgrow.discovery.findings import Findings, Service
from outgrow.strategy.components import ComponentKind as Kind

PAGES = "pages"


@dataclass(frozen=True)
class Repository:
    """Files, a pattern for the start command of each service of our own, and its stores.

    The pattern `PAGES` stands for a frontend, however it is served. What a reader may count or
    leave out is in `may_have`: a pattern of a command, or a kind of store.
    """

    name: str
    files: Mapping[str, str]
    commands: tuple[str, ...]
    stores: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """What of a repository was found, was missed, and was found though it is not there."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    commands: int
    services: tuple[int, int, int]
    stores: tuple[int, int, int]
    wrong_stores: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Return whether every start command was found."""
        return not self.missing


def score(repository: Repository, found: Findings) -> Score:
    """Return how far `found` is what `repository` holds."""
    left = list(found.services)
    missing = []
    for wanted in repository.commands:
        hit = next((one for one in left if _starts(one, wanted)), None)
        if hit is None:
            missing.append(wanted)
        else:
            left.remove(hit)
    left = [one for one in left if not any(_starts(one, p) for p in repository.may_have)]
    # A service whose command is wrong is found all the same.
    both = min(len(missing), len(left))
    right = len(repository.commands) - len(missing)
    services = (right + both, len(missing) - both, len(left) - both)
    stores, wrong = _stores(repository, found)
    return Score(tuple(missing), tuple(map(_told, left)), right, services, stores, wrong)


def _starts(service: Service, pattern: str) -> bool:
    if pattern == PAGES:
        return service.kind is Kind.FRONTEND
    return re.search(pattern, _told(service)) is not None


def _told(service: Service) -> str:
    command = service.command
    text = f"{command.text} => {command.starts}" if command else "nothing"
    return f"{service.name} ({service.kind.value}): {text}"


def _stores(
    repository: Repository, found: Findings
) -> tuple[tuple[int, int, int], tuple[str, ...]]:
    wanted = Counter(repository.stores)
    there = Counter(one.kind.value for one in found.stores)
    missed, surplus = wanted - there, there - wanted
    for kind in repository.may_have:
        surplus.pop(kind, None)
    wrong = (*(f"-{kind}" for kind in missed), *(f"+{kind}" for kind in surplus))
    return ((wanted & there).total(), missed.total(), surplus.total()), wrong


def recall_and_precision(counts: Iterable[tuple[int, int, int]]) -> tuple[float, float]:
    """Return both, from how many were found, missed and too many."""
    right, missed, surplus = (sum(column) for column in zip(*counts, strict=True))
    return right / (right + missed), right / (right + surplus)
