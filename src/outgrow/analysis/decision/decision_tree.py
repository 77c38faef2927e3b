"""The strategy's phases as a tree of decisions, for the document and for `outgrow decide`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow.analysis.signals.condition_words import describe
from outgrow.strategy.strategy import Strategy

_DEEPEST = 100  # forks below one another; a page shows far fewer


@dataclass(frozen=True, slots=True)
class Fork:
    """A way out of a phase, and when it is taken; `to` is None where it joins a drawn phase."""

    name: str
    direction: Literal["up", "down", "aside"]
    when: str
    to: Tree | None


@dataclass(frozen=True, slots=True)
class Tree:
    """A phase with what it serves, its forks, and the add-ons that can be laid over it."""

    phase: str
    title: str
    serves: tuple[tuple[str, str], ...]
    forks: tuple[Fork, ...]
    addons: tuple[tuple[str, str], ...]


def decision_tree(strategy: Strategy) -> tuple[Tree, ...]:
    """Return the tree from the first phase; phases that nothing leads to are further roots.

    Each phase is drawn once, where it is met first.
    """
    drawn: set[str] = set()
    order = dict.fromkeys([strategy.first_phase, *strategy.phases])
    led_to = {to for phase in strategy.phases.values() for to in phase.next}
    roots = [name for name in order if name == strategy.first_phase or name not in led_to]
    trees = [_draw(strategy, root, drawn) for root in roots]
    # A circle that nothing enters has no root of its own, nor does what lies too deep.
    trees += [_draw(strategy, name, drawn) for name in order if name not in drawn]
    return tuple(tree for tree in trees if tree is not None)


def _draw(strategy: Strategy, name: str, drawn: set[str], depth: int = 0) -> Tree | None:
    if name in drawn or depth > _DEEPEST:
        return None
    drawn.add(name)
    phase = strategy.phases[name]
    # Ways back are drawn last, so that a phase is met on the way up.
    ways = sorted(phase.next.items(), key=lambda item: item[1].direction == "down")
    return Tree(
        phase=name,
        title=phase.name or name,
        serves=tuple((variable, str(span)) for variable, span in phase.serves.items()),
        forks=tuple(
            Fork(
                to,
                way.direction,
                describe(way.when) if way.when else _served(strategy, to),
                _draw(strategy, to, drawn, depth + 1),
            )
            for to, way in ways
        ),
        addons=tuple(
            (addon_name, describe(addon.when) if addon.when else "")
            for addon_name, addon in strategy.addons.items()
            if not addon.fits or name in addon.fits
        ),
    )


def _served(strategy: Strategy, phase: str) -> str:
    serves = strategy.phases[phase].serves
    return " and ".join(f"{variable} {span}" for variable, span in serves.items())
