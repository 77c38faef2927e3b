"""What a load found while a version was put in place of another: losses, latencies, the swap.

A request is lost when it failed (no answer, an error, a wrong body), when a kept connection was
closed under it before the first byte of an answer, or when it took too long. A latency counts
from the moment a request was due, so that a stall is felt by every request it held up.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from pydantic import JsonValue, TypeAdapter

from outgrow.deploy.load_plan import RequestKind

Outcome = Literal["ok", "failed", "stale", "timeout"]
_SETTLING_SECONDS = 2.0  # after the last weight: what a swap does to latencies shows within it
_LATE_SECONDS = 0.1  # a load that sends this late measured itself


@dataclass(frozen=True, slots=True)
class Sample:
    """One request; its moments are seconds since the beginning of the load.

    `why` tells what was wrong: `no answer: ...`, `status 503`, `wrong body`. `version` is what
    the answer says it comes from, None where it says nothing. `reused` is true for a connection
    that had answered before.
    """

    number: int
    kind: RequestKind
    due_seconds: float
    sent_seconds: float
    ended_seconds: float
    outcome: Outcome
    why: str = ""
    version: str | None = None
    reused: bool = False

    @property
    def latency_seconds(self) -> float:
        """Return how long it took, from the moment it was due."""
        return self.ended_seconds - self.due_seconds


@dataclass(frozen=True, slots=True)
class Span:
    """Latencies of the answered requests of one time, without those that were asked to be slow."""

    requests: int
    p50_seconds: float | None
    p99_seconds: float | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a load found; every count is of requests.

    `reasons` counts what was lost by its reason. `swap_seconds` runs from the first
    answer of the new version to the last request of the old one (None where answers do not tell
    their version, no weight was changed, or the old version is back). `late_seconds` is the most
    by which the load itself sent a request too late. `versions` counts answers.
    """

    rate_per_second: int
    seconds: float
    requests: int
    failed: int
    stale_resets: int
    timeouts: int
    before: Span
    during: Span
    after: Span
    swap_seconds: float | None
    late_seconds: float
    reasons: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Return how many requests somebody would have missed."""
        return self.failed + self.stale_resets + self.timeouts

    @property
    def holds(self) -> bool:
        """Return whether requests were sent and none was lost."""
        return self.requests > 0 and self.lost == 0


_PROOF: TypeAdapter[Proof] = TypeAdapter(Proof)


def proof_of(samples: Sequence[Sample], weights_at: Sequence[float], rate_per_second: int) -> Proof:
    """Return what `samples` show; `weights_at` are the moments at which weights changed.

    Without such a moment everything is before the swap.
    """
    outcomes = Counter(one.outcome for one in samples)
    swap = _swap(samples, weights_at)
    over = swap.last + _SETTLING_SECONDS
    return Proof(
        rate_per_second=rate_per_second,
        seconds=max((one.ended_seconds for one in samples), default=0.0),
        requests=len(samples),
        failed=outcomes["failed"],
        stale_resets=outcomes["stale"],
        timeouts=outcomes["timeout"],
        before=_span(samples, lambda at: at < swap.first),
        during=_span(samples, lambda at: swap.first <= at <= over),
        after=_span(samples, lambda at: at > over),
        swap_seconds=swap.seconds,
        late_seconds=max((one.sent_seconds - one.due_seconds for one in samples), default=0.0),
        reasons=Counter(one.why for one in samples if one.outcome != "ok"),
        versions=Counter(one.version for one in samples if one.version is not None),
    )


@dataclass(frozen=True, slots=True)
class _Swap:
    """When the new version answered first or weights changed, and when it was over."""

    first: float = math.inf
    last: float = math.inf
    seconds: float | None = None


def _swap(samples: Sequence[Sample], weights_at: Sequence[float]) -> _Swap:
    if not weights_at:
        return _Swap()
    first, last = min(weights_at), max(weights_at)
    told = sorted((one for one in samples if one.version is not None), key=lambda s: s.sent_seconds)
    # A weight is noted once it is set, so the first answers of the new version may come before.
    before = Counter(one.version for one in told if one.sent_seconds < first)
    if not before:
        return _Swap(first, last)
    old = before.most_common(1)[0][0]
    # When they ended: what the proxy tried again on the new version was sent long before.
    new_at = min((one.ended_seconds for one in told if one.version != old), default=math.inf)
    if told[-1].version == old:
        return _Swap(min(first, new_at), last)  # nothing was swapped, or it was taken back
    old_at = max(one.sent_seconds for one in told if one.version == old)
    return _Swap(min(first, new_at), max(last, old_at), max(old_at - new_at, 0.0))


def _span(samples: Iterable[Sample], within: Callable[[float], bool]) -> Span:
    found = sorted(
        one.latency_seconds
        for one in samples
        if one.kind != "slow" and one.outcome == "ok" and within(one.due_seconds)
    )
    return Span(len(found), quantile(found, 0.5), quantile(found, 0.99))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the ordered ones lie; None without any."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def proof_facts(proof: Proof) -> dict[str, JsonValue]:
    """Return `proof` for the journal and for `--json`."""
    return cast("dict[str, JsonValue]", _PROOF.dump_python(proof, mode="json"))


def proof_from(facts: Mapping[str, JsonValue]) -> Proof:
    """Return the proof that `proof_facts` wrote down."""
    return _PROOF.validate_python(facts)


def proof_summary(proof: Proof) -> str:
    """Return `proof` in a few words: a cell of a table."""
    if not proof.requests:
        return "nothing proved"
    lost = f"{proof.lost} of {proof.requests} lost"
    return lost if proof.swap_seconds is None else f"{lost}, swap {proof.swap_seconds:.3f} s"


def proof_lines(proof: Proof) -> list[str]:
    """Return `proof` for people: what was lost, how long answers took, what to make of it."""
    if not proof.requests:
        return [f"nothing is proved: {next(iter(proof.reasons), 'no request was sent')}"]
    told = [
        f"{proof.requests} requests at {proof.rate_per_second}/s in {proof.seconds:.1f} s: "
        f"{proof.failed} failed, {proof.stale_resets} stale resets, {proof.timeouts} timed out",
        "p50 / p99: " + ", ".join(f"{name} {_span_text(one)}" for name, one in _named(proof)),
    ]
    if proof.reasons:
        ordered = sorted(proof.reasons.items(), key=lambda one: -one[1])
        told.append("lost: " + ", ".join(f"{count} x {why}" for why, count in ordered[:5]))
    if proof.swap_seconds is not None:
        told.append(
            f"swap: {proof.swap_seconds:.3f} s from the first answer of the new version to the "
            "last request of the old one"
        )
    if proof.late_seconds > _LATE_SECONDS:
        told.append(
            f"the load itself sent up to {proof.late_seconds * 1000:.0f} ms late: this machine is "
            "busy, and the latencies are partly its own"
        )
    return told


def _named(proof: Proof) -> tuple[tuple[str, Span], ...]:
    return ("before", proof.before), ("during", proof.during), ("after", proof.after)


def _span_text(span: Span) -> str:
    if span.p50_seconds is None or span.p99_seconds is None:
        return "unknown"
    return f"{span.p50_seconds * 1000:.1f} / {span.p99_seconds * 1000:.1f} ms"
