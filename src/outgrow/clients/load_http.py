"""One HTTP/1.1 connection of a load, and what can happen to a request on it."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import h11

from outgrow.deploy.load_plan import LoadPlan

_CHUNK_BYTES = 65536


class NoAnswer(Exception):
    """The connection could not be made, or ended before the answer did."""


class StaleReset(Exception):
    """A kept connection was closed before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes over the wire; the length of `body` is told, empty or not."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in lower case, and the whole body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A connection that asks one question at a time; `answered` counts those it got through."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)
        self._heard = False
        self.answered = 0

    @property
    def is_usable(self) -> bool:
        """Return whether it may be asked again, as far as one can see from here.

        A close that has arrived is seen; one that is on its way makes a stale reset.
        """
        states = (self._http.our_state, self._http.their_state)
        alive = not (self._reader.at_eof() or self._writer.is_closing())
        return alive and states == (h11.IDLE, h11.IDLE)

    async def ask(self, plan: LoadPlan, asked: Asked) -> Answer:
        """Return the answer; raise StaleReset or NoAnswer where there is none."""
        self._heard = False
        try:
            await self._send(plan, asked)
            answer = await self._receive()
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            if self.answered and not self._heard:
                raise StaleReset from None
            raise NoAnswer(_words(error, heard=self._heard)) from None
        self.answered += 1
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return answer

    def close(self) -> None:
        """Close it at once."""
        self._writer.transport.abort()

    async def _send(self, plan: LoadPlan, asked: Asked) -> None:
        headers = [
            ("Host", plan.name),
            ("User-Agent", "outgrow-proof"),
            ("Content-Length", str(len(asked.body))),
            *asked.headers,
        ]
        request = h11.Request(method=asked.method, target=asked.path, headers=headers)
        events: tuple[h11.Event, ...] = (request, h11.Data(data=asked.body), h11.EndOfMessage())
        # One write, so that what is lost is a whole request and never half of one.
        self._writer.write(b"".join(self._http.send(one) or b"" for one in events))
        await self._writer.drain()

    async def _receive(self) -> Answer:
        response: h11.Response | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._read())
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and response is not None:
                headers = {
                    name.decode(): value.decode("latin-1") for name, value in response.headers
                }
                return Answer(response.status_code, headers, bytes(body))
            elif not isinstance(event, h11.InformationalResponse):
                raise EOFError

    async def _read(self) -> bytes:
        data = await self._reader.read(_CHUNK_BYTES)
        if data:
            self._heard = True
        elif self._http.their_state is not h11.SEND_BODY:
            raise EOFError
        return data


async def connected(plan: LoadPlan) -> Connection:
    """Return a new connection; raise NoAnswer when it cannot be made."""
    secure = ssl.create_default_context() if plan.tls else None
    name = plan.name.partition(":")[0] if plan.tls else None
    try:
        opened = await asyncio.open_connection(
            plan.address, plan.port, ssl=secure, server_hostname=name
        )
    except OSError as error:
        raise NoAnswer(_words(error, heard=False)) from None
    return Connection(*opened)


def _words(error: Exception, *, heard: bool) -> str:
    if heard:
        return "no answer: cut off in the middle"
    if isinstance(error, ConnectionRefusedError):
        return "no answer: connection refused"
    if isinstance(error, ssl.SSLError):
        return f"no answer: {error.reason or 'TLS failed'}"
    return "no answer: connection closed"
