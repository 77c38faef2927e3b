"""Every system of the examples: what the tests of rendered files go through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from outgrow.operations.opened import Opened, open_strategy
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System

EXAMPLES = Path(__file__).parent.parent / "examples"


@cache
def opened(example: str) -> Opened:
    """Return the example strategy of that name."""
    return open_strategy(str(EXAMPLES / example / "outgrow.yaml"))


def system(example: str, phase: str, environment: str | None = None) -> System:
    """Return one phase of an example in an environment (None: production)."""
    found = opened(example)
    locate = found.loaded.source.locate
    return build_system(found.strategy, found.catalog, phase, environment, locate)


def example_names() -> tuple[str, ...]:
    """Return the names of the example strategies."""
    return tuple(sorted(path.parent.name for path in EXAMPLES.glob("*/outgrow.yaml")))


def all_systems() -> Iterator[tuple[str, System]]:
    """Return every phase of every example in every environment, once each, with its name.

    An environment with a phase of its own shows that phase only.
    """
    for example in example_names():
        strategy = opened(example).strategy
        seen = set()
        for phase in strategy.phases:
            for environment in (None, *strategy.environments):
                found = system(example, phase, environment)
                key = (found.phase, found.environment)
                if key not in seen:
                    seen.add(key)
                    yield f"{example}-{found.phase}-{found.environment}", found
