"""An application that says which version it is: `versioned.py NAME`, on port $PORT.

It keeps connections open, answers /slow after 1.5 s, upgrades /socket to a connection that
sends back what it gets, and ends on SIGTERM as a server does: no new connection, and what it
has begun is finished. `healthy` in its folder says whether /healthz is good.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import sys
from pathlib import Path

_SLOW_SECONDS = 1.5
_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NAME = sys.argv[1]
HEALTHY = Path("healthy")


async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await one_request(reader, writer):
            pass
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def one_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    line = await reader.readline()
    if not line:
        return False
    _, path, _ = line.decode().split()
    headers = {}
    while (header := await reader.readline()).strip():
        key, _, value = header.decode().partition(":")
        headers[key.strip().lower()] = value.strip()
    await reader.readexactly(int(headers.get("content-length", 0)))
    if path == "/socket":
        await echo(reader, writer, headers["sec-websocket-key"])
        return False
    status, body = await answer(path)
    close = headers.get("connection", "").lower() == "close"
    head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}{'Connection: close' if close else 'X-Y: z'}\r\n\r\n{body}".encode())
    await writer.drain()
    return not close


async def answer(path: str) -> tuple[int, str]:
    if path == "/healthz":
        good = not HEALTHY.exists() or HEALTHY.read_text().strip() == "yes"
        return (200, "fine") if good else (503, "the database does not answer")
    if path == "/slow":
        await asyncio.sleep(_SLOW_SECONDS)
    if path == "/fails":
        return 500, "broken"
    if path.startswith("/variable/"):
        return 200, os.environ.get(path.removeprefix("/variable/"), "")
    return 200, NAME


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
    accept = base64.b64encode(hashlib.sha1((key + _WEBSOCKET).encode()).digest()).decode()
    head = "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    writer.write(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(
        connection, os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    )
    print(f"{NAME} listens", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()
    print(f"{NAME} ends", flush=True)


asyncio.run(main())
