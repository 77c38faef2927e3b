"""Health and readiness that tell the truth, and ask a dependency only now and then.

`/livez` says that the process answers; a failing one is restarted. `/readyz` says whether
it can serve; a failing one gets no requests. However many ask, each dependency is checked by
one caller at a time, within a deadline, and its answer counts for some seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outgrow_kit.clock import Clock, monotonic

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """A dependency and how to ask it: `ask` raises when it does not answer as it should.

    Without one that is `required` the process cannot serve; without another it serves less.
    """

    name: str
    ask: Callable[[], Awaitable[object]]
    required: bool = True
    timeout_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class _Answer:
    works: bool
    reason: str
    at: float


class Health:
    """The state of the dependencies; `routes()` serves it.

    A good answer counts for `good_seconds`, a bad one for `bad_seconds`. `drain()` lets
    `/readyz` fail, so that no new request comes while the last ones are answered.
    """

    def __init__(
        self,
        checks: Sequence[Check] = (),
        *,
        good_seconds: float = 5.0,
        bad_seconds: float = 1.0,
        clock: Clock = monotonic,
    ) -> None:
        self._checks = tuple(checks)
        self._good, self._bad = good_seconds, bad_seconds
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Task[_Answer]] = {}
        self._late: set[asyncio.Future[object]] = set()
        self._is_draining = False

    def drain(self) -> None:
        """Let readiness fail from now on: the process is about to end."""
        self._is_draining = True

    async def report(self) -> tuple[bool, dict[str, str]]:
        """Return whether the process can serve, and a word on each dependency."""
        answers = await asyncio.gather(*(self._answer(check) for check in self._checks))
        works = all(
            answer.works or not check.required
            for check, answer in zip(self._checks, answers, strict=True)
        )
        words = {
            check.name: "ok" if answer.works else answer.reason
            for check, answer in zip(self._checks, answers, strict=True)
        }
        return works and not self._is_draining, words

    async def _answer(self, check: Check) -> _Answer:
        known = self._answers.get(check.name)
        lasts = self._good if known and known.works else self._bad
        if known and self._clock() - known.at < lasts:
            return known
        task = self._asking.get(check.name)
        if task is None:
            task = asyncio.create_task(self._ask(check))
            self._asking[check.name] = task
            task.add_done_callback(lambda _: self._asking.pop(check.name, None))
        # A caller that goes away must not end the check for all others.
        return await asyncio.shield(task)

    async def _ask(self, check: Check) -> _Answer:
        asked = asyncio.ensure_future(check.ask())
        try:
            # Drivers that are cancelled first talk to the server, so a late one is not waited for.
            await asyncio.wait([asked], timeout=check.timeout_seconds)
        finally:
            if not asked.done():
                asked.cancel()
                self._late.add(asked)
                asked.add_done_callback(self._forget)
        reason = self._reason(check, asked)
        answer = _Answer(not reason, reason, self._clock())
        self._answers[check.name] = answer
        return answer

    def _reason(self, check: Check, asked: asyncio.Future[object]) -> str:
        """Return why a dependency does not work; nothing when it does."""
        if not asked.done() or asked.cancelled():
            return f"no answer within {check.timeout_seconds:g} s"
        error = asked.exception()
        if error is None:
            return ""
        if isinstance(error, TimeoutError):
            return f"no answer within {check.timeout_seconds:g} s"
        # Drivers put addresses and users into their texts, which are nobody's business.
        _LOG.warning("%s does not work: %s", check.name, type(error).__name__)
        return type(error).__name__

    def _forget(self, asked: asyncio.Future[object]) -> None:
        self._late.discard(asked)
        if not asked.cancelled():
            asked.exception()

    def routes(self, live: str = "/livez", ready: str = "/readyz") -> list[Route]:
        """Return the two routes for an application."""

        async def lives(_: Request) -> Response:
            return JSONResponse({"status": "ok"}, headers=_NEVER_STORED)

        async def serves(_: Request) -> Response:
            works, words = await self.report()
            status = "draining" if self._is_draining else "ok" if works else "failing"
            return JSONResponse(
                {"status": status, "dependencies": words},
                200 if works else 503,
                headers=_NEVER_STORED,
            )

        return [
            Route(live, lives, include_in_schema=False),
            Route(ready, serves, include_in_schema=False),
        ]


_NEVER_STORED = {"Cache-Control": "no-store"}
