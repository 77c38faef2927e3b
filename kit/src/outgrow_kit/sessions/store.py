"""What keeps sessions: the same few steps, each of them atomic, in Redis or PostgreSQL."""

from __future__ import annotations

from typing import Protocol

from outgrow_kit.sessions.values import Changes, Record


class SessionStore(Protocol):
    """Keeps sessions by the hash of their id. Every method may raise StoreUnavailable."""

    async def read(
        self, key: str, now: float, idle_seconds: float, touch_seconds: float
    ) -> Record | None:
        """Return a living session, or None.

        Moves its idle end to `now + idle_seconds`, unless that is less than `touch_seconds`
        later than it is.
        """

    async def change(self, key: str, now: float, changes: Changes) -> bool:
        """Change a living session; False when it is gone, which it then stays."""

    async def replace(
        self, old_key: str | None, record: Record, changes: Changes, *, only_living: bool
    ) -> bool:
        """Begin the session `record` and end the one at `old_key`, in one step.

        The values of the old one are kept, unless it was another user's. With `only_living`
        nothing happens, and False comes back, when the old one is gone.
        """

    async def revoke(self, key: str, user_id: str | None) -> bool:
        """End a session; with `user_id` only when it is that user's."""

    async def revoke_user(self, user_id: str, keep_key: str | None) -> int:
        """End all sessions of a user but `keep_key`; return how many those were."""

    async def of_user(self, user_id: str, now: float) -> list[Record]:
        """Return the living sessions of a user, the newest first, without their values."""

    async def prepare(self) -> None:
        """Connect, and create what is needed."""

    async def close(self) -> None:
        """Close connections."""
