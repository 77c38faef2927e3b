"""Whether every instance of a new version keeps answering its health check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from outgrow.deploy.gates.verdict import Finding
from outgrow.deploy.values import Probe
from outgrow.errors import OutsideError

_NAME = "health"
_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Streak:
    """How the last probes of one slot ended: so many in a row that were good, or bad."""

    good: int = 0
    bad: int = 0
    last: Probe | None = None

    def after(self, probe: Probe) -> Streak:
        """Return the streak with one more probe."""
        if probe.ok:
            return Streak(self.good + 1, 0, probe)
        return Streak(0, self.bad + 1, probe)


def health_found(streaks: Sequence[Streak], in_a_row: int = _IN_A_ROW) -> Finding:
    """Return what the probes say: `in_a_row` decide, good ones of every slot or bad of one.

    One failed probe is the network's as often as the version's, and one good answer may be the
    last before it ends.
    """
    bad = [one for one in streaks if one.bad >= in_a_row]
    if bad:
        said = "; ".join(_said(one) for one in bad)
        return Finding(_NAME, "fail", f"{in_a_row} health checks in a row failed: {said}")
    good = [one for one in streaks if one.good >= in_a_row]
    if streaks and len(good) == len(streaks):
        return Finding(_NAME, "pass", f"{in_a_row} health checks in a row were good")
    left = len(streaks) - len(good)
    why = f"{left} of {len(streaks)} instances have not had {in_a_row} good health checks in a row"
    failing = "; ".join(_said(one) for one in streaks if one.bad)
    return Finding(_NAME, "undecided", f"{why}{': ' if failing else ''}{failing}")


@dataclass(slots=True)
class HealthWatch:
    """Probes the slots of the new version at each look.

    `ask` puts one question to the instance in a slot, past the proxy.
    """

    slots: Sequence[str]
    ask: Callable[[str], Probe]
    in_a_row: int = _IN_A_ROW
    _streaks: dict[str, Streak] = field(default_factory=dict)

    def look(self) -> Finding:
        """Return what this probe of each slot and those before it say."""
        for slot in self.slots:
            try:
                probe = self.ask(slot)
            except OutsideError as error:
                return Finding(_NAME, "undecided", f"{slot} cannot be asked: {error.reason}")
            self._streaks[slot] = self._streaks.get(slot, Streak()).after(probe)
        return health_found([self._streaks[slot] for slot in self.slots], self.in_a_row)


def _said(streak: Streak) -> str:
    return f"{streak.last.slot}: {streak.last.said}" if streak.last else ""
