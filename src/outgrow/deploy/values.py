"""What a deploy is about: versions, the slots they run in, and what was seen of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Colour = Literal["blue", "green"]
Side = Literal["old", "new"]
FULL_WEIGHT = 100  # of one instance that takes its whole share


def other(colour: Colour) -> Colour:
    """Return the colour that is not `colour`."""
    return "green" if colour == "blue" else "blue"


@dataclass(frozen=True, slots=True)
class Version:
    """Something that can be put in place of something else.

    `id` is safe as a DNS label: it stands in container names, labels and the journal.
    `artifact` never changes what it means: an image with its digest
    (`registry/app@sha256:...`), the id of an image of this machine (`sha256:...`), or a folder
    with the hash of its content. `label` is what the user called it. `configuration` is a hash
    of the variables it starts with, so that a change of them alone is a version of its own.
    """

    id: str
    artifact: str
    label: str = ""
    configuration: str = ""


@dataclass(frozen=True, slots=True)
class SlotState:
    """One slot of one instance, as the proxy and the machine see it now.

    `version` is the id of the version that is placed in it, None for an empty one. `running`
    says that its process lives. `up` is what the proxy's own check says: None before its first
    result, or in maintenance. `weight` counts up to FULL_WEIGHT. `taking` is `ready` for new
    requests, `drain` for those of known sessions only, `maint` for none. `open_requests` are
    those that it is answering, `open_websockets` connections that were upgraded; None where
    whatever sends requests to it does not tell.
    """

    name: str
    colour: Colour
    number: int
    host: str
    version: str | None
    running: bool
    up: bool | None
    weight: int
    taking: Literal["ready", "drain", "maint"]
    open_requests: int | None = 0
    open_websockets: int | None = 0

    @property
    def has_traffic(self) -> bool:
        """Return whether new requests may reach it."""
        return self.taking == "ready" and self.weight > 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Requests of one side over a time; `seconds` are single latencies as far as known.

    Without single latencies a source may give a histogram (`slower_than[0.25]` requests took
    longer than 0.25 s; `slower_than[0.0]` are all that were timed, where not all were) or, as
    the least, quantiles: `quantiles_seconds[0.95]`. `errors` are answers of 5xx and requests
    that got none.
    """

    requests: int = 0
    errors: int = 0
    seconds: tuple[float, ...] = ()
    quantiles_seconds: Mapping[float, float] = field(default_factory=dict)
    slower_than: Mapping[float, int] = field(default_factory=dict)

    def __add__(self, more: Counted) -> Counted:
        """Return both together; quantiles of different times cannot be added and fall away.

        Of two histograms the bounds that both have are left. Nothing changes nothing.
        """
        if self == Counted() or more == Counted():
            return more if self == Counted() else self
        return Counted(
            self.requests + more.requests,
            self.errors + more.errors,
            self.seconds + more.seconds,
            slower_than=_added(self, more),
        )


def _added(one: Counted, more: Counted) -> Mapping[float, int]:
    both = one.slower_than.keys() & more.slower_than.keys()
    return {bound: one.slower_than[bound] + more.slower_than[bound] for bound in sorted(both)}


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to one instance: whether the answer was good, and what it was.

    `said` is the status line and the beginning of the body, or why there was no answer.
    `seconds` is how long it took, None where somebody else has asked and does not tell.
    """

    slot: str
    ok: bool
    said: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What explains a failure: the last probe, the last lines printed, the ports that listen.

    `listening` is None where it cannot be seen. `exit_code` is None while it runs.
    """

    slot: str
    probe: Probe | None
    lines: tuple[str, ...]
    listening: tuple[int, ...] | None
    expected_port: int | None
    exit_code: int | None = None
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a deploy cannot begin, and what to do about it."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How a one-off command ended; `lines` are the last that it printed."""

    exit_code: int
    lines: tuple[str, ...]
