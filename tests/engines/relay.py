"""A network of our own on loopback, which a test can cut: packets vanish, nothing is closed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_DEADLINE_SECONDS = 10
_CHUNK_BYTES = 65536


class Relay:
    """Passes connections on to a port; `cut` stops the traffic, `mend` lets it flow again.

    While it is cut, connections are taken and never answered, as behind a firewall that
    drops. What was sent in the meantime arrives when it is mended.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._ended = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    def cut(self) -> None:
        """Let nothing through any more."""
        self._flows.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._flows.set()

    def stop(self) -> None:
        """Close everything."""
        with self._lock:
            self._ended = True
            found = [self._listener, *self._sockets]
        for one in found:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._flows.set()
        for thread in list(self._threads):
            thread.join(_DEADLINE_SECONDS)
        for one in found:
            one.close()

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _keep(self, one: socket.socket) -> bool:
        with self._lock:
            if not self._ended:
                self._sockets.append(one)
                return True
        one.close()
        return False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._keep(client):
                    self._run(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        self._flows.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target), _DEADLINE_SECONDS)
        except OSError:
            _end(client)
            return
        server.settimeout(None)
        if self._keep(server):
            self._run(self._pass, client, server)
            self._pass(server, client)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                self._flows.wait()
                target.sendall(data)
        self._flows.wait()  # that one side went away does not arrive either
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    """Yield a relay to a port of the loopback address."""
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.stop()
