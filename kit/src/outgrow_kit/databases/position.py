"""A place in the primary's log: what a read must have seen, as a token that a client carries."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import ClassVar

from outgrow_kit.secret import Secret

_WRITTEN = re.compile(r"([0-9A-F]{8})-([0-9A-F]{16})(?:\.([0-9a-f]{32}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A timeline and a log sequence number (LSN) in bytes; later positions are greater."""

    timeline: int
    lsn: int

    # Greater than every real position, so only the primary answers a read that carries it.
    PRIMARY: ClassVar[Position]

    @classmethod
    def of_server(cls, timeline: int, lsn: str) -> Position:
        """Return the position that PostgreSQL writes as `0/16B3740`. Raises ValueError."""
        high, _, low = lsn.partition("/")
        return cls(timeline, (int(high, 16) << 32) | int(low, 16))

    @classmethod
    def read(cls, token: str, secret: Secret | None = None) -> Position | None:
        """Return what `token` says; None for one that is malformed or not signed by `secret`."""
        found = _WRITTEN.fullmatch(token)
        if found is None:
            return None
        if secret is not None:
            expected = _signature(token[:25], secret)
            if not hmac.compare_digest(found[3] or "", expected):
                return None
        return cls(int(found[1], 16), int(found[2], 16))

    def token(self, secret: Secret | None = None) -> str:
        """Return a text of fixed width: tokens compare as their positions do."""
        written = f"{self.timeline:08X}-{self.lsn:016X}"
        return written if secret is None else f"{written}.{_signature(written, secret)}"


Position.PRIMARY = Position(0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)


def later(one: Position | None, other: Position | None) -> Position | None:
    """Return the later of two positions, each of which may be absent."""
    if one is None or other is None:
        return one or other
    return max(one, other)


def _signature(written: str, secret: Secret) -> str:
    return hmac.digest(secret.reveal().encode(), written.encode(), "sha256").hex()[:32]
