"""The process of a load: a plan comes in on stdin, samples go out on stdout.

It is a process of its own so that nothing that a deploy computes delays a request. It ends when
its stdin does: with the process that started it, however that ended.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
from dataclasses import astuple
from typing import TextIO

from outgrow.clients.clock import monotonic_seconds
from outgrow.clients.load_http import NoAnswer, StaleReset
from outgrow.clients.load_sender import LoadSender
from outgrow.deploy.load_plan import LoadPlan

_OPEN_FILES = 8192  # as many requests as can wait for an answer at once


async def _run(plan: LoadPlan, out: TextIO) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    sender = LoadSender(plan, monotonic_seconds)
    try:
        await sender.warm()
    except (NoAnswer, StaleReset, TimeoutError) as error:
        _say(out, {"refused": str(error) or "no answer in time"})
        return
    began = monotonic_seconds()
    _say(out, {"began": began})
    await sender.send(began, ended)
    # Not before the end: writing would delay what is due.
    for sample in sender.samples:
        out.write(json.dumps(astuple(sample)) + "\n")
    out.flush()


def _say(out: TextIO, message: dict[str, object]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def _allow_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


def main() -> None:
    """Read the plan, send its requests, and write what became of each."""
    plan = LoadPlan(**json.loads(sys.stdin.readline()))
    _allow_open_files()
    gc.disable()  # its pauses would be measured; what it would free is bounded by the plan
    try:
        asyncio.run(_run(plan, sys.stdout))
    except BrokenPipeError:
        sys.stderr.close()  # nobody is there to read what was found


if __name__ == "__main__":
    main()
