"""One statement for all who ask at the same moment, instead of a queue for a few connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from outgrow_kit.errors import StoreUnavailable

Question = TypeVar("Question")
Answer = TypeVar("Answer")
_MOST = 500


class Batches(Generic[Question, Answer]):
    """Gathers questions while earlier ones are under way; belongs to one event loop.

    `send` takes up to 500 questions and returns their answers in the same order; `at_once` is
    how many such calls there may be. Nobody waits longer than `deadline_seconds`.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]],
        *,
        deadline_seconds: float,
        at_once: int,
    ) -> None:
        self._send = send
        self._deadline = deadline_seconds
        self._at_once = at_once
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._senders: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer:
        """Return the answer; raises what `send` raises, and StoreUnavailable when it is late."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._senders) < self._at_once:
            # It begins after all who ask in this turn of the loop.
            sender = asyncio.ensure_future(self._send_waiting())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        try:
            await asyncio.wait((answer,), timeout=self._deadline)
            if answer.done():
                return answer.result()
        finally:
            answer.cancel()
        raise StoreUnavailable(
            f"no answer within {self._deadline * 1000:g} ms, because of those who asked before"
        )

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            batch = [one for one in batch if not one[1].done()]
            if batch:
                await self._answered(batch)

    async def _answered(self, batch: Sequence[tuple[Question, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._send([question for question, _ in batch])
        except BaseException as error:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(_copied(error))
                    waiting.exception()  # one that nobody waits for any more is no news
            if not isinstance(error, Exception):
                raise
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)

    async def close(self) -> None:
        """Wait for what is under way, at most as long as whoever asked would."""
        if self._senders:
            await asyncio.wait(tuple(self._senders), timeout=self._deadline)


def _copied(error: BaseException) -> Exception:
    # One exception raised in many tasks would gather the tracebacks of all of them.
    if isinstance(error, StoreUnavailable):
        copy = StoreUnavailable(*error.args)
        copy.__cause__ = error.__cause__
        return copy
    if isinstance(error, Exception):
        return error
    return StoreUnavailable("the statement that was to answer was cancelled")
