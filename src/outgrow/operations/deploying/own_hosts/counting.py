"""What the proxy has counted since a mark: single requests, or its counters where it must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ValidationError

from outgrow.clients.haproxy import RuntimeSocket
from outgrow.clients.haproxy_log import LoggedRequest, logged_requests, number_of
from outgrow.clients.haproxy_tables import ServerStat
from outgrow.deploy.values import Counted
from outgrow.errors import OutsideError

RING = "requests"
_ALMOST_ALL_BYTES = 3_500_000  # of the 4 MiB that render/haproxy gives the ring
_NOTHING = ServerStat(0, 0, 0, 0, "")


class Mark(BaseModel):
    """A moment of one process of HAProxy: its last request, and every counter."""

    process: str
    last_request: int | None
    counters: dict[str, tuple[int, int, int]]


def mark(runtime: RuntimeSocket, backend: str, slots: Sequence[str]) -> str:
    """Return a mark of this moment."""
    lines = runtime.events(RING) or []
    numbers = [number for line in lines[-20:] if (number := number_of(line)) is not None]
    return Mark(
        process=runtime.info().identity,
        last_request=numbers[-1] if numbers else None,
        counters=_counters(runtime, backend, slots),
    ).model_dump_json()


def counted(
    runtime: RuntimeSocket, backend: str, slots: Sequence[str], since: str
) -> Mapping[str, Counted]:
    """Return what was counted for each slot; raise OutsideError where that was forgotten."""
    begun = _read(since)
    if runtime.info().identity != begun.process:
        raise OutsideError(
            "HAProxy was restarted or reloaded since, and has forgotten what it counted",
            "Count again from now.",
        )
    lines = runtime.events(RING) or []
    since_mark, whole = _after(lines, begun)
    found = _by_slot(logged_requests(since_mark), backend, slots)
    if whole:
        return found
    now = _counters(runtime, backend, slots)
    return {slot: _from_counters(begun, now, slot, found[slot]) for slot in slots}


def _after(lines: Sequence[str], begun: Mark) -> tuple[Sequence[str], bool]:
    """Return the lines after a mark, and whether they are all that there were.

    A ring that is full has lost its beginning: what is left of it is all younger than the mark.
    """
    if begun.last_request is None:
        return lines, bool(lines) and not _is_full(lines)
    for index in range(len(lines) - 1, -1, -1):
        if number_of(lines[index]) == begun.last_request:
            return lines[index + 1 :], True
    return lines, False


def _is_full(lines: Sequence[str]) -> bool:
    return sum(map(len, lines)) > _ALMOST_ALL_BYTES


def _by_slot(
    requests: Iterable[LoggedRequest], backend: str, slots: Sequence[str]
) -> dict[str, Counted]:
    sums: dict[str, list[LoggedRequest]] = {slot: [] for slot in slots}
    for one in requests:
        if one.backend == backend and one.server in sums and not one.abandoned:
            sums[one.server].append(one)
    return {slot: _sum(found) for slot, found in sums.items()}


def _sum(found: Sequence[LoggedRequest]) -> Counted:
    return Counted(
        requests=len(found),
        errors=sum(one.failed for one in found),
        seconds=tuple(one.seconds for one in found if one.seconds is not None),
    )


def _from_counters(
    begun: Mark, now: Mapping[str, tuple[int, int, int]], slot: str, logged: Counted
) -> Counted:
    before = begun.counters.get(slot, (0, 0, 0))
    answered, failed, refused = (after - was for after, was in zip(now[slot], before, strict=True))
    return Counted(answered + refused, failed + refused, logged.seconds)


def _counters(
    runtime: RuntimeSocket, backend: str, slots: Sequence[str]
) -> dict[str, tuple[int, int, int]]:
    stats = runtime.stats()
    found = {slot: stats.get((backend, slot), _NOTHING) for slot in slots}
    return {slot: (one.answered, one.answered_5xx, one.refused) for slot, one in found.items()}


def _read(since: str) -> Mark:
    try:
        return Mark.model_validate_json(since)
    except ValidationError:
        raise OutsideError("that is no mark of this proxy", "Count again from now.") from None
