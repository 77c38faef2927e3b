"""What Docker and Compose mean by the lines with which they give up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_IMAGE = (
    "Check its name and the network: `docker pull` tries it alone, `docker login` is for private "
    "ones. The base image of a build can be another one: --value PYTHON_IMAGE=..."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Docker refused, in one line, and what to do.

    `outside` says that the machine or a registry failed, and not what it was asked for.
    """

    reason: str
    advice: str
    outside: bool


# Each pattern with the reason (its groups may be named in it), the advice, and whether the cause
# lies outside. The first wins.
_KNOWN: tuple[tuple[re.Pattern[str], str, str, bool], ...] = (
    (
        re.compile(r"Service '(?P<service>[^']+)' needs to be built", re.I),
        "{service} was never built here",
        "Start it without --no-build.",
        False,
    ),
    (
        re.compile(r"no space left on device", re.I),
        "the disk of the Docker engine is full",
        "See what takes it: docker system df. `docker builder prune` frees what builds left.",
        True,
    ),
    (
        re.compile(r"toomanyrequests|pull rate limit", re.I),
        "the registry gives no more images for now: its limit for pulls is reached",
        "Wait, or sign in with `docker login`.",
        True,
    ),
    (
        re.compile(r"pull access denied for (?P<image>[^\s,]+)", re.I),
        "the image {image} does not exist, or only for those who sign in",
        _IMAGE,
        False,
    ),
    (
        re.compile(
            r"manifest for (?P<image>\S+) not found|failed to resolve .*?(?P<other>\S+): not found",
            re.I,
        ),
        "there is no image {image}",
        _IMAGE,
        False,
    ),
    (
        re.compile(r"https?://(?P<registry>[^/\"\s]+)/v2/.*(dial tcp|no such host|timeout)", re.I),
        "the registry {registry} cannot be reached, so an image cannot be fetched",
        _IMAGE,
        True,
    ),
    (
        re.compile(
            r"(?P<port>\d+)[^:]*: (bind: )?(port is already allocated|address already in use)"
        ),
        "port {port} is in use",
        "End what listens there, or give another one with --value.",
        True,
    ),
)
_BUILDING = re.compile(r"^Building \S+$")


def refusal_of(lines: Iterable[str]) -> Refusal | None:
    """Return what the last lines of a command say, or None where nobody knows."""
    for line in reversed(list(lines)):
        for pattern, reason, advice, outside in _KNOWN:
            if found := pattern.search(line):
                return Refusal(reason.format(**_groups(found)), advice, outside)
    return None


def telling(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of the build that failed, without those of the builds before it."""
    starts = [place for place, line in enumerate(lines) if _BUILDING.match(line)]
    return tuple(lines[starts[-1] if starts else 0 :])


def _groups(found: re.Match[str]) -> dict[str, str]:
    groups = {key: value for key, value in found.groupdict().items() if value}
    if "other" in groups:
        groups["image"] = groups.pop("other")
    return groups
