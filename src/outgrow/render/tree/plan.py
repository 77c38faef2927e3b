"""Decides what becomes of every file of a tree; what a person wrote is never overwritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from outgrow.render.tree.actions import (
    Action,
    ActionKind,
    RemoveFile,
    Step,
    TreePlan,
    WriteFile,
)
from outgrow.render.tree.manifest import (
    BASES,
    KEPT,
    MANIFEST,
    PENDING,
    STATE,
    SUFFIX,
    FileRecord,
    Manifest,
    hash_of,
    is_inside,
    manifest_text,
)
from outgrow.render.tree.merge import Merge, merge_texts

_ATTRIBUTES = f"{STATE}/.gitattributes"
_ATTRIBUTES_TEXT = b"# Rendered by outgrow: what it last wrote, for merges. Folded in reviews.\n* linguist-generated -diff\n"  # noqa: E501
_NONE: Mapping[str, FileRecord] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tree shall hold: `files` maps a path to its target and its content.

    `manifest` says what it is of, without files. Files of targets outside of `scope` are
    left as they are; None is every target.
    """

    manifest: Manifest
    files: Mapping[str, tuple[str, bytes]]
    scope: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """What a folder holds of the paths that matter.

    `blocked` are those where something stands that is no plain file: a link, a folder.
    `bases` are the renderings that were kept, by hash. `pending` is the manifest of a run
    that did not finish.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    bases: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Manifest | None = None
    pending: Manifest | None = None
    has_attributes: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person wants conflicts and what was removed to be dealt with.

    `merge` joins what changed on both sides; None leaves the new version beside.
    """

    merge: Merge | None = None
    restore: bool = False


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of one file; `record` None forgets it."""

    action: Action
    record: FileRecord | None
    steps: tuple[Step, ...] = ()


def paths_of_interest(wanted: Wanted, *manifests: Manifest | None) -> tuple[str, ...]:
    """Return every path whose content the plan needs."""
    named = dict.fromkeys(wanted.files)
    for manifest in manifests:
        named |= dict.fromkeys(manifest.files if manifest else ())
    return tuple(path for one in named for path in (one, one + SUFFIX))


def plan_tree(wanted: Wanted, disk: Disk, ways: Ways | None = None) -> TreePlan:
    """Return what becomes of every file, nothing of it done yet.

    Raises ValueError for a path that does not lie below the folder.
    """
    for path in wanted.files:
        if not is_inside(path) or path.split("/")[0] in (STATE, MANIFEST):
            raise ValueError(f"{path!r} is no place for a rendered file")
    planner = _Planner(wanted, disk, ways or Ways())
    decisions = list(planner.decisions())
    files = dict(planner.untouched())
    for one in decisions:
        if one.record is not None:
            files[one.action.path] = one.record
    manifest = replace(wanted.manifest, files=files)
    steps = tuple(step for one in decisions for step in one.steps)
    return TreePlan(
        tuple(one.action for one in decisions),
        _in_order(wanted, disk, manifest, steps),
        manifest,
    )


def _in_order(
    wanted: Wanted, disk: Disk, manifest: Manifest, steps: tuple[Step, ...]
) -> tuple[Step, ...]:
    """Return every step: first what a killed run is recognised by, last the manifest."""
    bases = tuple(_new_bases(wanted, disk, manifest))
    same = disk.manifest is not None and manifest_text(disk.manifest) == manifest_text(manifest)
    if same and not steps and not bases and disk.pending is None:
        return ()
    text = manifest_text(manifest).encode()
    attributes = () if disk.has_attributes else (WriteFile(_ATTRIBUTES, _ATTRIBUTES_TEXT),)
    needed = {record.sha256 for record in manifest.files.values()}
    forgotten = (RemoveFile(f"{BASES}/{one}") for one in sorted(disk.bases) if one not in needed)
    return (
        *bases,
        *attributes,
        WriteFile(PENDING, text),
        *steps,
        WriteFile(MANIFEST, text),
        RemoveFile(PENDING),
        *forgotten,
    )


def _new_bases(wanted: Wanted, disk: Disk, manifest: Manifest) -> Iterator[WriteFile]:
    contents = {hash_of(content): content for _, content in wanted.files.values()}
    needed = dict.fromkeys(record.sha256 for record in manifest.files.values())
    for one in needed:
        if one in contents and one not in disk.bases:
            yield WriteFile(f"{BASES}/{one}", contents[one])


class _Planner:
    def __init__(self, wanted: Wanted, disk: Disk, ways: Ways) -> None:
        self._wanted, self._disk, self._ways = wanted, disk, ways
        self._before = disk.manifest.files if disk.manifest else _NONE
        self._pending = disk.pending.files if disk.pending else None

    def decisions(self) -> Iterator[_Decision]:
        """Yield what becomes of each file, those that are wanted first."""
        for path, (target, content) in self._wanted.files.items():
            if self._in_scope(target):
                yield self._wanted_file(path, target, content)
        left = dict.fromkeys([*self._before, *(self._pending or ())])
        for path in left:
            record = self._before.get(path) or (self._pending or {})[path]
            if path not in self._wanted.files and self._in_scope(record.target):
                found = self._unwanted_file(path, record)
                if found is not None:
                    yield found

    def untouched(self) -> Iterator[tuple[str, FileRecord]]:
        """Yield the records of targets that this run is not about."""
        for path, record in self._before.items():
            if not self._in_scope(record.target):
                yield path, record

    def _in_scope(self, target: str) -> bool:
        scope = self._wanted.scope
        return scope is None or not target or target in scope

    def _record(self, path: str) -> FileRecord | None:
        """Return what is known of a file; a merge that a killed run finished counts."""
        pending = (self._pending or {}).get(path)
        current = self._disk.files.get(path)
        if pending and pending.merged and current and hash_of(current) == pending.merged:
            return pending
        return self._before.get(path)

    def _ours(self, path: str) -> set[str]:
        """Return the hashes of everything that outgrow itself may have left at `path`."""
        found = (self._before.get(path), (self._pending or {}).get(path))
        return {record.sha256 for record in found if record is not None} - {""}

    def _wanted_file(self, path: str, target: str, content: bytes) -> _Decision:
        record, wanted = self._record(path), hash_of(content)
        fresh = FileRecord(target, wanted)
        if path in self._disk.blocked:
            why = "a link or a folder stands there"
            return self._offer(path, content, record or FileRecord(target, ""), why, content)
        current = self._disk.files.get(path)
        if current is None:
            return self._missing(path, content, record, fresh)
        cleared = self._cleared(path, record)
        found = hash_of(current)
        if found == wanted:
            known = record is not None and record.sha256 == wanted
            kind = ActionKind.UNCHANGED if known else ActionKind.ADOPT
            return _Decision(Action(kind, path, target), fresh, cleared)
        if found in self._ours(path):
            update = Action(ActionKind.UPDATE, path, target)
            return _Decision(update, fresh, (*cleared, WriteFile(path, content)))
        if record is not None and self._is_settled(path, record, wanted):
            kept = replace(fresh, merged=record.merged)
            edited = Action(ActionKind.EDITED, path, target, "edited; its rendering is as before")
            return _Decision(edited, kept, cleared)
        return self._changed_by_both(path, target, content, current, record)

    def _is_settled(self, path: str, record: FileRecord, wanted: str) -> bool:
        """Return whether a person has already dealt with this rendering.

        They have when it is the one they began with, or when they removed the new version
        that lay beside their file.
        """
        offered = record.offered == wanted and path + SUFFIX not in self._disk.files
        return record.sha256 == wanted or offered

    def _missing(
        self, path: str, content: bytes, record: FileRecord | None, fresh: FileRecord
    ) -> _Decision:
        removed_by_us = self._pending is not None and path not in self._pending
        if record is None or removed_by_us or self._ways.restore:
            create = Action(ActionKind.CREATE, path, fresh.target)
            return _Decision(create, fresh, (WriteFile(path, content),))
        changed = ", and its rendering has changed since" if record != fresh else ""
        why = f"removed by a person{changed}; --restore brings it back"
        return _Decision(Action(ActionKind.DELETED, path, fresh.target, why), record)

    def _changed_by_both(
        self, path: str, target: str, content: bytes, current: bytes, record: FileRecord | None
    ) -> _Decision:
        record = record or FileRecord(target, "")
        base = self._disk.bases.get(record.sha256)
        why = "edited, and its rendering has changed" if record.sha256 else "not rendered by us"
        if self._ways.merge is None:
            return self._offer(path, content, record, why, content)
        if record.sha256 and base is None:
            why += "; what was rendered before is no longer known, so that it cannot be merged"
            return self._offer(path, content, record, why, content)
        merged = merge_texts(base or b"", current, content, self._ways.merge)
        if merged.conflicts:
            plural = "s" if merged.conflicts > 1 else ""
            why += f"; {merged.conflicts} conflict{plural} marked in {path}{SUFFIX}"
            return self._offer(path, content, record, why, merged.content)
        return self._joined(path, content, current, merged.content, record)

    def _joined(
        self, path: str, content: bytes, current: bytes, joined: bytes, record: FileRecord
    ) -> _Decision:
        target = record.target
        fresh = FileRecord(target, hash_of(content), merged=hash_of(joined))
        cleared = self._cleared(path, record)
        if joined == current:
            edited = Action(ActionKind.EDITED, path, target, "edited; it has what is new already")
            return _Decision(edited, fresh, cleared)
        copy = f"{KEPT}/{path}.{hash_of(current)[:12]}"
        action = Action(ActionKind.MERGE, path, target, f"as it was: {copy}")
        return _Decision(
            action, fresh, (WriteFile(copy, current), WriteFile(path, joined), *cleared)
        )

    def _offer(
        self, path: str, content: bytes, record: FileRecord, why: str, text: bytes
    ) -> _Decision:
        """Return the decision to leave `path` alone and to lay `text` beside it."""
        beside = path + SUFFIX
        there = self._disk.files.get(beside)
        offered, laid = hash_of(content), hash_of(text)
        told = replace(record, offered=offered, beside=laid)
        action = Action(ActionKind.CONFLICT, path, record.target, why, beside)
        if there == text:
            return _Decision(action, told)
        if there is not None and not self._is_our_offer(path, there):
            why = f"{why}; {beside} has been edited: finish with it, or remove it"
            return _Decision(replace(action, reason=why), record)
        if there is not None and record.offered == offered and text == content:
            return _Decision(action, record)  # the same with markers lies there already
        return _Decision(action, told, (WriteFile(beside, text),))

    def _is_our_offer(self, path: str, there: bytes) -> bool:
        found = (self._before.get(path), (self._pending or {}).get(path))
        return hash_of(there) in {record.beside for record in found if record is not None}

    def _cleared(self, path: str, record: FileRecord | None) -> tuple[Step, ...]:
        """Return the removal of the new version beside a file, unless a person edited it."""
        there = self._disk.files.get(path + SUFFIX)
        if record is None or there is None or not self._is_our_offer(path, there):
            return ()
        return (RemoveFile(path + SUFFIX),)

    def _unwanted_file(self, path: str, record: FileRecord) -> _Decision | None:
        current = self._disk.files.get(path)
        cleared = self._cleared(path, record)
        ours = current is not None and hash_of(current) in self._ours(path)
        action = Action(ActionKind.REMOVE, path, record.target)
        if ours and path not in self._disk.blocked:
            return _Decision(action, None, (RemoveFile(path), *cleared))
        if current is not None and path in self._before and record.sha256:
            why = "edited, and no longer rendered; remove it when it is not needed"
            stale = Action(ActionKind.STALE, path, record.target, why)
            return _Decision(stale, replace(record, offered="", beside=""), cleared)
        return _Decision(action, None, cleared) if cleared else None
