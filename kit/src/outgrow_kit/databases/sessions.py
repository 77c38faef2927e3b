"""Sessions of SQLAlchemy that know which server answers them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from outgrow_kit.databases.begin import Begin
from outgrow_kit.databases.position import Position, later
from outgrow_kit.databases.routing import Failures, Router
from outgrow_kit.databases.seen import Seen
from outgrow_kit.filling import is_filling


class RoutedSession(Session):
    """A session that reads; it takes a connection when it first needs one.

    `router` chooses the copy then; where none will do, and while a cache is filled, `bind` is
    the primary.
    """

    def __init__(
        self,
        bind: Engine,
        *,
        router: Router,
        seen: Seen,
        after: Position | None,
        begin: Begin,
        analytics: bool,
        **options: Any,
    ) -> None:
        super().__init__(bind, **options)
        self._router = router
        self._seen = seen
        self._after = after
        self._begin_with = begin
        self._for_analytics = analytics
        self._routed: Connection | None = None
        self._on_primary = False

    def get_bind(self, *arguments: Any, **options: Any) -> Engine | Connection:
        """Return the connection to a copy, or the primary's engine."""
        routed = self._routed
        if routed is not None and routed.in_transaction():
            return routed
        if self._on_primary and self.in_transaction():
            return super().get_bind(*arguments, **options)
        self._release()
        # What a cache keeps must not be what a copy still has; see `outgrow_kit.filling`.
        if not is_filling() or self._for_analytics:
            token = later(self._seen.position, self._after)
            self._routed = self._router.connection(token, self._begin_with, self._for_analytics)
        self._on_primary = self._routed is None
        return self._routed or super().get_bind(*arguments, **options)

    def close(self) -> None:
        """Give the connection back."""
        try:
            super().close()
        finally:
            self._release()

    def _release(self) -> None:
        routed, self._routed = self._routed, None
        if routed is not None:
            with suppress(*Failures):
                routed.close()


class WritingSession(Session):
    """A session that writes, and notes after each commit where the primary's log ended."""

    def __init__(self, bind: Engine, *, router: Router, seen: Seen, **options: Any) -> None:
        super().__init__(bind, **options)
        self._router = router
        self._seen = seen
        self._used: Connection | None = None


@event.listens_for(WritingSession, "after_begin")
def _begun(session: WritingSession, _part: SessionTransaction, connection: Connection) -> None:
    session._used = connection


@event.listens_for(WritingSession, "after_commit")
def _committed(session: WritingSession) -> None:
    connection, session._used = session._used, None
    if connection is not None:
        session._seen.add(session._router.committed(connection))
