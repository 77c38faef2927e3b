"""Those who ask while others are being answered are answered together; nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits.batches import Batches


class Server:
    """Doubles numbers, once it is let."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may = asyncio.Event()
        self.error: Exception | None = None

    async def send(self, numbers: Sequence[int]) -> Sequence[int]:
        self.asked.append(list(numbers))
        await self.may.wait()
        if self.error is not None:
            raise self.error
        return [2 * number for number in numbers]


def batches(server: Server, at_once: int = 1, seconds: float = 30) -> Batches[int, int]:
    return Batches(server.send, deadline_seconds=seconds, at_once=at_once)


async def until_asked(server: Server, times: int) -> None:
    while len(server.asked) < times:
        await asyncio.sleep(0)


def test_those_of_one_moment_are_one_question_and_get_their_own_answers() -> None:
    async def use() -> tuple[list[int], list[list[int]]]:
        server = Server()
        server.may.set()
        of = batches(server, at_once=2)
        return await asyncio.gather(*(of.ask(number) for number in range(5))), server.asked

    assert asyncio.run(use()) == ([0, 2, 4, 6, 8], [[0, 1, 2, 3, 4]])


def test_those_who_come_while_one_is_under_way_go_together_after_it() -> None:
    async def use() -> tuple[list[int], list[list[int]]]:
        server = Server()
        of = batches(server)
        first = asyncio.ensure_future(of.ask(0))
        await until_asked(server, 1)
        rest = [asyncio.ensure_future(of.ask(number)) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        assert server.asked == [[0]]
        server.may.set()
        return await asyncio.gather(first, *rest), server.asked

    assert asyncio.run(use()) == ([0, 2, 4, 6], [[0], [1, 2, 3]])


def test_more_than_one_statement_takes_are_several() -> None:
    async def use() -> list[int]:
        server = Server()
        server.may.set()
        of = batches(server)
        await asyncio.gather(*(of.ask(number) for number in range(1200)))
        return [len(one) for one in server.asked]

    assert asyncio.run(use()) == [500, 500, 200]


def test_an_outage_is_told_to_each_and_the_next_question_is_asked() -> None:
    async def use() -> list[object]:
        server = Server()
        server.may.set()
        server.error = StoreUnavailable("out")
        of = batches(server)
        failed = await asyncio.gather(*(of.ask(n) for n in range(3)), return_exceptions=True)
        server.error = None
        return [*failed, await of.ask(4)]

    *failed, answer = asyncio.run(use())
    assert [str(one) for one in failed] == ["out"] * 3
    assert len(set(map(id, failed))) == 3
    assert answer == 8


def test_nobody_waits_longer_than_the_deadline_for_those_before() -> None:
    async def use() -> list[list[int]]:
        server = Server()
        of = batches(server, seconds=0.01)
        first = asyncio.ensure_future(of.ask(0))
        await until_asked(server, 1)
        with pytest.raises(StoreUnavailable, match="10 ms"):
            await of.ask(1)
        with pytest.raises(StoreUnavailable):
            await first
        server.may.set()
        assert await of.ask(2) == 4
        await of.close()
        return server.asked

    assert asyncio.run(use()) == [[0], [2]], "what nobody waits for is not asked"


def test_one_who_is_cancelled_leaves_the_others_their_answers() -> None:
    async def use() -> list[int]:
        server = Server()
        of = batches(server)
        asked = [asyncio.ensure_future(of.ask(number)) for number in range(3)]
        await until_asked(server, 1)
        asked[0].cancel()
        server.may.set()
        return await asyncio.gather(*asked[1:])

    assert asyncio.run(use()) == [2, 4]
