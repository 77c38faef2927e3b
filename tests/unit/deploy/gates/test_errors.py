"""The test of failed requests: how often it is wrong, and how soon it is right."""

from __future__ import annotations

from collections import defaultdict
from math import log

import pytest
from tests.unit.deploy.gates.streams import Traffic, looks

from outgrow.deploy.gates.errors import Answer, decide, errors_found
from outgrow.deploy.gates.evidence import (
    Trials,
    against_apart,
    against_at_least,
    against_at_most,
    against_close,
)
from outgrow.deploy.gates.judge import allowance, judge
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

POLICY = GatePolicy()
ALLOWED = allowance(POLICY)
TWENTY = log(20)  # evidence that is reached by chance in at most one of twenty deploys


def first_answer(
    traffic: Traffic, seed: int, most_new: int, policy: GatePolicy = POLICY
) -> tuple[Answer, int, int]:
    """Return the first answer, looking after every request, and the new requests and errors."""
    new = Trials(0, 0)
    for new, old in looks(traffic, seed, most_new):
        answer = decide(new, old, policy, allowance(policy))
        if answer != "undecided":
            return answer, int(new.count), int(new.hits)
    return "undecided", int(new.count), int(new.hits)


# --- wrong at most as often as promised ---------------------------------------------------


def ever_at_most(share: float, limit: float, most: int) -> float:
    """Return the chance that the evidence against "at most `limit`" is ever enough, exactly."""
    going_on, wrong = {0: 1.0}, 0.0
    for count in range(1, most + 1):
        reached: dict[int, float] = defaultdict(float)
        for errors, chance in going_on.items():
            reached[errors] += chance * (1 - share)
            reached[errors + 1] += chance * share
        going_on = {}
        for errors, chance in reached.items():
            if against_at_most(Trials(count, errors), limit) >= TWENTY:
                wrong += chance
            else:
                going_on[errors] = chance
    return wrong


@pytest.mark.parametrize("limit", [0.01, 0.2])
def test_looking_after_every_request_is_wrong_in_at_most_one_of_twenty(limit: float) -> None:
    """Computed over all results that three hundred requests can have, not simulated."""
    wrong = ever_at_most(limit, limit, 300)
    assert 0.001 < wrong <= 0.05


@pytest.mark.parametrize("old_share", [0.0, 0.02, 0.3])
def test_two_versions_that_differ_by_the_margin_are_told_apart_in_at_most_one_of_twenty(
    old_share: float,
) -> None:
    """The hardest case that must not fail, exactly: both versions get every second request."""
    margin = 0.1
    going_on, wrong = {(0, 0): 1.0}, 0.0
    for count in range(1, 41):
        reached: dict[tuple[int, int], float] = defaultdict(float)
        for (new, old), chance in going_on.items():
            for new_more, old_more in ((0, 0), (0, 1), (1, 0), (1, 1)):
                new_chance = old_share + margin if new_more else 1 - old_share - margin
                old_chance = old_share if old_more else 1 - old_share
                reached[new + new_more, old + old_more] += chance * new_chance * old_chance
        going_on = {}
        for (new, old), chance in reached.items():
            if against_close(Trials(count, new), Trials(count, old), margin) >= TWENTY:
                wrong += chance
            else:
                going_on[new, old] = chance
    assert wrong <= 0.05


def test_two_equal_versions_hardly_ever_fail_however_often_one_looks() -> None:
    answers = [first_answer(Traffic(0.02, 0.02, 0.5), seed, 500)[0] for seed in range(60)]
    assert answers.count("fail") == 0


def test_a_version_at_the_margin_itself_fails_in_fewer_than_one_of_twenty_deploys() -> None:
    policy = GatePolicy(error_margin=0.02)
    answers = [first_answer(Traffic(0.04, 0.02, 0.5), seed, 300, policy)[0] for seed in range(120)]
    assert answers.count("fail") <= 0.05 * len(answers)


def test_a_version_that_is_worse_by_the_margin_passes_in_fewer_than_one_of_twenty() -> None:
    policy = GatePolicy(error_margin=0.1)
    answers = [first_answer(Traffic(0.11, 0.01, 0.5), seed, 300, policy)[0] for seed in range(120)]
    assert answers.count("pass") <= 0.05 * len(answers)


# --- soon enough --------------------------------------------------------------------------


def test_a_third_of_errors_behind_a_small_canary_is_found_after_a_handful_of_users() -> None:
    found = [first_answer(Traffic(0.3, 0.005, 0.05), seed, 200) for seed in range(200)]
    requests = sorted(one[1] for one in found)
    errors = sorted(one[2] for one in found)
    assert {one[0] for one in found} == {"fail"}
    assert requests[100] <= 10
    assert requests[190] <= 35
    assert errors[190] <= 6


def test_a_version_that_answers_nothing_fails_after_two_or_three_requests() -> None:
    found = [first_answer(Traffic(1, 0.005, 0.05), seed, 20) for seed in range(50)]
    assert {one[0] for one in found} == {"fail"}
    assert max(one[1] for one in found) <= 5


def test_two_percent_against_a_half_is_found_when_the_margin_is_a_half_too() -> None:
    policy = GatePolicy(error_margin=0.005)
    traffic = Traffic(0.02, 0.005, 0.5)
    decided = [first_answer(traffic, seed, 8000, policy) for seed in range(12)]
    assert [one[0] for one in decided].count("fail") >= 11


def test_a_sound_version_passes() -> None:
    found = [first_answer(Traffic(0.001, 0.001, 0.5), seed, 2500) for seed in range(12)]
    assert [one[0] for one in found].count("pass") >= 11


# --- honest at low traffic ----------------------------------------------------------------


def test_no_request_is_undecided_and_says_so() -> None:
    verdict = judge(Counted(), Counted(requests=1000), POLICY)
    assert verdict.answer == "undecided"
    assert "no request has reached the new version yet" in verdict.why


@pytest.mark.parametrize("requests", [1, 5, 49])
def test_a_few_good_requests_never_pass(requests: int) -> None:
    policy = GatePolicy(error_margin=0.5)
    new = Counted(requests=requests)
    assert judge(new, Counted(requests=10_000), policy).answer == "undecided"


def test_the_old_version_needs_its_requests_as_well() -> None:
    verdict = judge(Counted(requests=5000), Counted(requests=49), POLICY)
    assert verdict.answer == "undecided"
    assert "1 more requests of the old version" in verdict.why


def test_one_error_of_a_few_is_undecided() -> None:
    assert judge(Counted(9, 1), Counted(171, 1), POLICY).answer == "undecided"


def test_more_than_the_minimum_is_undecided_while_it_shows_nothing() -> None:
    verdict = judge(Counted(60), Counted(540), POLICY)
    assert verdict.answer == "undecided"
    assert "some 460 more requests of the new version like these would do" in verdict.why


def test_as_many_requests_as_it_says_are_needed_do_decide() -> None:
    grown = (60 + 460) / 60
    new, old = Trials(60 * grown, 0), Trials(540 * grown, 0)
    assert errors_found(new, old, POLICY, ALLOWED).verdict == "pass"


def test_an_outage_that_hits_both_versions_blames_neither() -> None:
    assert judge(Counted(20, 18), Counted(20, 18), POLICY).answer == "undecided"
    assert judge(Counted(20, 18), Counted(380, 340), POLICY).answer == "undecided"


def test_with_too_few_old_requests_only_a_version_that_fails_often_fails() -> None:
    broken = judge(Counted(90, 60), Counted(3), POLICY)
    assert broken.answer == "fail"
    assert "taking it that the old one fails no more than 10 % of its requests" in broken.why
    assert judge(Counted(90, 6), Counted(), POLICY).answer == "undecided"


def test_a_first_deploy_is_judged_by_itself_and_says_so() -> None:
    failed = judge(Counted(9, 4), None, POLICY)
    passed = judge(Counted(900), None, POLICY)
    assert (failed.answer, passed.answer) == ("fail", "pass")
    assert "judged by itself, for there is no old version" in passed.why
    assert judge(Counted(60), None, POLICY).answer == "undecided"


def test_several_judges_share_the_chance_to_be_wrong() -> None:
    new, old = Counted(5, 2), Counted(95)
    assert judge(new, old, POLICY).answer == "fail"
    assert judge(new, old, POLICY, shared_by=100).answer == "undecided"


def test_the_reason_of_a_failure_holds_the_figures() -> None:
    verdict = judge(Counted(9, 4), Counted(171, 1), POLICY, source="proxy")
    assert verdict.why == (
        "proxy: 4 of 9 requests (44 %) of the new version failed, 1 of 171 requests (0.58 %) of "
        "the old one: worse by more than 1 percentage point; latencies were not compared"
    )


# --- the evidence itself ------------------------------------------------------------------


def test_nothing_counted_is_no_evidence() -> None:
    none = Trials(0, 0)
    assert against_close(none, none, 0.01) == 0
    assert against_apart(none, none, 0.01) == 0
    assert against_at_most(none, 0.01) == 0
    assert against_at_least(none, 0.01) == 0


def test_the_evidence_is_the_chance_of_both_explanations_divided() -> None:
    """By hand: BROKEN is Beta(1/2, 2), so one error of one request has the chance 1/5."""
    assert against_at_most(Trials(1, 1), 0.01) == pytest.approx(log(0.2 / 0.01))
