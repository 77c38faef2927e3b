"""Four answers to a condition, and how they combine without guessing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from outgrow.analysis.usage.readings import Missing
from outgrow.strategy.signals import Condition


class State(StrEnum):
    """Whether a condition holds, nearly holds, does not, or cannot be known."""

    HOLDS = "holds"
    WARN = "warn"
    NO = "no"
    UNKNOWN = "unknown"


_ORDER = (State.NO, State.WARN, State.HOLDS)


def rank(state: State) -> int:
    """Return how far a settled state is from `no`: 0, 1 or 2."""
    return _ORDER.index(state)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a condition: it is at least `least` and at most `most`.

    Both are settled states (never unknown); the outcome is unknown while they differ.
    `because` names the values and their dates, `missing` what would settle it.
    """

    least: State
    most: State
    reason: str
    condition: Condition | None = None
    because: str = ""
    children: tuple[Outcome, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def state(self) -> State:
        """Return the state, unknown as long as more than one is possible."""
        return self.least if self.least is self.most else State.UNKNOWN


def settled(state: State, reason: str, condition: Condition, because: str = "") -> Outcome:
    """Return an outcome that nothing further can change."""
    return Outcome(state, state, reason, condition, because)


def unknown(
    reason: str, condition: Condition, missing: Missing | None = None, because: str = ""
) -> Outcome:
    """Return an outcome that may still be anything."""
    wanted = () if missing is None else (missing,)
    return Outcome(State.NO, State.HOLDS, reason, condition, because, missing=wanted)


def between(low: State, high: State, reason: str, condition: Condition, because: str) -> Outcome:
    """Return the outcome of an estimate: `low` and `high` are what its two ends say.

    An estimate that at least warns, warns; it holds only where both ends agree.
    """
    first, last = sorted((low, high), key=rank)
    if first is State.WARN:
        last = State.WARN
    return Outcome(first, last, reason, condition, because)


def at_least_k(needed: int, children: Sequence[Outcome], condition: Condition) -> Outcome:
    """Return whether `needed` of `children` hold: `any` is one of them, `all` is every one.

    The k-th best of what each child surely is bounds the answer from below, and of what each
    may be from above; knowing more about a child can only bring the two together.
    """
    least = _kth([child.least for child in children], needed)
    most = _kth([child.most for child in children], needed)
    wanted = () if least is most else tuple(one for child in children for one in child.missing)
    group = Outcome(least, most, "", condition, children=tuple(children), missing=wanted)
    return replace(group, reason=_group_reason(group, needed))


def _kth(states: list[State], needed: int) -> State:
    return sorted(states, key=rank, reverse=True)[needed - 1]


def capped(outcome: Outcome, most: State) -> Outcome:
    """Return `outcome` as no more than `most`: a warning never becomes a must."""
    return replace(
        outcome,
        least=min(outcome.least, most, key=rank),
        most=min(outcome.most, most, key=rank),
    )


def _group_reason(group: Outcome, needed: int) -> str:
    """Say what decided: the children that hold, those that fail, or those not known."""
    total = len(group.children)
    telling = [child for child in group.children if child.state is group.state]
    if not telling:  # near, because some hold and others cannot be told apart from failing
        telling = [child for child in group.children if child.state is not State.NO]
    held = sum(child.state is State.HOLDS for child in group.children)
    if group.state is State.HOLDS or not 1 < needed < total:
        return _joined(telling)
    return f"{held} of {total} hold{'s' * (held == 1)}, {needed} needed; {_joined(telling)}"


def _joined(children: Sequence[Outcome]) -> str:
    return "; ".join(child.reason for child in children)
