"""What a gate answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: what was compared, what was found, and what it means."""

    name: str
    verdict: Literal["pass", "fail", "undecided"]
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fail` when one finding fails, `pass` when all pass, `undecided` otherwise."""

    findings: tuple[Finding, ...]

    @property
    def answer(self) -> Literal["pass", "fail", "undecided"]:
        """Return the answer of all findings together; nothing found is undecided."""
        answers = {one.verdict for one in self.findings}
        if "fail" in answers:
            return "fail"
        return "pass" if answers == {"pass"} else "undecided"

    @property
    def why(self) -> str:
        """Return the reason: of what failed, else of what is undecided, else of all."""
        telling = [one for one in self.findings if one.verdict == self.answer]
        return "; ".join(one.why for one in telling or self.findings) or "nothing was counted"
