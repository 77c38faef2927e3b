"""A small application of the deploys' tests: plain Python, so that it runs in any image.

It answers every request with its version (header X-Version, and in the body) and the number in
X-Outgrow-Proof; a POST with its body as well. `/slow` takes SLOW_SECONDS. Its variables, which
may also stand in a `settings.json` beside it:

    PORT, HOST           where it listens
    VERSION              what it says it is
    ERROR_SHARE          the share of requests it answers with 500 (0.3: 30 %), never /healthz
    HEALTHY              "no": /healthz answers 503 for ever
    READY_AFTER_SECONDS  /healthz answers 503 for so long
    SLOW_SECONDS         what /slow takes (1.5)
    EXECUTED             a file to which every POST that ran appends its idempotency number

On SIGTERM it takes no new connection, answers what it has begun and ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from pathlib import Path

BESIDE = Path(__file__).parent / "settings.json"
SETTINGS = {**(json.loads(BESIDE.read_text()) if BESIDE.exists() else {}), **os.environ}
VERSION = SETTINGS.get("VERSION", "v1")
ERROR_SHARE = float(SETTINGS.get("ERROR_SHARE", "0"))
HEALTHY = SETTINGS.get("HEALTHY", "yes") != "no"
READY_AFTER_SECONDS = float(SETTINGS.get("READY_AFTER_SECONDS", "0"))
SLOW_SECONDS = float(SETTINGS.get("SLOW_SECONDS", "1.5"))
EXECUTED = SETTINGS.get("EXECUTED")
BEGAN = time.monotonic()

chance = random.Random(VERSION)
busy: set[asyncio.StreamWriter] = set()
connections: set[asyncio.StreamWriter] = set()
ending = asyncio.Event()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connections.add(writer)
    try:
        while not ending.is_set() and (line := await reader.readline()):
            busy.add(writer)
            method, path, _ = line.decode("latin-1").split(" ", 2)
            headers = await headers_of(reader)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            status, text = await answer(method, path.partition("?")[0], headers, body)
            keep = headers.get("connection", "").lower() != "close" and not ending.is_set()
            writer.write(message(status, text, keep=keep))
            await writer.drain()
            busy.discard(writer)
            if not keep:
                break
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        busy.discard(writer)
        connections.discard(writer)
        writer.close()


async def headers_of(reader: asyncio.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


async def answer(
    method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, object]]:
    if path == "/healthz":
        ready = HEALTHY and time.monotonic() - BEGAN >= READY_AFTER_SECONDS
        return (200 if ready else 503), {"version": VERSION, "healthy": ready}
    if path == "/slow":
        await asyncio.sleep(SLOW_SECONDS)
    if chance.random() < ERROR_SHARE:
        return 500, {"version": VERSION, "error": "one of those"}
    if method == "POST" and EXECUTED:
        with open(EXECUTED, "a") as file:  # noqa: PTH123
            file.write(f"{headers.get('idempotency-key', '')} {VERSION}\n")
    said: dict[str, object] = {"version": VERSION, "number": headers.get("x-outgrow-proof", "")}
    return 200, said | ({"body": body.decode()} if method == "POST" else {})


def message(status: int, said: dict[str, object], *, keep: bool) -> bytes:
    text = json.dumps(said).encode()
    words = {200: "OK", 500: "Internal Server Error", 503: "Service Unavailable"}[status]
    head = (
        f"HTTP/1.1 {status} {words}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\nX-Version: {VERSION}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    return head.encode() + text


async def main() -> None:
    host, port = SETTINGS.get("HOST", "127.0.0.1"), int(SETTINGS["PORT"])
    server = await asyncio.start_server(serve, host, port, backlog=512)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    print(f"version {VERSION} listens on {host}:{port}", flush=True)
    await ending.wait()
    server.close()
    for one in connections - busy:
        one.close()
    while busy:
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main())
