"""What the judge of a new version does with anything that a source may count."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from outgrow.deploy.gates.judge import judge
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

SHARES = st.floats(0, 1)
SECONDS = st.lists(st.floats(0, 60), max_size=40).map(tuple)
ANY_SECONDS = st.lists(st.floats(), max_size=20).map(tuple)
HISTOGRAMS = st.dictionaries(st.floats(0, 60), st.integers(-5, 500), max_size=5)
ODD = st.builds(
    Counted,
    requests=st.integers(-5, 10**6),
    errors=st.integers(-5, 10**6),
    seconds=ANY_SECONDS,
    quantiles_seconds=st.dictionaries(SHARES, st.floats(), max_size=3),
    slower_than=HISTOGRAMS,
)
POLICIES = st.builds(
    GatePolicy,
    minimum_requests=st.integers(0, 1000),
    error_margin=SHARES,
    latency_ratio=st.floats(0.01, 100),
    confidence=SHARES,
)
USUAL = st.builds(
    GatePolicy,
    minimum_requests=st.integers(0, 100),
    error_margin=st.floats(0, 0.5),
    confidence=st.floats(0.5, 0.999),
)


@st.composite
def counted(draw: st.DrawFn, most: int = 3000) -> Counted:
    requests = draw(st.integers(0, most))
    return Counted(requests, draw(st.integers(0, requests)))


@given(ODD, ODD | st.none(), POLICIES)
def test_every_count_gets_an_answer_with_a_reason(
    new: Counted, old: Counted | None, policy: GatePolicy
) -> None:
    verdict = judge(new, old, policy)
    assert verdict.answer in ("pass", "fail", "undecided")
    assert all(finding.why for finding in verdict.findings)


@given(counted() | st.none(), POLICIES)
def test_no_request_of_the_new_version_is_undecided(
    old: Counted | None, policy: GatePolicy
) -> None:
    assert judge(Counted(), old, policy).answer == "undecided"


@given(counted(), counted() | st.none(), USUAL, st.integers(0, 3000))
def test_more_errors_never_make_a_failed_version_better(
    new: Counted, old: Counted | None, policy: GatePolicy, more: int
) -> None:
    worse = replace(new, errors=min(new.errors + more, new.requests))
    before, after = judge(new, old, policy).answer, judge(worse, old, policy).answer
    if before == "fail":
        assert after == "fail"
    if after == "pass":
        assert before == "pass"


@given(counted(), counted(), USUAL)
def test_a_version_that_fails_has_the_larger_share_of_errors(
    new: Counted, old: Counted, policy: GatePolicy
) -> None:
    answer = judge(new, old, policy).answer
    if answer == "fail":
        assert new.errors / new.requests > policy.error_margin + (
            old.errors / old.requests if old.requests else 0
        )
    if answer == "pass":
        assert new.requests >= policy.minimum_requests <= old.requests


@given(SECONDS, SECONDS, st.floats(1, 5))
def test_latencies_are_judged_in_any_order(
    new: tuple[float, ...], old: tuple[float, ...], ratio: float
) -> None:
    policy = GatePolicy(latency_ratio=ratio, minimum_requests=1)
    forwards = judge(Counted(len(new), 0, new), Counted(len(old), 0, old), policy)
    backwards = judge(Counted(len(new), 0, new[::-1]), Counted(len(old), 0, old[::-1]), policy)
    assert forwards == backwards
