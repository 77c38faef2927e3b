"""A network of our own on loopback, which a test can cut: packets vanish, nothing is closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_READY_SECONDS = 10
_CHUNK_BYTES = 65536


class Relay:
    """Passes connections on to a port; `cut` stops the traffic, `mend` lets it flow again.

    While it is cut, connections are taken and never answered, as behind a firewall that
    drops. What was sent in the meantime arrives when it is mended.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.port = 0

    def cut(self) -> None:
        """Let nothing through any more; it is so when this returns."""
        self._let(flow=False)

    def mend(self) -> None:
        """Let everything through again."""
        self._let(flow=True)

    def _let(self, *, flow: bool) -> None:
        done = threading.Event()

        def change() -> None:
            if flow:
                self._flows.set()
            else:
                self._flows.clear()
            done.set()

        self._loop.call_soon_threadsafe(change)
        assert done.wait(_READY_SECONDS)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        assert self._started.wait(_READY_SECONDS)

    def stop(self) -> None:
        """Close everything."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(_READY_SECONDS)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._flows, self._ended = asyncio.Event(), asyncio.Event()
        self._flows.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._ended.wait()
        server.close()
        # asyncio.run cancels what still passes data, which aborts its connections.

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        try:
            from_target, to_target = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self._pass(reader, to_target), self._pass(from_target, writer))
        finally:
            to_target.transport.abort()
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
            writer.transport.abort()


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    """Yield a relay to a port of the loopback address."""
    relay = Relay(port)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
