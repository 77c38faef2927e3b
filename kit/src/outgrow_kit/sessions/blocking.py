"""Sessions for code without an event loop: scripts, workers, WSGI."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from anyio.from_thread import BlockingPortal, start_blocking_portal

from outgrow_kit.sessions.service import SessionInfo, Sessions
from outgrow_kit.sessions.values import Session


class BlockingSessions:
    """The same `Sessions`, each call waiting for its answer; usable from many threads.

    A context manager: an event loop runs in a thread of its own until the block ends, because
    only there can a deadline hold while a server hangs. Give it Sessions of its own, made after
    the process has forked.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._running: AbstractContextManager[BlockingPortal] = start_blocking_portal()
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> BlockingSessions:
        self._portal = self._running.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call(self._sessions.store.close)
        self._portal = None
        self._running.__exit__(kind, error, trace)

    @property
    def _loop(self) -> BlockingPortal:
        if self._portal is None:
            raise RuntimeError("use BlockingSessions in a `with` block")
        return self._portal

    def open(self, token: str | None) -> Session:
        """Return the session of an id; see Sessions.open."""
        return self._loop.call(self._sessions.open, token)

    def save(self, session: Session) -> None:
        """Write what was changed; see Sessions.save."""
        self._loop.call(self._sessions.save, session)

    def log_in(self, session: Session, user_id: str) -> None:
        """Make the session a user's, under a new id; see Sessions.log_in."""
        self._loop.call(self._sessions.log_in, session, user_id)

    def rotate(self, session: Session) -> bool:
        """Give the session a new id; see Sessions.rotate."""
        return self._loop.call(self._sessions.rotate, session)

    def log_out(self, session: Session) -> None:
        """End the session; see Sessions.log_out."""
        self._loop.call(self._sessions.log_out, session)

    def revoke(self, handle: str, user_id: str) -> bool:
        """End one of a user's sessions; see Sessions.revoke."""
        return self._loop.call(self._sessions.revoke, handle, user_id)

    def revoke_user(self, user_id: str, keep: Session | None = None) -> int:
        """End all sessions of a user but `keep`; see Sessions.revoke_user."""
        return self._loop.call(self._sessions.revoke_user, user_id, keep)

    def of_user(self, user_id: str) -> list[SessionInfo]:
        """Return the living sessions of a user; see Sessions.of_user."""
        return self._loop.call(self._sessions.of_user, user_id)
