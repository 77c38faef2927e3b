"""A folder in memory, and a writer that fails after so many steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outgrow.render.tree.actions import TreePlan, apply_steps
from outgrow.render.tree.manifest import (
    BASES,
    MANIFEST,
    PENDING,
    STATE,
    Manifest,
    parse_manifest,
)
from outgrow.render.tree.plan import Disk, Wanted, Ways, plan_tree


class Killed(Exception):
    """The process ended here."""


@dataclass
class MemoryFolder:
    """What a folder holds; `steps_left` None never fails."""

    files: dict[str, bytes] = field(default_factory=dict)
    steps_left: int | None = None

    def write(self, path: str, content: bytes, *, executable: bool) -> None:
        self._step()
        self.files[path] = content

    def remove(self, path: str) -> None:
        self._step()
        self.files.pop(path, None)

    def _step(self) -> None:
        if self.steps_left is not None:
            if not self.steps_left:
                raise Killed
            self.steps_left -= 1

    def disk(self, blocked: frozenset[str] = frozenset()) -> Disk:
        bases = {
            path.rsplit("/", 1)[-1]: content
            for path, content in self.files.items()
            if path.startswith(f"{BASES}/")
        }
        manifests = [self._manifest(path) for path in (MANIFEST, PENDING)]
        attributes = f"{STATE}/.gitattributes" in self.files
        return Disk(self.files, blocked, bases, *manifests, has_attributes=attributes)

    def _manifest(self, path: str) -> Manifest | None:
        content = self.files.get(path)
        return parse_manifest(content.decode(), path) if content is not None else None

    def visible(self) -> dict[str, bytes]:
        """Return everything but what outgrow keeps for itself."""
        own = (STATE + "/", MANIFEST)
        return {path: one for path, one in self.files.items() if not path.startswith(own)}


def wanted(files: Mapping[str, str], scope: frozenset[str] | None = None) -> Wanted:
    """Return a tree of `files`, each of the target that its first folder names."""
    targets = tuple(dict.fromkeys(path.split("/")[0] for path in files if "/" in path))
    found = {
        path: (path.split("/")[0] if "/" in path else "", text.encode())
        for path, text in files.items()
    }
    return Wanted(Manifest("s", "p", "e", "1", targets), found, scope)


def render(
    folder: MemoryFolder,
    files: Mapping[str, str],
    ways: Ways | None = None,
    scope: frozenset[str] | None = None,
) -> TreePlan:
    """Bring `files` into `folder` and return the plan."""
    plan = plan_tree(wanted(files, scope), folder.disk(), ways)
    apply_steps(plan.steps, folder)
    return plan


def kinds(plan: TreePlan) -> dict[str, str]:
    """Return what becomes of each file."""
    return {one.path: one.kind.value for one in plan.actions}
