"""Sends the requests of a load when they are due, and notes what became of each.

The load is open: a request goes out at its moment whatever became of those before, so a server
that stalls is asked on, as its users would.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from outgrow.clients.load_http import Answer, Asked, Connection, NoAnswer, StaleReset, connected
from outgrow.deploy.load_plan import LoadPlan, PlannedRequest, planned_requests
from outgrow.deploy.proof import Outcome, Sample

_USES_PER_SECOND = 5  # of a kept connection, so that it is closed under a request rather than idle


@dataclass(slots=True)
class _Attempt:
    """What happened to one request so far."""

    sent_seconds: float
    connection: Connection | None = None
    reused: bool = False
    version: str | None = None


class LoadSender:
    """One load; `samples` grows as requests end."""

    def __init__(self, plan: LoadPlan, clock: Callable[[], float]) -> None:
        self._plan = plan
        self._clock = clock
        self._began = 0.0
        self._idle: deque[Connection] = deque()
        self._asking: set[asyncio.Task[None]] = set()
        self._most_kept = max(min(plan.pool, plan.rate_per_second // _USES_PER_SECOND), 1)
        self.samples: list[Sample] = []

    async def warm(self) -> None:
        """Open the connections that are kept, and ask once on each.

        Raises NoAnswer when the server takes none or answers with an error: a load would then
        prove nothing.
        """
        number = ("X-Outgrow-Proof", "warming")
        for _ in range(self._most_kept):
            connection = await connected(self._plan)
            async with asyncio.timeout(self._plan.timeout_seconds):
                answer = await connection.ask(self._plan, Asked("GET", self._plan.path, (number,)))
            if answer.status >= 400:
                raise NoAnswer(f"{self._plan.path} answers with status {answer.status}")
            if connection.is_usable:
                self._idle.append(connection)

    async def send(self, began: float, ended: asyncio.Event) -> None:
        """Send everything that is due from the moment `began` on, until `ended` is set.

        Returns when the last request has its answer or has timed out.
        """
        self._began = began
        for planned in planned_requests(self._plan):
            if await self._is_over(planned, ended):
                break
            task = asyncio.create_task(self._one(planned))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        await asyncio.gather(*self._asking)
        for one in self._idle:
            one.close()

    async def _is_over(self, planned: PlannedRequest, ended: asyncio.Event) -> bool:
        """Wait until a request is due; return True when the load was ended before."""
        left = planned.due_seconds - self._passed()
        if left > 0:
            try:
                async with asyncio.timeout(left):
                    await ended.wait()
            except TimeoutError:
                return False
        return ended.is_set()

    async def _one(self, planned: PlannedRequest) -> None:
        attempt = _Attempt(self._passed())
        outcome, why = await self._outcome(planned, attempt)
        self.samples.append(
            Sample(
                planned.number,
                planned.kind,
                planned.due_seconds,
                attempt.sent_seconds,
                self._passed(),
                outcome,
                why,
                attempt.version,
                attempt.reused,
            )
        )
        if attempt.connection is not None:
            self._keep(attempt.connection, planned, outcome)

    async def _outcome(self, planned: PlannedRequest, attempt: _Attempt) -> tuple[Outcome, str]:
        """Ask, and return what came of it with the reason when it is lost."""
        left = self._plan.timeout_seconds - (self._passed() - planned.due_seconds)
        try:
            async with asyncio.timeout(max(left, 0)):
                answer = await self._asked(planned, attempt)
        except StaleReset:
            return "stale", "a kept connection was closed under the request"
        except NoAnswer as error:
            return "failed", str(error)
        except TimeoutError:
            return "timeout", f"no answer within {self._plan.timeout_seconds:g} s"
        attempt.version = answer.headers.get(self._plan.version_header)
        why = self._fault(planned, answer)
        return ("failed" if why else "ok"), why

    async def _asked(self, planned: PlannedRequest, attempt: _Attempt) -> Answer:
        attempt.connection = connection = await self._connection(planned)
        attempt.reused = connection.answered > 0
        attempt.sent_seconds = self._passed()
        return await connection.ask(self._plan, _request(self._plan, planned))

    async def _connection(self, planned: PlannedRequest) -> Connection:
        """Return the kept connection that has waited longest, or a new one."""
        while self._idle and not planned.new_connection:
            found = self._idle.popleft()
            if found.is_usable:
                return found
            found.close()
        return await connected(self._plan)

    def _keep(self, connection: Connection, planned: PlannedRequest, outcome: Outcome) -> None:
        room = len(self._idle) < self._most_kept and not planned.new_connection
        if room and outcome == "ok" and connection.is_usable:
            self._idle.append(connection)
        else:
            connection.close()

    def _fault(self, planned: PlannedRequest, answer: Answer) -> str:
        if answer.status >= 400:
            return f"status {answer.status}"
        expected = str(planned.number).encode()
        return "wrong body" if self._plan.echoes and expected not in answer.body else ""

    def _passed(self) -> float:
        return self._clock() - self._began


def _request(plan: LoadPlan, planned: PlannedRequest) -> Asked:
    number = ("X-Outgrow-Proof", str(planned.number))
    if planned.kind == "post":
        key = ("Idempotency-Key", f"outgrow-proof-{plan.seed}-{planned.number}")
        kind = ("Content-Type", "application/json")
        body = f'{{"proof": {planned.number}}}'.encode()
        return Asked("POST", plan.post_path or "/", (number, key, kind), body)
    path = plan.slow_path if planned.kind == "slow" else plan.path
    return Asked("GET", path or "/", (number,))
