"""A claim states one figure and names one basis, whatever the basis is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from outgrow.strategy.claims import Claim, ClaimItem


def claim(**written: object) -> Claim:
    return Claim.model_validate({"says": "a figure", **written})


def test_an_item_counts_once_unless_a_range_is_written() -> None:
    assert ClaimItem.model_validate({"offering": "aws/alb"}).count.low == 1
    count = ClaimItem.model_validate({"offering": "aws/alb", "count": "3-5"}).count
    assert (count.low, count.high) == (Decimal(3), Decimal(5))


def test_two_bases_are_refused_with_the_list_of_all() -> None:
    with pytest.raises(ValidationError, match=r"exactly one of items.*this one has 2"):
        claim(states=50, sum_of=["a"], repeats="b")


def test_a_claim_without_a_basis_is_refused() -> None:
    with pytest.raises(ValidationError, match="this one has 0"):
        claim(states=50, less=["a"])


@pytest.mark.parametrize(
    "basis",
    [
        {"size": {"offering": "aws/ec2/t3.medium", "vcpu": 2}},
        {"limit": {"offering": "railway/free", "capability": "always_on"}},
        {"exists": "daytona/pro"},
        {"maintained": "daytona/self-hosted"},
    ],
)
def test_a_basis_that_holds_the_figure_itself_needs_no_states(basis: dict[str, object]) -> None:
    assert claim(**basis).states is None


@pytest.mark.parametrize(
    "basis",
    [
        {"sum_of": ["a", "b"]},
        {"repeats": "a"},
        {"resources": {"environment": "staging", "resource": "memory_gib"}},
        {"revenue_share": {"cost": "a", "revenue_usd_month": "500-5000"}},
        {"hours": {"offering": "aws/ec2/t3.medium"}},
    ],
)
def test_every_other_basis_asks_which_figure_is_stated(basis: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="`states` is missing"):
        claim(**basis)
