"""How a deploy ends, and what ends it before its last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from outgrow.deploy.values import Evidence
from outgrow.errors import OutgrowError

DeployEnd = Literal["done", "reverted", "waiting", "ready"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a deploy ended.

    `waiting` wants an answer to an undecided gate, `ready` waits for a person as its strategy
    says; both have changed nothing for good. `problems` are what went wrong beside it, such as
    a hook that failed after everything else was done.
    """

    end: DeployEnd
    reason: str = ""
    remedy: str = ""
    step: str = ""
    evidence: tuple[Evidence, ...] = ()
    problems: tuple[str, ...] = ()


class NotGood(OutgrowError):
    """The new version, or a command around it, did not show what it has to: it is reverted."""

    exit_code = 1

    def __init__(self, reason: str, remedy: str = "", evidence: Sequence[Evidence] = ()) -> None:
        super().__init__(reason, remedy)
        self.evidence = tuple(evidence)


class Waits(Exception):
    """A step that cannot go on without an answer; `found` is what the journal keeps of it."""

    def __init__(self, end: Literal["waiting", "ready"], reason: str) -> None:
        super().__init__(reason)
        self.end: DeployEnd = end
        self.reason = reason

    @property
    def found(self) -> Mapping[str, JsonValue]:
        """Return what the next run has to know."""
        return {"waits": self.end, "reason": self.reason}
