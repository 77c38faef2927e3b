"""Judges a new version by what was counted of it and of the old one."""

from __future__ import annotations

from outgrow.deploy.gates.errors import Allowed, errors_found, trials_of
from outgrow.deploy.gates.latency import latency_found
from outgrow.deploy.gates.verdict import Finding, Verdict
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

_COMPARISONS = 2  # errors and latency share the false alarms that are allowed
_LEAST_CHANCE = 1e-9  # a confidence of 1 would never decide anything


def judge(
    new: Counted,
    old: Counted | None,
    policy: GatePolicy,
    *,
    shared_by: int = 1,
    source: str = "",
) -> Verdict:
    """Return whether the new version is worse than the old one, not worse, or neither is known.

    Both count everything since the same moment. It may be called as often as one likes: over
    all calls together a version that is not worse fails with a chance of at most
    1 - `policy.confidence`, and so does one pass that is worse by a margin. `shared_by` is how
    many judges share that chance, one for each source. `old` is None on a first deploy.
    """
    allowed = allowance(policy, shared_by)
    before = None if old is None else trials_of(old)
    errors = errors_found(trials_of(new), before, policy, allowed, source)
    latency = None if old is None else latency_found(new, old, policy, allowed, source)
    if latency is None:
        unknown = f"{errors.why}; latencies were not compared"
        return Verdict((Finding(errors.name, errors.verdict, unknown),))
    return Verdict((errors, latency))


def allowance(policy: GatePolicy, shared_by: int = 1) -> Allowed:
    """Return the chances to be wrong that one comparison has.

    A version fails as soon as one comparison fails it, so they share that chance; to pass it
    has to pass them all, so each may have the whole of the other.
    """
    chance = min(max(1 - policy.confidence, _LEAST_CHANCE), 0.5)
    return Allowed(chance / (_COMPARISONS * max(shared_by, 1)), chance)
