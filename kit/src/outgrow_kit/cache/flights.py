"""Single flight in the process: of all who miss one key, one fetches and the others wait."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future


class Abandoned(Exception):
    """The one who fetched was cancelled, or had nothing to say; ask again."""


class Flight:
    """One fetch that is under way; `owner` is the thread or the task that does it.

    `outcome` exists once someone waits for it: most fetches have nobody who does.
    """

    __slots__ = ("began", "key", "outcome", "owner", "tags")

    def __init__(self, key: str, tags: tuple[str, ...], owner: object, began: float) -> None:
        self.key = key
        self.began = began
        self.tags = tags
        self.owner = owner
        self.outcome: Future[object] | None = None

    def awaited(self) -> Future[object]:
        """Return what the others wait for."""
        if self.outcome is None:
            self.outcome = Future()
            # Running, so that one who waits and is cancelled does not cancel it for all.
            self.outcome.set_running_or_notify_cancel()
        return self.outcome


class Flights:
    """The fetches of this process, by key, whatever thread or event loop they are in."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all: for a process that was just forked."""
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def join(
        self, key: str, tags: tuple[str, ...], owner: object, now: float, oldest: float
    ) -> tuple[Flight, Future[object] | None]:
        """Return the fetch of a key, and what to wait for; None when the caller is to do it.

        One that began before `oldest` is not joined, unless by its own owner, who has to hear
        of it: what it read may be void without this process having heard so.
        """
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None and (flight.began >= oldest or flight.owner == owner):
                return flight, flight.awaited()
            self._flights[key] = flight = Flight(key, tags, owner, now)
            return flight, None

    def land(self, flight: Flight, value: object) -> None:
        """Give the value to all who wait."""
        outcome = self._ended(flight)
        if outcome is not None:
            outcome.set_result(value)

    def fail(self, flight: Flight, error: BaseException) -> None:
        """Give an error to all who wait; a cancellation only ends the one it was meant for."""
        outcome = self._ended(flight)
        if outcome is not None:
            outcome.set_exception(error if isinstance(error, Exception) else Abandoned())

    def detach(self, keys: Iterable[str] = (), tags: Iterable[str] = ()) -> None:
        """Let nobody else join what was begun before an invalidation."""
        with self._lock:
            for key in keys:
                self._flights.pop(key, None)
            if wanted := set(tags):
                void = [one.key for one in self._flights.values() if wanted.intersection(one.tags)]
                for key in void:
                    del self._flights[key]

    def detach_all(self) -> None:
        """Let nobody join anything that was begun before now."""
        with self._lock:
            self._flights.clear()

    def _ended(self, flight: Flight) -> Future[object] | None:
        with self._lock:
            if self._flights.get(flight.key) is flight:
                del self._flights[flight.key]
            return flight.outcome
