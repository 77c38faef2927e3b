"""What goes wrong between an application and its shards."""

from __future__ import annotations

from collections.abc import Mapping

from outgrow_kit.errors import KitError


class ShardMoving(KitError):
    """The rows of a key are on their way to another database, for longer than a caller waits.

    Nothing was written. Trying again a second later is right.
    """


class UnknownShard(KitError):
    """The directory names a database that this process has no address of."""


class ShardsUnavailable(KitError):
    """Some databases did not answer a question to all; `reasons` by the database's name."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        named = "; ".join(f"{name}: {reason}" for name, reason in sorted(self.reasons.items()))
        super().__init__(
            f"no answer from {named}. Ask with partial=True if a part of the answer will do."
        )


class NoIds(KitError):
    """No id can be given that is certainly new."""
