"""What samples of a load say about a swap."""

from __future__ import annotations

import json

from outgrow.deploy.proof import (
    Outcome,
    Proof,
    Sample,
    proof_facts,
    proof_from,
    proof_lines,
    proof_of,
    proof_summary,
)


def sample(
    number: int,
    at: float,
    seconds: float = 0.01,
    *,
    outcome: Outcome = "ok",
    why: str = "",
    version: str | None = None,
    slow: bool = False,
    late: float = 0.0,
) -> Sample:
    kind = "slow" if slow else "get"
    return Sample(number, kind, at, at + late, at + seconds, outcome, why, version)  # type: ignore[arg-type]


def swapped(at: float, upto: float = 10.0, old_until: float | None = None) -> list[Sample]:
    """100 requests/s: `v1` until `old_until` (at first `at`), `v2` from then on."""
    last_old = at if old_until is None else old_until
    return [
        sample(n, n / 100, version="v1" if n / 100 <= last_old else "v2")
        for n in range(int(upto * 100))
    ]


def test_each_kind_of_loss_is_counted_apart() -> None:
    proof = proof_of(
        [
            sample(1, 0.1),
            sample(2, 0.2, outcome="failed", why="status 503"),
            sample(3, 0.3, outcome="failed", why="status 503"),
            sample(4, 0.4, outcome="stale", why="closed"),
            sample(5, 0.5, outcome="timeout", why="late"),
        ],
        [],
        100,
    )

    assert (proof.failed, proof.stale_resets, proof.timeouts, proof.lost) == (2, 1, 1, 4)
    assert proof.reasons == {"status 503": 2, "closed": 1, "late": 1}
    assert not proof.holds


def test_a_load_that_sent_nothing_proves_nothing() -> None:
    proof = proof_of([], [], 100)

    assert not proof.holds
    assert proof.before.p99_seconds is None
    assert proof_lines(proof) == ["nothing is proved: no request was sent"]


def test_a_request_that_was_sent_late_is_measured_from_when_it_was_due() -> None:
    assert sample(1, 2.0, 0.5, late=0.4).latency_seconds == 0.5


def test_latencies_are_told_apart_by_the_first_and_the_last_weight() -> None:
    samples = [sample(n, n / 100, 0.01 if not 400 <= n < 500 else 0.2) for n in range(1000)]

    proof = proof_of(samples, [4.0, 4.9], 100)

    assert proof.before.requests == 400
    assert proof.before.p99_seconds is not None
    assert round(proof.before.p99_seconds, 6) == 0.01
    assert proof.during.p99_seconds is not None
    assert round(proof.during.p99_seconds, 6) == 0.2
    assert proof.after.requests == 1000 - 691
    assert proof.after.p50_seconds is not None


def test_requests_that_are_asked_to_be_slow_are_no_latencies_but_losses_all_the_same() -> None:
    samples = [sample(n, n / 100) for n in range(99)]
    slow = sample(99, 0.99, 1.5, slow=True)
    lost = sample(100, 1.0, 1.5, slow=True, outcome="failed", why="cut off")

    proof = proof_of([*samples, slow, lost], [], 100)

    assert proof.before.requests == 99
    assert proof.before.p99_seconds is not None
    assert proof.before.p99_seconds < 0.02
    assert proof.failed == 1


def test_the_swap_ends_with_the_last_request_that_the_old_version_got() -> None:
    samples = [
        sample(n, n / 100, version="v1" if n <= 400 or (n <= 425 and n % 2) else "v2")
        for n in range(1000)
    ]

    proof = proof_of(samples, [4.0], 100)

    assert proof.swap_seconds is not None
    assert round(proof.swap_seconds, 3) == 0.22
    assert proof.versions == {"v1": 414, "v2": 586}


def test_weights_that_are_noted_late_do_not_shorten_the_swap() -> None:
    proof = proof_of(swapped(4.0, old_until=3.99), [4.5], 100)

    assert proof.before.requests == 401
    assert proof.swap_seconds == 0.0


def test_a_request_that_was_tried_again_on_the_new_version_does_not_lengthen_the_swap() -> None:
    again = sample(2000, 3.0, 1.05, version="v2", slow=True)

    proof = proof_of([*swapped(4.0, old_until=3.99), again], [4.0], 100)

    assert proof.swap_seconds == 0.0


def test_a_swap_at_once_takes_no_time() -> None:
    assert proof_of(swapped(4.0, old_until=3.99), [4.0], 100).swap_seconds == 0.0


def test_a_swap_that_was_taken_back_has_no_time() -> None:
    samples = [
        sample(n, n / 100, version="v2" if 400 < n < 450 and n % 10 == 0 else "v1")
        for n in range(1000)
    ]

    assert proof_of(samples, [4.0, 4.5], 100).swap_seconds is None


def test_without_versions_in_the_answers_the_swap_has_no_time() -> None:
    proof = proof_of([sample(n, n / 100) for n in range(1000)], [4.0], 100)

    assert proof.swap_seconds is None
    assert proof.during.requests == 201


def test_the_text_says_what_was_lost_and_why() -> None:
    samples = [*swapped(4.0), sample(1000, 10.0, outcome="failed", why="status 502")]

    lines = proof_lines(proof_of(samples, [4.0], 100))

    assert lines == [
        "1001 requests at 100/s in 10.0 s: 1 failed, 0 stale resets, 0 timed out",
        "p50 / p99: before 10.0 / 10.0 ms, during 10.0 / 10.0 ms, after 10.0 / 10.0 ms",
        "lost: 1 x status 502",
        "swap: 0.000 s from the first answer of the new version to the last request of the old one",
    ]


def test_a_load_that_was_late_itself_says_so() -> None:
    lines = proof_lines(proof_of([sample(1, 0.1, 0.5, late=0.3)], [], 100))

    assert "up to 300 ms late" in lines[-1]


def test_facts_hold_every_count_and_unknown_as_null() -> None:
    facts = proof_facts(proof_of(swapped(4.0, upto=4.5), [], 50))

    assert facts["requests"] == 450
    assert facts["stale_resets"] == 0
    assert facts["swap_seconds"] is None
    assert facts["during"] == {"requests": 0, "p50_seconds": None, "p99_seconds": None}
    assert {"before", "after", "failed", "timeouts", "reasons", "versions"} <= set(facts)


def test_a_proof_that_lost_nothing_holds() -> None:
    proof: Proof = proof_of(swapped(4.0), [4.0], 100)

    assert proof.holds


def test_a_proof_comes_out_of_the_journal_as_it_went_in() -> None:
    lost = sample(1000, 10.0, outcome="failed", why="status 502")
    proof = proof_of([*swapped(4.0), lost], [4.0], 100)

    again = proof_from(json.loads(json.dumps(proof_facts(proof))))

    assert again == proof
    assert proof_summary(again) == "1 of 1001 lost, swap 0.000 s"
    assert proof_summary(proof_of([], [], 100)) == "nothing proved"
