"""`python load.py http://127.0.0.1:8000`: an open-loop load on an application of this machine.

Requests leave at the times of the profile, whether or not earlier ones were answered, as those
of people do; so a slow server shows in the latencies and not in fewer requests. It aims at
loopback only, sends at most MOST_REQUESTS and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import httpx

MOST_REQUESTS = 20_000
MOST_SECONDS = 300
_PEOPLE = 8
# What people do, and how often of a hundred times.
PROFILE = {"projects": 35, "tasks": 30, "events": 15, "summary": 8, "add": 7, "move": 5}


@dataclass
class Person:
    """Somebody who is signed in, with a project to work on."""

    client: httpx.AsyncClient
    project: str
    tasks: list[str] = field(default_factory=list)

    async def do(self, what: str) -> int:
        """Do one thing of the profile and return the status of the answer."""
        match what:
            case "projects" | "events" | "summary":
                answer = await self.client.get(f"/api/{what}")
            case "tasks":
                answer = await self.client.get(f"/api/projects/{self.project}/tasks")
            case "move" if self.tasks:
                change = {"state": random.choice(("open", "doing", "done"))}
                answer = await self.client.patch(
                    f"/api/tasks/{random.choice(self.tasks)}", json=change
                )
            case _:
                path = f"/api/projects/{self.project}/tasks"
                answer = await self.client.post(path, json={"title": "a task under load"})
                if answer.status_code == 201:
                    self.tasks.append(answer.json()["id"])
        return answer.status_code


@dataclass
class Seen:
    """What came of the load; latencies are seconds, from when a request should have left."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, status: str, seconds: float) -> None:
        """Note one answer."""
        self.latencies.setdefault(what, []).append(seconds)
        self.statuses[status] += 1

    def table(self) -> str:
        """Return the latencies as a table in Markdown, in milliseconds."""
        lines = [
            "| what | requests | p50 ms | p95 ms | p99 ms |",
            "| --- | --- | --- | --- | --- |",
        ]
        for what, found in sorted(self.latencies.items()):
            shown = " | ".join(f"{_quantile(found, q) * 1000:.1f}" for q in (0.5, 0.95, 0.99))
            lines.append(f"| {what} | {len(found)} | {shown} |")
        told = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return "\n".join([*lines, "", told])


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def _person(address: str, number: int) -> Person:
    client = httpx.AsyncClient(base_url=address, timeout=10)
    wanted = {"name": f"Load {number}", "organization": f"Load {number % 4}"}
    token = (await client.post("/api/development/token", json=wanted)).raise_for_status().json()
    (await client.post("/api/session", json=token)).raise_for_status()
    made = await client.post("/api/projects", json={"name": f"Load {number}"})
    return Person(client, made.raise_for_status().json()["id"])


async def load(address: str, per_second: float, seconds: float) -> Seen:
    """Send `per_second` requests for `seconds`, at random moments, and return what came of it."""
    people = [await _person(address, number) for number in range(_PEOPLE)]
    seen, began = Seen(), time.perf_counter()
    due, sent = began, 0
    async with asyncio.TaskGroup() as tasks:
        while due - began < seconds and sent < MOST_REQUESTS:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            what = random.choices(list(PROFILE), list(PROFILE.values()))[0]
            tasks.create_task(_timed(seen, what, due, random.choice(people).do))
            due += random.expovariate(per_second)
            sent += 1
    for person in people:
        await person.client.aclose()
    return seen


async def _timed(seen: Seen, what: str, due: float, do: Callable[[str], Awaitable[int]]) -> None:
    try:
        status = str(await do(what))
    except httpx.HTTPError as error:
        status = type(error).__name__
    seen.add(what, status, time.perf_counter() - due)


def _loopback(address: str) -> str:
    host = httpx.URL(address).host
    if host != "localhost" and not (host[:1].isdigit() and ip_address(host).is_loopback):
        raise SystemExit(f"{host} is not this machine: a load is for servers of your own")
    return address


def main() -> None:
    """Read the arguments, load, print the table."""
    parser = argparse.ArgumentParser(description="An open-loop load on this machine.")
    parser.add_argument("address", type=_loopback)
    parser.add_argument("--per-second", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    print(
        asyncio.run(load(given.address, given.per_second, min(given.seconds, MOST_SECONDS))).table()
    )


if __name__ == "__main__":
    main()
