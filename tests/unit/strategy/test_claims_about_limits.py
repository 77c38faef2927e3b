"""What a claim about a limit or a capability may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from outgrow.strategy.claims import Claim

HOBBY = {"offering": "vercel/hobby", "limit": "bandwidth_gb_month"}
PRO = {"offering": "vercel/pro", "limit": "bandwidth_gb_month"}


def test_a_claim_may_name_other_limits_that_its_figure_could_mean() -> None:
    claim = Claim.model_validate(
        {"says": "50 GB", "states": 50, "limit": HOBBY, "other_limits": [PRO]}
    )
    assert [one.offering for one in claim.other_limits] == ["vercel/pro"]


def test_other_limits_alone_are_not_a_basis() -> None:
    with pytest.raises(ValidationError, match="checked against exactly one of"):
        Claim.model_validate({"says": "50 GB", "states": 50, "other_limits": [PRO]})


def test_a_claim_that_something_is_lacking_needs_no_figure() -> None:
    limit = {"offering": "vercel/pro", "capability": "websockets", "lacks": True}
    claim = Claim.model_validate({"says": "no WebSockets", "limit": limit})
    assert claim.states is None
    assert claim.limit is not None
    assert claim.limit.lacks
