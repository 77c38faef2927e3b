"""Compares the shares of failed requests: is the new version worse by more than the margin?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

from outgrow.deploy.gates.evidence import (
    Trials,
    against_apart,
    against_at_least,
    against_at_most,
    against_close,
)
from outgrow.deploy.gates.verdict import Finding
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

Answer = Literal["pass", "fail", "undecided"]

# With too few of the old version's requests to compare: what a version that people use is
# taken to fail at most, and the part of the allowed false alarms that is spent on that.
_WORST_OLD = 0.1
_SPENT_ALONE = 0.1
_MOST_MORE = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """How often to be wrong: chances of 0 to 1 to fail, and to pass, a version wrongly."""

    to_fail: float
    to_pass: float


def trials_of(counted: Counted) -> Trials:
    """Return what was counted; what cannot be, such as more errors than requests, is capped."""
    requests = max(counted.requests, 0)
    return Trials(requests, min(max(counted.errors, 0), requests))


def errors_found(
    new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed, by: str = ""
) -> Finding:
    """Return what the shares of failed requests say; `old` is None where there is no old side.

    `by` names the source, in front of the reason.
    """
    answer = decide(new, old, policy, allowed)
    why = _why(answer, new, old, policy, allowed)
    return Finding("errors", answer, f"{by}: {why}" if by else why)


def decide(new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed) -> Answer:
    """Return the answer: at any number of requests, after any number of looks."""
    if not new.count:
        return "undecided"
    if _has_failed(new, old, policy, allowed):
        return "fail"
    enough = _has_enough(new, policy) and (old is None or _has_enough(old, policy))
    return "pass" if enough and _has_passed(new, old, policy, allowed) else "undecided"


def _has_failed(new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed) -> bool:
    margin = policy.error_margin
    if old is None:
        return against_at_most(new, margin) >= _threshold(allowed.to_fail)
    if against_close(new, old, margin) >= _threshold(allowed.to_fail * (1 - _SPENT_ALONE)):
        return True
    if _has_enough(old, policy) or old.share > _WORST_OLD:
        return False
    alone = against_at_most(new, min(_WORST_OLD + margin, 1.0))
    return alone >= _threshold(allowed.to_fail * _SPENT_ALONE)


def _has_passed(new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed) -> bool:
    margin = policy.error_margin
    found = against_at_least(new, margin) if old is None else against_apart(new, old, margin)
    return found >= _threshold(allowed.to_pass)


def _has_enough(side: Trials, policy: GatePolicy) -> bool:
    return side.count >= policy.minimum_requests


def _threshold(chance: float) -> float:
    return -log(chance)


# --- in words -----------------------------------------------------------------------------


def _why(
    answer: Answer, new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed
) -> str:
    if not new.count:
        return "no request has reached the new version yet"
    counted = f"{_told(new)} of the new version failed, {_beside(old)}"
    margin = _points(policy)
    if answer == "fail":
        return f"{counted}: worse by more than {margin}{_assumed(new, old, policy)}"
    if answer == "pass":
        return f"{counted}: not worse by {margin} or more"
    return f"{counted}: {_missing(new, old, policy, allowed)}"


def _beside(old: Trials | None) -> str:
    if old is None:
        return "judged by itself, for there is no old version to compare with"
    return f"{_told(old)} of the old one" if old.count else "none of the old one's were counted"


def _assumed(new: Trials, old: Trials | None, policy: GatePolicy) -> str:
    """Return what is taken for granted of an old version with too few requests."""
    if old is None or _has_enough(old, policy):
        return ""
    if against_close(new, old, policy.error_margin) >= against_at_most(new, _WORST_OLD):
        return ""
    return (
        f", taking it that the old one fails no more than {_WORST_OLD * 100:.0f} % of its requests"
    )


def _missing(new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed) -> str:
    """Return what an answer would need."""
    few = [
        f"{policy.minimum_requests - side.count:.0f} more requests of the {name} version"
        for name, side in (("new", new), ("old", old))
        if side is not None and not _has_enough(side, policy)
    ]
    if few:
        return f"too few to decide, {' and '.join(few)} are needed at least"
    more = requests_needed(new, old, policy, allowed)
    if more is None:
        return f"too close to a difference of {_points(policy)} to decide"
    return f"not yet decided, some {more} more requests of the new version like these would do"


def requests_needed(
    new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed
) -> int | None:
    """Return how many more requests decide if all goes on as until now, None for too many."""
    low, high = 1.0, 2.0
    while not _decided_at(high, new, old, policy, allowed):
        low, high = high, high * 2
        if new.count * high > _MOST_MORE:
            return None
    while high - low > 0.02 * low:
        middle = (low + high) / 2
        if _decided_at(middle, new, old, policy, allowed):
            high = middle
        else:
            low = middle
    return _rounded(new.count * (high - 1))


def _decided_at(
    factor: float, new: Trials, old: Trials | None, policy: GatePolicy, allowed: Allowed
) -> bool:
    later = None if old is None else _times(old, factor)
    return decide(_times(new, factor), later, policy, allowed) != "undecided"


def _times(side: Trials, factor: float) -> Trials:
    return Trials(side.count * factor, side.hits * factor)


def _rounded(count: float) -> int:
    """Return a count of two digits, upwards: it is an estimate, and shall look like one."""
    whole = max(int(count) + 1, 1)
    step = int(10 ** max(len(str(whole)) - 2, 0))
    return -(-whole // step) * step


def _told(side: Trials) -> str:
    percent = side.share * 100
    share = f"{percent:.0f}" if percent >= 10 or not percent else f"{percent:.2g}"
    return f"{side.hits:.0f} of {side.count:.0f} requests ({share} %)"


def _points(policy: GatePolicy) -> str:
    points = f"{policy.error_margin * 100:.3g}"
    return f"{points} percentage point{'' if points == '1' else 's'}"
