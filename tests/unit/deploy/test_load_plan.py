"""The requests of a proof: their shares, their moments, and its limits."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from outgrow.deploy.load_plan import LoadPlan, planned_requests
from outgrow.errors import InputError


def plan(**options: object) -> LoadPlan:
    return LoadPlan("127.0.0.1", 80, "shop.example", **options)  # type: ignore[arg-type]


def test_every_hundred_requests_have_exactly_their_shares() -> None:
    found = list(islice(planned_requests(plan(post_path="/echo", slow_path="/slow")), 1000))

    for first in range(0, 1000, 100):
        block = found[first : first + 100]
        assert Counter(one.kind for one in block) == {"get": 90, "post": 8, "slow": 2}
        assert sum(one.new_connection for one in block) == 20


def test_nothing_is_posted_where_no_path_for_it_is_given() -> None:
    found = islice(planned_requests(plan()), 300)

    assert {one.kind for one in found} == {"get"}


def test_requests_are_due_at_their_rate_and_end_with_the_time() -> None:
    found = list(planned_requests(plan(rate_per_second=50, longest_seconds=2.0)))

    assert len(found) == 100
    assert [one.due_seconds for one in found[:3]] == [0.0, 0.02, 0.04]
    assert found[-1].due_seconds == 1.98


def test_a_seed_gives_the_same_requests_again() -> None:
    first, again = (list(islice(planned_requests(plan(seed=7)), 200)) for _ in range(2))
    other = list(islice(planned_requests(plan(seed=8)), 200))

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "options",
    [{"rate_per_second": 0}, {"rate_per_second": 501}, {"longest_seconds": 3601.0}],
)
def test_what_would_be_an_attack_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        plan(**options)
