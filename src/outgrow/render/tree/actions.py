"""What can become of one file of a tree, and the steps that bring it about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from outgrow.render.tree.manifest import Manifest


class ActionKind(StrEnum):
    """What becomes of a file."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    ADOPT = "adopt"  # it already says what would be written; from now on it counts as ours
    EDITED = "edited"  # a person changed it, and its rendering is what it was: it stays
    DELETED = "deleted"  # a person removed it: it stays away
    REMOVE = "remove"  # no longer rendered, and nobody touched it
    STALE = "stale"  # no longer rendered, but a person changed it: it stays
    MERGE = "merge"  # a person's changes and ours, joined
    CONFLICT = "conflict"  # a person's file; the new version lies beside it


QUIET = frozenset({ActionKind.UNCHANGED, ActionKind.EDITED, ActionKind.DELETED, ActionKind.STALE})
_STALE_TREE = frozenset(
    {ActionKind.CREATE, ActionKind.UPDATE, ActionKind.REMOVE, ActionKind.MERGE, ActionKind.CONFLICT}
)


@dataclass(frozen=True, slots=True)
class Action:
    """What becomes of the file at `path`; `target` is "" for the README of the whole.

    `beside` is where the new version of a conflict lies.
    """

    kind: ActionKind
    path: str
    target: str
    reason: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write `content` to `path`, whole or not at all; a program gets the right to run."""

    path: str
    content: bytes

    @property
    def executable(self) -> bool:
        """Return whether it is a script."""
        return self.content.startswith(b"#!")


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove the file at `path`, and its folder when that was the last in it."""

    path: str


Step = WriteFile | RemoveFile


class TreeWriter(Protocol):
    """Carries out steps in one folder."""

    def write(self, path: str, content: bytes, *, executable: bool) -> None:
        """Write the file so that no reader sees half of it."""

    def remove(self, path: str) -> None:
        """Remove the file; nothing happens when it is gone."""


@dataclass(frozen=True, slots=True)
class TreePlan:
    """What becomes of every file, and the steps to it in the order they are taken.

    The manifest is written after the files it speaks of. `pending.json`, written before
    them, says the same, so that a run that was killed is recognised by the next.
    """

    actions: tuple[Action, ...]
    steps: tuple[Step, ...]
    manifest: Manifest

    @property
    def conflicts(self) -> tuple[Action, ...]:
        """Return the files whose new version could not take their place."""
        return tuple(one for one in self.actions if one.kind is ActionKind.CONFLICT)

    @property
    def is_current(self) -> bool:
        """Return whether every file says what the strategy says now, or what a person decided."""
        return not any(one.kind in _STALE_TREE for one in self.actions)


def apply_steps(steps: Iterable[Step], writer: TreeWriter) -> int:
    """Take `steps` one after the other; return how many were taken."""
    taken = 0
    for step in steps:
        if isinstance(step, WriteFile):
            writer.write(step.path, step.content, executable=step.executable)
        else:
            writer.remove(step.path)
        taken += 1
    return taken
