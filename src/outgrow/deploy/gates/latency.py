"""Compares how long the requests of both versions take."""

from __future__ import annotations

from math import log

from outgrow.deploy.gates.errors import Allowed
from outgrow.deploy.gates.quantiles import (
    QUANTILE,
    Latencies,
    against_not_slower,
    against_slower,
    latencies_of,
    quantile_of,
)
from outgrow.deploy.gates.verdict import Finding
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

_NAME = "latency"
# A quantile of which fewer requests lie beyond says little.
_BEYOND_QUANTILE = 10


def latency_found(
    new: Counted, old: Counted, policy: GatePolicy, allowed: Allowed, by: str = ""
) -> Finding | None:
    """Return what the latencies say, None where the source tells none of one side."""
    mine, theirs = latencies_of(new), latencies_of(old)
    found = (
        _quantiles_compared(new, old, policy)
        if mine is None or theirs is None
        else _compared(mine, theirs, policy, allowed)
    )
    if found is None or not by:
        return found
    return Finding(found.name, found.verdict, f"{by}: {found.why}")


def _compared(new: Latencies, old: Latencies, policy: GatePolicy, allowed: Allowed) -> Finding:
    counted = f"p95 {_told(new)} for the new version, {_told(old)} for the old one"
    ratio = _limit_told(policy)
    if against_not_slower(new, old, policy.latency_limit) >= -log(allowed.to_fail):
        return Finding(_NAME, "fail", f"{counted}: more than {ratio}")
    least = min(new.count, old.count)
    if least < policy.minimum_requests:
        return Finding(_NAME, "undecided", f"{counted}: too few requests to decide")
    if against_slower(new, old, policy.latency_limit) >= -log(allowed.to_pass):
        return Finding(_NAME, "pass", f"{counted}: less than {ratio}")
    return Finding(_NAME, "undecided", f"{counted}: not yet decided, more requests are needed")


def _quantiles_compared(new: Counted, old: Counted, policy: GatePolicy) -> Finding | None:
    """Return the plain comparison of two figures: no test, and said so."""
    common = sorted(new.quantiles_seconds.keys() & old.quantiles_seconds.keys())
    if not common:
        return None
    quantile = min(common, key=lambda one: abs(one - QUANTILE))
    mine, theirs = new.quantiles_seconds[quantile], old.quantiles_seconds[quantile]
    counted = f"p{quantile * 100:g} {_seconds(mine)} for the new version, {_seconds(theirs)} for"
    needed = max(policy.minimum_requests, round(_BEYOND_QUANTILE / max(1 - quantile, 1e-3)))
    if min(new.requests, old.requests) < needed or not (mine >= 0 and theirs >= 0):
        why = f"{counted} the old one: {needed} requests of each are needed"
        return Finding(_NAME, "undecided", why)
    worse = mine > policy.latency_limit(theirs)
    answer = f"{'more' if worse else 'not more'} than {_limit_told(policy)}"
    return Finding(
        _NAME,
        "fail" if worse else "pass",
        f"{counted} the old one: {answer} (two figures of the source compared; not a "
        "sequential test, so that chance may mislead it)",
    )


def _limit_told(policy: GatePolicy) -> str:
    slack = _seconds(policy.latency_slack_seconds)
    return f"{policy.latency_ratio:g} times the old one's and {slack} above it"


def _told(latencies: Latencies) -> str:
    value = quantile_of(latencies)
    known = "beyond the last bucket" if value is None else _seconds(value)
    return f"{known} of {latencies.count}"


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
