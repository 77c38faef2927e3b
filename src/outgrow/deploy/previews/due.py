"""Which previews are to go: those whose time is over, and those whose branch is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from outgrow.deploy.previews.names import pull_request
from outgrow.deploy.previews.values import Preview


@dataclass(frozen=True, slots=True)
class Due:
    """A preview that is to go, and why."""

    preview: Preview
    why: str


def due(
    previews: Sequence[Preview], now: datetime, branches: Collection[str] | None
) -> Iterator[Due]:
    """Yield each preview that is to go, with the reason.

    `branches` are those that exist, None when nobody knows: then no preview goes for want of
    its branch. One of a pull request has no branch to look for and only goes by time.
    """
    for preview in previews:
        if preview.is_over(now):
            yield Due(preview, f"its time was over at {preview.expires:%Y-%m-%d %H:%M} UTC")
        elif branches is not None and not _has_branch(preview, branches):
            yield Due(preview, f"the branch {preview.branch} is no more")


def _has_branch(preview: Preview, branches: Collection[str]) -> bool:
    return pull_request(preview.branch) is not None or preview.branch in branches
