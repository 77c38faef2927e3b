"""Refuses a deploy that cannot work, with every reason at once."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.deploy.ending import NotGood
from outgrow.deploy.values import Problem


def refuse(problems: Sequence[Problem]) -> None:
    """Raise NotGood with all `problems` and what to do about each; nothing when there is none."""
    if problems:
        reasons = "; ".join(one.reason for one in problems)
        raise NotGood(reasons, " ".join(one.remedy for one in problems if one.remedy))
