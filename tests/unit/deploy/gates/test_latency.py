"""The test of latencies: a quantile of two versions, of which neither is known."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from outgrow.deploy.gates.judge import allowance, judge
from outgrow.deploy.gates.latency import latency_found
from outgrow.deploy.gates.quantiles import latencies_of, quantile_of
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

POLICY = GatePolicy()
ALLOWED = allowance(POLICY)
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


def took(count: int, chance: random.Random, factor: float = 1.0) -> list[float]:
    """Return latencies as services have them: around 50 ms, some much longer."""
    return [factor * 0.05 * math.exp(chance.gauss(0, 0.8)) for _ in range(count)]


def single(seconds: Sequence[float]) -> Counted:
    return Counted(len(seconds), 0, tuple(seconds))


def histogram(seconds: Sequence[float]) -> Counted:
    slower = {bound: sum(one > bound for one in seconds) for bound in BOUNDS}
    return Counted(len(seconds), slower_than=slower)


def answer(new: Counted, old: Counted, policy: GatePolicy = POLICY) -> str:
    found = latency_found(new, old, policy, allowance(policy))
    assert found is not None
    return found.verdict


def first_answer(factor: float, seed: int, most: int, policy: GatePolicy = POLICY) -> str:
    """Return the first answer, looking each time that both versions had ten more requests."""
    chance = random.Random(seed)
    new: list[float] = []
    old: list[float] = []
    while len(new) < most:
        new += took(10, chance, factor)
        old += took(10, chance)
        found = answer(single(new), single(old), policy)
        if found != "undecided":
            return found
    return "undecided"


def test_a_version_slower_by_the_ratio_itself_fails_in_fewer_than_one_of_twenty() -> None:
    answers = [first_answer(POLICY.latency_ratio, seed, 300) for seed in range(40)]
    assert answers.count("fail") <= 2
    assert answers.count("pass") <= 2


def test_equal_versions_pass_and_one_of_three_times_the_latency_fails() -> None:
    assert [first_answer(1, seed, 1500) for seed in range(6)].count("pass") >= 5
    assert {first_answer(3, seed, 1000) for seed in range(6)} == {"fail"}


def test_milliseconds_decide_nothing_where_both_versions_are_quick() -> None:
    chance = random.Random(3)
    quick = [one / 20 for one in took(600, chance)]
    assert answer(single([4 * one for one in quick]), single(quick)) == "pass"
    assert answer(single([20 * one for one in quick]), single(quick)) == "fail"


def test_one_answer_of_a_minute_decides_nothing() -> None:
    chance = random.Random(1)
    new, old = took(200, chance), took(200, chance)
    usual = answer(single(new), single(old))
    assert answer(single([*new, 60.0]), single(old)) == usual


def test_few_requests_are_undecided() -> None:
    chance = random.Random(1)
    assert answer(single(took(49, chance, 0.01)), single(took(5000, chance))) == "undecided"
    assert answer(single(took(5000, chance, 0.01)), single(took(49, chance))) == "undecided"


def test_a_histogram_says_the_same_as_single_latencies_later() -> None:
    chance = random.Random(1)
    new, old = took(2000, chance), took(2000, chance)
    slow = took(2000, chance, 5)
    assert answer(histogram(new), histogram(old), GatePolicy(latency_ratio=3)) == "pass"
    assert answer(histogram(slow), histogram(old)) == "fail"


def test_a_bucket_is_never_taken_for_more_than_it_says() -> None:
    """All lie in one bucket: they may be equal, and ten times as long."""
    one_bucket = Counted(10_000, slower_than={0.1: 10_000, 1.0: 0})
    assert answer(one_bucket, one_bucket) == "undecided"


def test_histograms_of_several_instances_add_up() -> None:
    chance = random.Random(1)
    one, two = took(300, chance), took(300, chance)
    assert histogram(one) + histogram(two) == histogram([*one, *two])


def test_many_single_latencies_are_compared_in_steps_with_the_same_result() -> None:
    chance = random.Random(1)
    many = latencies_of(single(took(50_000, chance)))
    assert many is not None
    assert len(many.lower) < 1200
    assert many.count == 50_000
    assert quantile_of(many) == pytest.approx(0.05 * math.exp(0.8 * 1.6449), rel=0.05)
    slow, fast = single(took(5000, chance, 2)), single(took(5000, chance))
    assert answer(slow, fast) == "fail"
    assert answer(fast, slow) == "pass"


def test_quantiles_of_a_source_are_compared_as_they_are_and_said_to_be_no_test() -> None:
    new = Counted(400, quantiles_seconds={0.5: 0.05, 0.95: 0.4})
    old = Counted(4000, quantiles_seconds={0.5: 0.05, 0.95: 0.2})
    found = latency_found(new, old, POLICY, ALLOWED)
    assert found is not None
    assert found.verdict == "fail"
    assert found.why == (
        "p95 400 ms for the new version, 200 ms for the old one: more than 1.5 times the old "
        "one's and 50 ms above it (two figures of the source compared; not a sequential test, so "
        "that chance may mislead it)"
    )
    assert answer(old, new) == "pass"


def test_quantiles_of_fewer_than_two_hundred_requests_decide_nothing() -> None:
    few = Counted(199, quantiles_seconds={0.95: 0.4})
    many = Counted(4000, quantiles_seconds={0.95: 0.2})
    assert answer(few, many) == "undecided"


def test_unknown_latencies_are_said_to_be_unknown() -> None:
    verdict = judge(Counted(1000), Counted(1000), POLICY)
    assert [finding.name for finding in verdict.findings] == ["errors"]
    assert verdict.why.endswith("latencies were not compared")


def test_a_slow_version_fails_though_it_has_no_error() -> None:
    chance = random.Random(1)
    verdict = judge(single(took(500, chance, 3)), single(took(500, chance)), POLICY)
    assert verdict.answer == "fail"
    assert "more than 1.5 times the old one's" in verdict.why
