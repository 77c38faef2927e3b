"""A store of sessions in a dict, for tests that are about something else than stores."""

from __future__ import annotations

import json
from dataclasses import replace

from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.sessions import Changes, Record


class MemorySessions:
    """Keeps records by key; raises StoreUnavailable while `is_out`. Counts its calls."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.is_out = False
        self.is_closed = False
        self.calls = 0

    def _called(self) -> None:
        self.calls += 1
        if self.is_out:
            raise StoreUnavailable("out")

    async def read(
        self, key: str, now: float, idle_seconds: float, touch_seconds: float
    ) -> Record | None:
        self._called()
        record = self.records.get(key)
        if record is None or now >= min(record.expires_at, record.idle_expires_at):
            return None
        return record

    async def change(self, key: str, now: float, changes: Changes) -> bool:
        self._called()
        if key not in self.records:
            return False
        self.records[key] = _changed(self.records[key], changes)
        return True

    async def replace(
        self, old_key: str | None, record: Record, changes: Changes, *, only_living: bool
    ) -> bool:
        self._called()
        old = self.records.pop(old_key or "", None)
        if only_living and old is None:
            return False
        if old is not None and old.user_id in (None, record.user_id):
            record = replace(record, data=old.data)
        self.records[record.key] = _changed(record, changes)
        return True

    async def revoke(self, key: str, user_id: str | None) -> bool:
        self._called()
        return self.records.pop(key, None) is not None

    async def revoke_user(self, user_id: str, keep_key: str | None) -> int:
        self._called()
        gone = [k for k, r in self.records.items() if r.user_id == user_id and k != keep_key]
        for key in gone:
            del self.records[key]
        return len(gone)

    async def of_user(self, user_id: str, now: float) -> list[Record]:
        self._called()
        return [record for record in self.records.values() if record.user_id == user_id]

    async def prepare(self) -> None:
        self._called()

    async def close(self) -> None:
        self.is_closed = True


def _changed(record: Record, changes: Changes) -> Record:
    kept = {key: value for key, value in record.data.items() if key not in changes.removed}
    texts = {key: json.loads(text) for key, text in changes.texts.items()}
    return replace(record, data={**kept, **texts})
