"""Requests of the old and the new version, counted by a fleet's proxy or sent by ourselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import cycle, islice
from operator import add
from typing import Protocol

from outgrow.deploy.values import Counted, Probe, Side
from outgrow.errors import OutsideError

_EACH_LOOK = 10
_BAD_ENOUGH = 2  # of one look: what hangs would keep the engine waiting for each deadline


class Counting(Protocol):
    """The part of a `Fleet` that counts."""

    def mark(self) -> str:
        """Return a mark of this moment for `counted`."""

    def counted(self, since: str) -> Mapping[str, Counted]:
        """Return what the proxy has counted for each slot since a mark."""


@dataclass(slots=True)
class ProxySource:
    """What the proxy counts for the slots of both sides; needs no Prometheus."""

    fleet: Counting
    slots: Mapping[Side, Sequence[str]]
    name: str = "proxy"
    _mark: str | None = None
    _kept: dict[Side, Counted] = field(default_factory=dict)
    _seen: dict[Side, Counted] = field(default_factory=dict)

    def begin(self) -> None:
        """Count from now on."""
        self._kept, self._seen = {}, {}
        self._mark = self.fleet.mark()

    def read(self) -> Mapping[Side, Counted]:
        """Return everything counted since `begin`.

        Raises OutsideError when the proxy has forgotten; what was read before is kept, and the
        next read counts on.
        """
        if self._mark is None:
            raise OutsideError("nothing was counted: `begin` was not called")
        try:
            counted = self.fleet.counted(self._mark)
        except OutsideError:
            self._kept, self._seen = dict(self._seen), {}
            self._mark = self.fleet.mark()
            raise
        self._seen = {
            side: self._kept.get(side, Counted()) + _sum(counted, slots)
            for side, slots in self.slots.items()
            if slots
        }
        return dict(self._seen)


@dataclass(slots=True)
class ProbeSource:
    """Asks instances of both sides for the paths of the strategy, and counts the answers.

    `ask` sends one GET for a path to the instance in a slot, past the proxy: no user waits for
    it, and no user's request is in the figures. Each look asks both sides equally often.
    """

    ask: Callable[[str, str], Probe]
    slots: Mapping[Side, Sequence[str]]
    paths: Sequence[str] = ("/",)
    each_look: int = _EACH_LOOK
    name: str = "probes"
    _counted: dict[Side, Counted] = field(default_factory=dict)
    _asked: dict[Side, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Count from now on."""
        self._counted = {}

    def read(self) -> Mapping[Side, Counted]:
        """Ask some more and return everything counted since `begin`."""
        for side, slots in self.slots.items():
            if slots and self.paths:
                self._counted[side] = self._counted.get(side, Counted()) + self._ask(side, slots)
        return dict(self._counted)

    def _ask(self, side: Side, slots: Sequence[str]) -> Counted:
        answers: list[Probe] = []
        questions = [(slot, path) for path in self.paths for slot in slots]
        first = self._asked.get(side, 0) % len(questions)
        for slot, path in islice(cycle(questions), first, first + self.each_look):
            answers.append(self.ask(slot, path))
            if sum(not one.ok for one in answers) >= _BAD_ENOUGH:
                break
        self._asked[side] = first + len(answers)
        return Counted(
            requests=len(answers),
            errors=sum(not one.ok for one in answers),
            seconds=tuple(one.seconds for one in answers if one.seconds is not None),
        )


def _sum(counted: Mapping[str, Counted], slots: Sequence[str]) -> Counted:
    return reduce(add, (counted[slot] for slot in slots if slot in counted), Counted())
