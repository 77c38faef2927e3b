"""Which previews are to go: those whose time is over, and those whose branch is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from outgrow.deploy.previews.names import preview_name
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
    names = None if branches is None else {preview_name(one) for one in branches}
    for preview in previews:
        if preview.is_over(now):
            yield Due(preview, f"its time was over at {preview.expires:%Y-%m-%d %H:%M} UTC")
        elif names is not None and not _has_branch(preview, names):
            yield Due(preview, f"the branch {preview.branch} is no more")


def _has_branch(preview: Preview, names: Collection[str]) -> bool:
    return preview.branch.lstrip("#").isdigit() or preview.name in names
