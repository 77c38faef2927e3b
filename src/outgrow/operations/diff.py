"""`outgrow diff`: what another phase changes, or what rendering again would, file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from outgrow.analysis.costs.compare import Comparison
from outgrow.clients.tree_folder import TreeFolder
from outgrow.operations.cost import compare_phases
from outgrow.operations.opened import Opened
from outgrow.operations.render import manifest_of
from outgrow.operations.rendered import chosen_targets, every_target, rendered_tree, system_of
from outgrow.render.target import Target

Files = Mapping[str, tuple[str, bytes]]


class Change(StrEnum):
    """What becomes of a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs; `target` is "" for the README of the whole. `diff` is unified."""

    path: str
    target: str
    change: Change
    added: int
    removed: int
    diff: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two renderings against each other; `comparison` has their bills, between two phases."""

    before: str
    after: str
    files: tuple[FileChange, ...]
    comparison: Comparison | None


def diff_phases(
    opened: Opened,
    before: str,
    after: str,
    environment: str | None,
    targets: Sequence[str] = (),
    every: Sequence[Target] | None = None,
) -> Difference:
    """Return what changes from phase `before` to `after`, in files and in dollars."""
    known = every_target() if every is None else tuple(every)
    chosen = chosen_targets(targets, known) if targets else known
    trees = [
        rendered_tree(opened, system_of(opened, phase, environment), chosen, None)
        for phase in (before, after)
    ]
    first, second = (f"{tree.system.phase} in {tree.system.environment}" for tree in trees)
    costs = compare_phases(opened, before, after, environment)
    changes = changes_between(trees[0].files, trees[1].files)
    return Difference(first, second, changes, costs)


def diff_folder(
    opened: Opened, folder: str, targets: Sequence[str] = (), every: Sequence[Target] | None = None
) -> Difference:
    """Return what the files in `folder` would have to become to be what the strategy says now.

    A person's edits show as changes as well: rendering does not undo them.
    """
    manifest = manifest_of(folder)
    known = every_target() if every is None else tuple(every)
    names = targets or [one for one in manifest.targets if one in {t.name for t in known}]
    environment = opened.environment(manifest.environment)
    named = None if environment not in opened.strategy.environments else environment
    phase = opened.phase(manifest.phase)
    tree = rendered_tree(
        opened, system_of(opened, phase, named), chosen_targets(names, known), None
    )
    wanted = {path: one for path, one in tree.files.items() if not targets or one[0] in targets}
    there = {
        path: record.target
        for path, record in manifest.files.items()
        if record.sha256 and (not targets or record.target in targets)
    }
    found, _ = TreeFolder(Path(folder)).read_all(dict.fromkeys((*there, *wanted)))
    now: Files = {
        path: (there[path] if path in there else wanted[path][0], content)
        for path, content in found.items()
    }
    label = f"{manifest.phase} in {manifest.environment}"
    return Difference(f"{folder} ({label})", label, changes_between(now, wanted), None)


def changes_between(before: Files, after: Files) -> tuple[FileChange, ...]:
    """Return every file that differs, in the order of their paths."""
    paths = sorted(before.keys() | after.keys())
    found = (_change(path, before.get(path), after.get(path)) for path in paths)
    return tuple(one for one in found if one is not None)


def _change(
    path: str, before: tuple[str, bytes] | None, after: tuple[str, bytes] | None
) -> FileChange | None:
    old, new = before[1] if before else b"", after[1] if after else b""
    if before is not None and after is not None and old == new:
        return None
    kind = Change.ADDED if before is None else Change.REMOVED if after is None else Change.CHANGED
    (target, _) = after or before or ("", b"")
    lines = list(
        unified_diff(
            old.decode("utf-8", "replace").splitlines(),
            new.decode("utf-8", "replace").splitlines(),
            "/dev/null" if before is None else f"a/{path}",
            "/dev/null" if after is None else f"b/{path}",
            lineterm="",
        )
    )
    added = sum(line.startswith("+") for line in lines[2:])
    removed = sum(line.startswith("-") for line in lines[2:])
    return FileChange(path, target, kind, added, removed, "\n".join(lines))
