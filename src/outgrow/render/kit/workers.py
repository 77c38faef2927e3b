"""How many processes one instance of a service runs, as the command that starts it says."""

from __future__ import annotations

import re

from outgrow.render.dockerfile.start_command import start_command
from outgrow.render.system.model import Part

_FLAG = re.compile(r"(?:^|\s)(?:--workers|-w)[=\s]+(\d+)(?=\s|$)")
_CONCURRENCY = "WEB_CONCURRENCY"  # what uvicorn and gunicorn read when no flag says it


def workers_of(part: Part) -> int:
    """Return the processes of one instance; 1 where nothing says another number."""
    own_image = part.build is None or part.build.dockerfile is not None
    words = (part.run.command or []) if own_image else start_command(part)[0]
    flag = _FLAG.search(" ".join(words))
    said = flag.group(1) if flag else part.environment.get(_CONCURRENCY, "").strip()
    return max(int(said), 1) if said.isascii() and said.isdigit() else 1
