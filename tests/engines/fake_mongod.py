"""A fake mongod: enough of MongoDB's wire protocol for a client to insert and find.

Neither Debian nor PyPI has a mongod. This one speaks OP_MSG (hello, ping, insert, find,
endSessions), keeps documents in memory, and counts connections; it says nothing about what a
real MongoDB would do under load.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import bson

_HEADER = struct.Struct("<iiii")
_OP_QUERY, _OP_REPLY, _OP_MSG = 2004, 1, 2013
Json = Mapping[str, Any]


class FakeMongod(socketserver.ThreadingTCPServer):
    """It listens on loopback. `most_at_once` counts the connections that ran operations."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.collections: dict[str, list[Json]] = {}
        self.finds = 0
        self.busy = 0
        self.most_at_once = 0
        self.answers = threading.Event()
        self.answers.set()
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"mongodb://127.0.0.1:{self.server_address[1]}/?directConnection=true"

    def answer(self, command: Json) -> Json:
        """Return what a mongod would answer."""
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            return _HELLO
        if name == "insert":
            with self.lock:
                kept = self.collections.setdefault(command["insert"], [])
                kept.extend(command["documents"])
            return {"n": len(command["documents"]), "ok": 1.0}
        if name == "find":
            return self._found(command)
        return {"ok": 1.0}

    def _found(self, command: Json) -> Json:
        wanted = command.get("filter", {})
        with self.lock:
            self.finds += 1
            kept = list(self.collections.get(command["find"], ()))
        batch = [one for one in kept if all(one.get(k) == v for k, v in wanted.items())]
        cursor = {"id": 0, "ns": f"{command['$db']}.{command['find']}", "firstBatch": batch}
        return {"cursor": cursor, "ok": 1.0}

    def disconnect(self) -> None:
        """Close all connections, as a restart does."""
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


_HELLO: Json = {
    "isWritablePrimary": True, "ismaster": True, "helloOk": True, "maxBsonObjectSize": 16777216,
    "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "minWireVersion": 0,
    "maxWireVersion": 21, "logicalSessionTimeoutMinutes": 30, "readOnly": False, "ok": 1.0,
}  # fmt: skip


class _Connection(socketserver.BaseRequestHandler):
    server: FakeMongod

    def handle(self) -> None:
        self.server.open.add(self.request)
        with suppress(OSError):
            while (header := self._read(_HEADER.size)) is not None:
                length, request, _, operation = _HEADER.unpack(header)
                body = self._read(length - _HEADER.size)
                if body is None:
                    return
                self._reply(request, operation, body)
        self.server.open.discard(self.request)

    def _read(self, size: int) -> bytes | None:
        found = b""
        while len(found) < size:
            part = self.request.recv(size - len(found))
            if not part:
                return None
            found += part
        return found

    def _reply(self, request: int, operation: int, body: bytes) -> None:
        if operation == _OP_QUERY:  # how clients say hello to a server they do not know yet
            document = bson.encode(self.server.answer({"hello": 1}))
            payload = struct.pack("<iqii", 8, 0, 0, 1) + document
            self._send(request, _OP_REPLY, payload)
            return
        command = _command(body)
        is_work = next(iter(command)) in ("find", "insert")
        with self.server.lock:
            self.server.busy += is_work
            self.server.most_at_once = max(self.server.most_at_once, self.server.busy)
        if is_work:
            self.server.answers.wait(10)
        answer = self.server.answer(command)
        with self.server.lock:
            self.server.busy -= is_work
        self._send(request, _OP_MSG, b"\0\0\0\0\0" + bson.encode(answer))

    def _send(self, request: int, operation: int, payload: bytes) -> None:
        head = _HEADER.pack(_HEADER.size + len(payload), 0, request, operation)
        self.request.sendall(head + payload)


def _command(body: bytes) -> dict[str, Any]:
    """Return the command of an OP_MSG, with the documents of its sequences."""
    found: dict[str, Any] = {}
    place = 4  # after the flags
    while place < len(body):
        kind, place = body[place], place + 1
        (size,) = struct.unpack_from("<i", body, place)
        if kind == 0:
            found = {**bson.decode(body[place : place + size]), **found}
        else:
            end = body.index(b"\0", place + 4)
            name = body[place + 4 : end].decode()
            found[name] = bson.decode_all(body[end + 1 : place + size])
        place += size
    return dict(sorted(found.items(), key=lambda one: one[0] == "documents"))


@contextmanager
def fake_mongod() -> Iterator[FakeMongod]:
    """Yield a fake mongod that ends with the block."""
    server = FakeMongod()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.answers.set()
        server.disconnect()
        server.shutdown()
        thread.join(10)
        server.server_close()
