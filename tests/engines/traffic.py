"""Clients that ask again and again while a test does something, and note what went wrong."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.engines.replication import wait_until

_NEW_CONNECTION_EVERY = 5
_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Request:
    """What one client sends."""

    path: str = "/"
    method: str = "GET"


# Mostly quick ones, some that change something, one that takes 1.5 seconds.
MIXED = (*[Request()] * 6, Request(method="POST"), *[Request()] * 6, Request("/slow"))


@dataclass
class Traffic:
    """What came back: the bodies of good answers, counted, and everything else."""

    bodies: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def answered(self) -> int:
        """Return how many good answers there have been."""
        return sum(self.bodies.values())

    def wait_for_more(self, count: int) -> None:
        """Return once `count` more requests have been answered well."""
        goal = self.answered + count
        wait_until(lambda: self.answered >= goal or bool(self.failures), f"{goal} answers")


@contextmanager
def traffic(port: int, requests: Sequence[Request] = MIXED, clients: int = 6) -> Iterator[Traffic]:
    """Send `requests` in turn from several clients, over and over, until the block ends."""
    found = Traffic()
    threads = [
        threading.Thread(target=_client, args=(found, port, requests, number), daemon=True)
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        found.ended.set()
        for thread in threads:
            thread.join(_TIMEOUT_SECONDS)


def _client(found: Traffic, port: int, requests: Sequence[Request], number: int) -> None:
    """One client: it keeps its connection for some requests, as browsers do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    count = number * 3
    while not found.ended.wait(0.005):
        one = requests[count % len(requests)]
        count += 1
        try:
            connection.request(one.method, one.path, b"x=1" if one.method == "POST" else None)
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status == 200:
                found.bodies[body] += 1
            else:
                found.failures.append(f"{one.method} {one.path}: {answer.status} {body[:100]}")
        except (OSError, http.client.HTTPException) as error:
            found.failures.append(f"{one.method} {one.path}: {type(error).__name__} {error}")
            connection.close()
        if count % _NEW_CONNECTION_EVERY == 0:
            connection.close()
    connection.close()
