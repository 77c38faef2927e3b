"""What an endpoint answers when it is asked, and what that means for a profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from outgrow.environments.problems import Code, Problem


class Answer(StrEnum):
    """How an endpoint answered."""

    ACCEPTED = "accepted"  # it took the credential
    REACHED = "reached"  # it answers; no credential was sent, or it says nothing about it
    REFUSED = "refused"  # it does not take the credential
    ELSEWHERE = "redirected elsewhere"  # the credential was not sent on
    FAILED = "failed"  # no answer, or one that says that it is not well


@dataclass(frozen=True, slots=True)
class Checked:
    """An endpoint that was asked; `detail` names neither a value nor what the body says."""

    key: str
    place: str
    answer: Answer
    detail: str
    took_seconds: float

    @property
    def is_well(self) -> bool:
        """Return whether a profile may be used with it."""
        return self.answer in {Answer.ACCEPTED, Answer.REACHED}


def live_problems(checked: Iterable[Checked]) -> Iterator[Problem]:
    """Yield a problem for each endpoint that a profile cannot be used with."""
    for one in checked:
        if one.is_well:
            continue
        told = f"{one.key}: {one.place} {one.detail}"
        if one.answer is Answer.REFUSED:
            remedy = "Check that this is the key of that endpoint, and that it is still valid."
            yield Problem(Code.NOT_ACCEPTED, one.key, told, remedy)
        else:
            remedy = "Check the address and that it is up; --no-live leaves this check out."
            yield Problem(Code.NOT_ANSWERING, one.key, told, remedy)
