"""Single requests from the lines that HAProxy logs, in the format of `option httplog`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE = re.compile(
    r"^\S+ \[[^]]+\] \S+ (?P<backend>[^\s/]+)/(?P<server>\S+) "
    r"(?P<times>[-+\d/]+) (?P<status>-?\d+) \S+ \S+ \S+ (?P<ended>\S{4}) "
    r"\S+ \S+ (?:\{(?P<number>\d+)\} )?"
)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request that went to a server.

    `seconds` is the time until its answer began: waiting, connecting and thinking. None when
    there was no answer. `failed` says that it got a 5xx or none; what a client gave up itself
    is `abandoned`.
    """

    backend: str
    server: str
    seconds: float | None
    failed: bool
    abandoned: bool


def logged_requests(lines: Iterable[str]) -> Iterator[LoggedRequest]:
    """Yield the requests that reached a server; everything else in the log is passed over."""
    for line in lines:
        found = _LINE.match(line)
        if found is not None and not found["server"].startswith("<"):
            yield _request(found)


def number_of(line: str) -> int | None:
    """Return the number that HAProxy gave to a request, None where its format has none."""
    found = _LINE.match(line)
    return int(found["number"]) if found and found["number"] else None


def _request(found: re.Match[str]) -> LoggedRequest:
    times = [int(one.lstrip("+")) for one in found["times"].split("/")]
    status = int(found["status"])
    waited = times[1:4]  # in the queue, to connect, until the answer began; -1 for never
    answered = len(times) >= 4 and min(waited) >= 0
    abandoned = found["ended"][0] in "Cc"
    return LoggedRequest(
        backend=found["backend"],
        server=found["server"],
        seconds=sum(waited) / 1000 if answered else None,
        failed=not abandoned and (status < 100 or status >= 500),
        abandoned=abandoned and not answered,
    )
