"""Names that AWS takes: short enough, and still different for what is different."""

from __future__ import annotations

from hashlib import sha256

# What most services take at least; load balancers, caches and buckets take less.
LONGEST = 60
LONGEST_BUCKET = 63
_MARK = 6


def fitted(name: str, longest: int = LONGEST) -> str:
    """Return `name`, or as much of it as fits with a mark that no other name has."""
    if len(name) <= longest:
        return name
    mark = sha256(name.encode()).hexdigest()[:_MARK]
    return f"{name[: longest - _MARK - 1].rstrip('-')}-{mark}"
