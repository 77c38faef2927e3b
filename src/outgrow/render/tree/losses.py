"""What targets cannot express: which of it the team accepts, and what to write to accept it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outgrow.analysis.lint.waivers import covers
from outgrow.render.target import Loss
from outgrow.strategy.strategy import Waiver


@dataclass(frozen=True, slots=True)
class ReportedLoss:
    """A loss of a target, and why the team accepts it (None: it does not).

    `target` is "" for what no target at all does.

    `place` is where the strategy says it, `outgrow.yaml:41`.
    """

    target: str
    loss: Loss
    place: str
    waived_because: str | None = None

    @property
    def path(self) -> str:
        """Return the place inside the strategy, with slashes."""
        return "/".join(str(part) for part in self.loss.path)

    @property
    def waiver(self) -> str:
        """Return the entry below `waivers:` that accepts it, but for the reason."""
        path = f", path: {json.dumps(self.path, ensure_ascii=False)}" if self.path else ""
        return f'- {{code: {self.loss.code}{path}, why: "..."}}'


def judged(
    target: str, losses: Iterable[tuple[Loss, str]], waivers: Sequence[Waiver]
) -> tuple[ReportedLoss, ...]:
    """Return each of `losses` with its place, and with the reason of the waiver that covers it."""
    return tuple(
        ReportedLoss(target, loss, place, _reason(loss, waivers)) for loss, place in losses
    )


def told_once(losses: Iterable[ReportedLoss]) -> tuple[ReportedLoss, ...]:
    """Return `losses` without those that a target before has told in the same words."""
    return tuple({(one.loss, one.place): one for one in reversed(tuple(losses))}.values())[::-1]


def _reason(loss: Loss, waivers: Sequence[Waiver]) -> str | None:
    return next((one.why for one in waivers if covers(one, loss.code, loss.path)), None)
