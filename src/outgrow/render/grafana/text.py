"""Text of a strategy on a dashboard, and names that stay the same."""

from __future__ import annotations

import re
from hashlib import sha256

_LONGEST_UID = 40
_BREAK = "\u200b"  # of no width: it parts what Grafana would read as a variable


def literal(text: str) -> str:
    """Return `text` on one line, so that Grafana replaces nothing in it.

    `$name`, `${name}` and `[[name]]` are variables in titles, descriptions and text panels,
    and there is no way to escape them.
    """
    line = " ".join(text.split())
    return line.replace("$", f"${_BREAK}").replace("[[", f"[{_BREAK}[")


def uid(*words: str) -> str:
    """Return an identifier of at most 40 characters that follows from `words` alone."""
    whole = re.sub(r"[^a-z0-9-]+", "-", "-".join(words).lower())
    if len(whole) <= _LONGEST_UID:
        return whole
    digest = sha256(whole.encode()).hexdigest()[:8]
    return f"{whole[: _LONGEST_UID - 9].rstrip('-')}-{digest}"
