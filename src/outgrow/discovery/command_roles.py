"""What a command is for: to serve, to work in the background, or to develop with."""

from __future__ import annotations

import re

_WORKER = re.compile(
    r"\bcelery\b(?!.*\bflower\b)|\brq\b.*worker|rqworker|dramatiq|\barq\b|huey|taskiq|sidekiq|queue:work|horizon"
    r"|qcluster|(?<!heart)beat\b|consumer|worker(?!s|-class|_class|-tmp)|scheduler|process_tasks|cron\b|faktory"
    r"|good_job|resque|delayed_job|solid_queue",
    re.IGNORECASE,
)  # fmt: skip
_SERVER = re.compile(
    r"gunicorn|uvicorn|hypercorn|daphne|granian|runserver|flask run|next start|http", re.I
)
_DEVELOPMENT = re.compile(
    r"--reload\b|runserver\b(?!.*--insecure)|nodemon|ts-node-dev|tsx watch"
    r"|\b(?:run )?dev\b|start:dev|start:debug"
    r"|flask (?:--app \S+ )?(?:--debug )?run|fastapi dev|watchmedo|watchfiles"
    r"|debugpy|\bair\b|sleep infinity|tail -f|vite\b",
    re.IGNORECASE,
)


def is_worker(text: str, name: str = "") -> bool:
    """Return whether a command does work in the background rather than answer requests."""
    if _WORKER.search(text):
        return not (_SERVER.search(text) and not re.search(r"\bcelery\b|\barq\b|dramatiq", text))
    return not text and bool(_WORKER.search(name))


def is_for_developers(command: str) -> bool:
    """Return whether a command is one for developing: it reloads, or serves without care."""
    return bool(_DEVELOPMENT.search(command))


def role_of(text: str) -> str:
    """Return what a background command is for, so that two of the same can be recognised."""
    for word in ("flower", "beat", "scheduler", "worker", "consumer", "sidekiq"):
        if word in text.lower():
            return word
    return "other"
