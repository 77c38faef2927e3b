"""What the pure core asks of the world: of the shared store, of the function, of time.

The core is generators that yield these steps and are sent the answers; two small drivers carry
them out, one blocking and one awaiting. (What a hit of the store makes is not frozen: that
costs twice as much to make.) Keys and tags here are without the namespace.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Step(Generic[R_co]):
    """Something to do, whose answer is an R."""

    __slots__ = ()


Flow = Generator[Step[object], object, T]


def ask(step: Step[T]) -> Flow[T]:
    """Yield one step and return its answer."""
    return cast(T, (yield step))


# --- of the shared store; each raises StoreUnavailable, or answers: never None ------------


@dataclass(slots=True)
class Found:
    """What the store holds: bytes or None a key, a generation or None a tag."""

    epoch: str | None
    values: tuple[bytes | None, ...]
    generations: tuple[str | None, ...]


@dataclass(slots=True)
class Read(Step[Found]):
    """Read keys, and the generations of tags."""

    keys: tuple[str, ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """Whether the lease was granted, and what a fill of it has to carry.

    `value` is what another has stored in the meantime; then there is no need for a lease.
    """

    granted: bool
    epoch: str
    version: int
    generations: tuple[str, ...]
    value: bytes | None = None


@dataclass(frozen=True, slots=True)
class Begin(Step[Begun]):
    """Ask for the lease of a key; asked twice with one token, it is granted twice.

    It is refused while another holds it, and when the store holds a value whose token is not
    `seen` (the one that was found void or old). `force` takes it from whoever holds it.
    """

    key: str
    tags: tuple[str, ...]
    token: str
    seen: str = ""
    force: bool = False
    lease_seconds: float = 3.0
    tag_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Fill(Step[bool]):
    """Store a value and give the lease back; the answer is False when the fill is stale.

    Stale means that the lease is gone (the key was invalidated, another took over), the store
    has begun a new life, or a tag has a new generation. `announce` tells the other processes.
    """

    key: str
    token: str
    epoch: str
    raw: bytes
    seconds: float
    tags: tuple[str, ...]
    generations: tuple[str, ...]
    origin: str
    announce: bool = False


@dataclass(frozen=True, slots=True)
class Invalidate(Step[bool]):
    """Remove keys with their leases, end the generation of tags, and tell the other processes.

    `everything` begins a new life of the store, in which nothing that it holds counts.
    """

    keys: tuple[str, ...]
    tags: tuple[str, ...]
    origin: str
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """A right to fill a key."""

    key: str
    token: str


@dataclass(frozen=True, slots=True)
class Renew(Step[bool]):
    """Hold leases for some seconds more."""

    leases: tuple[Lease, ...]
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Release(Step[bool]):
    """Give leases back without a value."""

    leases: tuple[Lease, ...]


# --- of the caller ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compute(Step[object]):
    """Run the function; unless `replicas`, what it reads is read where nothing is behind."""

    replicas: bool = False


@dataclass(frozen=True, slots=True)
class Pause(Step[None]):
    """Wait some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Join(Step[object]):
    """Wait for what another thread or task of this process fetches; raises its error."""

    outcome: Future[object]


@dataclass(frozen=True, slots=True)
class Behind(Step[None]):
    """Carry out a flow while the caller goes on."""

    flow: Flow[object]
