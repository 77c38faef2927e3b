"""Names that lead back to themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from outgrow.strategy.patterns import Mention


class Cycle(NamedTuple):
    """The names of a cycle, the first one repeated at the end, and the mention that closes it."""

    names: tuple[str, ...]
    closed_by: Mention


def find_cycles(graph: Mapping[str, Sequence[Mention]]) -> Iterator[Cycle]:
    """Yield the cycles of `graph`, which maps a name to the names it mentions.

    Each name is looked at once, so of cycles that share names not all are found together:
    breaking the ones found reveals the rest.
    """
    finished: set[str] = set()
    for start in graph:
        trail = {start: iter(graph[start])} if start not in finished else {}
        while trail:
            name, remaining = next(reversed(trail.items()))
            mention = next(remaining, None)
            if mention is None:
                finished.add(name)
                del trail[name]
            elif mention.name in trail:
                yield _cycle(list(trail), mention)
            elif mention.name in graph and mention.name not in finished:
                trail[mention.name] = iter(graph[mention.name])


def _cycle(trail: list[str], mention: Mention) -> Cycle:
    names = trail[trail.index(mention.name) :]
    return Cycle((*names, mention.name), mention)
