"""Beginning, reading, changing and ending sessions."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from outgrow_kit.clock import WallClock, wall
from outgrow_kit.sessions.store import SessionStore
from outgrow_kit.sessions.values import Changes, Record, Session

DAY_SECONDS = 24 * 3600.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# How late the idle end may be: more exact would mean a write for every request.
_TOUCH_SHARE = 0.05
_LONGEST_TOUCH_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One of a user's sessions, for a page that lists them. `handle` revokes and opens nothing."""

    handle: str
    created_at: float
    expires_at: float


class Sessions:
    """Sessions by opaque ids, of which the store knows only hashes.

    One ends after `idle_seconds` without a request (up to 5 % or 5 minutes sooner), and after
    `absolute_seconds` whatever happens. Every method may raise StoreUnavailable.
    """

    def __init__(
        self,
        store: SessionStore,
        *,
        idle_seconds: float = 7 * DAY_SECONDS,
        absolute_seconds: float = 30 * DAY_SECONDS,
        clock: WallClock = wall,
    ) -> None:
        self.store = store
        self.idle_seconds = idle_seconds
        self.absolute_seconds = absolute_seconds
        self._clock = clock
        self._touch_seconds = min(idle_seconds * _TOUCH_SHARE, _LONGEST_TOUCH_SECONDS)

    async def open(self, token: str | None) -> Session:
        """Return the session of an id, or an empty one that is kept once it holds something."""
        if token is None or not _TOKEN.fullmatch(token):
            return Session()
        return Session(
            await self.store.read(
                key_of(token), self._clock(), self.idle_seconds, self._touch_seconds
            )
        )

    async def save(self, session: Session) -> None:
        """Write what was changed. A session that was revoked meanwhile stays revoked."""
        changes = session.changes()
        if session.is_ended or not changes:
            return
        if session.record is None:
            if changes.texts:
                await self._begin(session, None, changes)
        elif await self.store.change(session.record.key, self._clock(), changes):
            session.saved_as(session.record)
        else:
            session.detach()

    async def log_in(self, session: Session, user_id: str) -> None:
        """Make the session a user's, under a new id; whoever knew the old one is left out.

        Values are kept, except those of another user. Each login ends one session at most.
        """
        session.check_writable()
        if not user_id:
            raise ValueError("user_id is empty; log in with the id of a user")
        if session.user_id not in (None, user_id):
            session.forget_values()
        await self._begin(session, user_id, session.changes())

    async def rotate(self, session: Session) -> bool:
        """Give the session a new id, as after a change of rights; False when it was revoked."""
        session.check_writable()
        if session.record is None:
            return False
        return await self._begin(session, session.user_id, session.changes(), only_living=True)

    async def log_out(self, session: Session) -> None:
        """End the session; the client is told to forget its id."""
        session.check_writable()
        if session.record is not None:
            await self.store.revoke(session.record.key, None)
        session.detach()
        session.new_token = None
        session.is_ended = True

    async def revoke(self, handle: str, user_id: str) -> bool:
        """End one of a user's sessions; False when there is no such one of this user."""
        return await self.store.revoke(handle, user_id)

    async def revoke_user(self, user_id: str, keep: Session | None = None) -> int:
        """End all sessions of a user but `keep`; return how many those were."""
        return await self.store.revoke_user(user_id, keep.handle if keep is not None else None)

    async def of_user(self, user_id: str) -> list[SessionInfo]:
        """Return the living sessions of a user, the newest first."""
        return [
            SessionInfo(record.key, record.created_at, record.expires_at)
            for record in await self.store.of_user(user_id, self._clock())
        ]

    async def _begin(
        self, session: Session, user_id: str | None, changes: Changes, *, only_living: bool = False
    ) -> bool:
        token = secrets.token_urlsafe(32)
        now = self._clock()
        # A new id without a login is no reason to live longer.
        continued = session.record if only_living else None
        ends = continued.expires_at if continued else now + self.absolute_seconds
        record = Record(
            key=key_of(token),
            user_id=user_id,
            created_at=now,
            expires_at=ends,
            idle_expires_at=min(now + self.idle_seconds, ends),
        )
        if not await self.store.replace(session.handle, record, changes, only_living=only_living):
            session.detach()
            return False
        session.saved_as(record)
        session.new_token = token
        session.is_ended = False
        return True


def key_of(token: str) -> str:
    """Return what a store keeps instead of the id: who reads the store can log in as nobody."""
    return sha256(token.encode()).hexdigest()
