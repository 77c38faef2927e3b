"""A server that loses requests on purpose, by their number, and counts what it did."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_DEADLINE_SECONDS = 10


@dataclass
class LossyServer:
    """Which numbers are lost, and how; everything else is answered well.

    `dropped`: closed without a byte. `cut`: half an answer. `errors`: 503. `wrong`: another
    body. `unanswered`: nothing, for ever. `stalls`: the whole server stands still for
    `stall_seconds`. `closes`: after each answer, without saying so. `nobody`
    is set while no connection is open.
    """

    dropped: frozenset[int] = frozenset()
    cut: frozenset[int] = frozenset()
    errors: frozenset[int] = frozenset()
    wrong: frozenset[int] = frozenset()
    unanswered: frozenset[int] = frozenset()
    stalls: frozenset[int] = frozenset()
    stall_seconds: float = 0.5
    closes: bool = False
    port: int = 0
    connections: int = 0
    nobody: threading.Event = field(default_factory=threading.Event)
    dropped_on_kept: list[int] = field(default_factory=list)
    dropped_on_new: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.nobody.clear()
        before = 0
        try:
            while await self._one(reader, writer, before):
                before += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections -= 1
            if not self.connections:
                self.nobody.set()
            writer.close()

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: int
    ) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        told = headers["x-outgrow-proof"]
        number = int(told) if told.isdigit() else -1
        if number in self.stalls:
            threading.Event().wait(self.stall_seconds)  # the whole loop stands still
        if number in self.unanswered:
            await asyncio.sleep(3600)
        if number in self.dropped:
            (self.dropped_on_kept if before else self.dropped_on_new).append(number)
            return False
        status = "503 Unavailable" if number in self.errors else "200 OK"
        body = b"another" if number in self.wrong else told.encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        if number in self.cut:
            return False
        writer.write(body)
        await writer.drain()
        return not self.closes


@contextmanager
def lossy_server(server: LossyServer) -> Iterator[LossyServer]:
    """Run `server` on a free port of the loopback address, in a thread, until the block ends."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ending = asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await ending.wait()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert ready.wait(_DEADLINE_SECONDS)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(_DEADLINE_SECONDS)
        loop.close()
