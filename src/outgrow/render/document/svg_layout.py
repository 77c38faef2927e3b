"""Places boxes in columns so that links do not cross boxes.

The method is Sugiyama's: a link that passes over a column gets a slot of its own there, as if
it were a thin box; then each column is ordered by the middle of its neighbours, and spaced.
Everything is deterministic: ties keep the order in which boxes came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8
_SLOT = 10.0
_CLEAR = 6.0
_IDLE = 0.5  # a box that nothing pulls gives way
_ROUNDS = 60
_PULLS = (1.0, 2.0, 8.0)  # between boxes, a box and a passing link, two slots of a link


@dataclass(frozen=True, slots=True)
class Slot:
    """A box, or (without a name) the slot of a link that passes by."""

    key: str
    column: int
    height: float
    passing: bool = False


Link = tuple[str, str]
Routes = Mapping[Link, tuple[Slot, ...]]
Neighbours = Mapping[str, Sequence[tuple[Slot, float]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of each slot from the top, and the slots that each link goes through.

    The route of a link runs from its source to its target, column by column.
    """

    middles: Mapping[str, float]
    columns: Mapping[str, int]
    routes: Routes
    height: float


def lay_out(
    slots: Sequence[Slot],
    links: Sequence[Link],
    gap: float,
    pull: Callable[[Link], float] = lambda _: 1.0,
) -> Layout:
    """Return where everything stands; `gap` is the least space between two boxes.

    Links with a strong `pull` become straight at the expense of the others.
    """
    by_key = {slot.key: slot for slot in slots}
    routes = {link: _route(by_key[link[0]], by_key[link[1]]) for link in links}
    columns = _columns(slots, routes)
    neighbours = _neighbours(routes, pull)
    columns = _fewest_crossings(columns, neighbours, routes)
    middles = _space(columns, neighbours, gap)
    _straighten(middles, columns, routes)
    return _from_the_top(middles, columns, routes)


def _route(source: Slot, target: Slot) -> tuple[Slot, ...]:
    step = 1 if target.column > source.column else -1
    between = range(source.column + step, target.column, step)
    if source.column == target.column:
        return (source, target)
    passing = [
        Slot(f"{source.key}\0{target.key}\0{column}", column, _SLOT, passing=True)
        for column in between
    ]
    return (source, *passing, target)


def _columns(slots: Sequence[Slot], routes: Routes) -> list[list[Slot]]:
    everything = [*slots, *(s for route in routes.values() for s in route if s.passing)]
    count = 1 + max((slot.column for slot in everything), default=0)
    return [[slot for slot in everything if slot.column == column] for column in range(count)]


def _neighbours(routes: Routes, pull: Callable[[Link], float]) -> Neighbours:
    found: dict[str, list[tuple[Slot, float]]] = {}
    for link, route in routes.items():
        for one, other in pairwise(route):
            strength = pull(link) * _PULLS[one.passing + other.passing]
            found.setdefault(one.key, []).append((other, strength))
            found.setdefault(other.key, []).append((one, strength))
    return found


def _fewest_crossings(
    columns: list[list[Slot]],
    neighbours: Neighbours,
    routes: Routes,
) -> list[list[Slot]]:
    best, fewest = columns, _crossings(columns, routes)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        columns = _ordered(columns, neighbours, forward)
        crossings = _crossings(columns, routes)
        if crossings < fewest:
            best, fewest = columns, crossings
    return _swapped(best, routes)


def _ordered(columns: list[list[Slot]], neighbours: Neighbours, forward: bool) -> list[list[Slot]]:
    placed = [list(column) for column in columns]
    indices = range(len(placed)) if forward else range(len(placed) - 1, -1, -1)
    for index in indices:
        beside = index - 1 if forward else index + 1
        if not 0 <= beside < len(placed):
            continue
        rank = {slot.key: place for place, slot in enumerate(placed[beside])}

        def barycentre(entry: tuple[int, Slot], rank: Mapping[str, int] = rank) -> float:
            places = [
                rank[other.key]
                for other, _ in neighbours.get(entry[1].key, ())
                if other.key in rank
            ]
            return sum(places) / len(places) if places else float(entry[0])

        placed[index] = [slot for _, slot in sorted(enumerate(placed[index]), key=barycentre)]
    return placed


def _crossings(columns: list[list[Slot]], routes: Routes) -> int:
    rank = {slot.key: place for column in columns for place, slot in enumerate(column)}
    between: dict[int, list[tuple[int, int]]] = {}
    total = 0
    for route in routes.values():
        for one, other in pairwise(route):
            if one.column == other.column:
                total += max(0, abs(rank[one.key] - rank[other.key]) - 1)
                continue
            left, right = (one, other) if one.column < other.column else (other, one)
            between.setdefault(left.column, []).append((rank[left.key], rank[right.key]))
    for pairs in between.values():
        total += sum(
            (a[0] - b[0]) * (a[1] - b[1]) < 0
            for index, a in enumerate(pairs)
            for b in pairs[index + 1 :]
        )
    return total


def _swapped(columns: list[list[Slot]], routes: Routes) -> list[list[Slot]]:
    """Swap neighbours in a column as long as that removes a crossing."""
    best = [list(column) for column in columns]
    fewest = _crossings(best, routes)
    improved = True
    while improved and fewest:
        improved = False
        for column in best:
            for index in range(len(column) - 1):
                column[index], column[index + 1] = column[index + 1], column[index]
                crossings = _crossings(best, routes)
                if crossings < fewest:
                    fewest, improved = crossings, True
                else:
                    column[index], column[index + 1] = column[index + 1], column[index]
    return best


def _space(columns: list[list[Slot]], neighbours: Neighbours, gap: float) -> dict[str, float]:
    """Move every slot towards the middle of its neighbours, as far as the order allows."""
    middles = {}
    for column in columns:
        tops = _stacked(column, gap)
        shift = (tops[-1] + column[-1].height / 2) / 2 if column else 0
        middles.update({s.key: top - shift for s, top in zip(column, tops, strict=True)})
    for _ in range(_ROUNDS):
        for column in columns:
            wanted = [_wanted(slot, neighbours, middles) for slot in column]
            for slot, place in zip(column, _without_overlap(column, wanted, gap), strict=True):
                middles[slot.key] = place
    return middles


def _stacked(column: list[Slot], gap: float) -> list[float]:
    places: list[float] = []
    top = 0.0
    for slot in column:
        places.append(top + slot.height / 2)
        top += slot.height + gap
    return places


def _wanted(
    slot: Slot, neighbours: Neighbours, middles: Mapping[str, float]
) -> tuple[float, float]:
    """Return the middle of the neighbours, and how strongly they pull there."""
    around = [
        (middles[other.key], strength)
        for other, strength in neighbours.get(slot.key, ())
        if other.column != slot.column
    ]
    if not around:
        return middles[slot.key], _IDLE
    total = sum(strength for _, strength in around)
    mean = sum(place * strength for place, strength in around) / total
    return (middles[slot.key] + mean) / 2, total


def _without_overlap(
    column: list[Slot], wanted: list[tuple[float, float]], gap: float
) -> list[float]:
    """Return the places nearest to `wanted` that keep order and distance.

    Once the least distances are taken off, what remains may not fall: neighbours that would
    are pooled at their mean, weighted by how strongly each is pulled (isotonic regression).
    """
    stacked = _stacked(column, gap)
    pools: list[tuple[float, float, int]] = []
    for (place, weight), least in zip(wanted, stacked, strict=True):
        mean, count = place - least, 1
        while pools and pools[-1][0] > mean:
            before, heavier, size = pools.pop()
            mean = (mean * weight + before * heavier) / (weight + heavier)
            weight, count = weight + heavier, count + size
        pools.append((mean, weight, count))
    shifts = [mean for mean, _, count in pools for _ in range(count)]
    return [shift + least for shift, least in zip(shifts, stacked, strict=True)]


def _straighten(middles: dict[str, float], columns: list[list[Slot]], routes: Routes) -> None:
    """Give all slots of a passing link one height wherever nothing stands in the way."""
    places = {slot.key: (column, i) for column in columns for i, slot in enumerate(column)}
    for route in routes.values():
        passing = [slot for slot in route if slot.passing]
        if len(passing) < 2:
            continue
        mean = sum(middles[slot.key] for slot in passing) / len(passing)
        if all(_free(slot, mean, middles, *places[slot.key]) for slot in passing):
            middles.update({slot.key: mean for slot in passing})


def _free(
    slot: Slot, height: float, middles: Mapping[str, float], column: list[Slot], index: int
) -> bool:
    above = column[index - 1] if index else None
    below = column[index + 1] if index + 1 < len(column) else None
    room = _CLEAR + slot.height / 2
    if above is not None and height - middles[above.key] < room + above.height / 2:
        return False
    return below is None or middles[below.key] - height >= room + below.height / 2


def _from_the_top(
    middles: dict[str, float],
    columns: list[list[Slot]],
    routes: Routes,
) -> Layout:
    edges = [
        (middles[slot.key] - slot.height / 2, middles[slot.key] + slot.height / 2)
        for column in columns
        for slot in column
    ]
    top = min((edge[0] for edge in edges), default=0.0)
    bottom = max((edge[1] for edge in edges), default=0.0)
    placed = {key: middle - top for key, middle in middles.items()}
    of_column = {slot.key: slot.column for column in columns for slot in column}
    return Layout(placed, of_column, routes, bottom - top)
