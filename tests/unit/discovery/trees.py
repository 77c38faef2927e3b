"""A repository of plain texts, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """A tree whose files are held in memory."""

    contents: Mapping[str, bytes]
    name: str = "shop"

    @property
    def files(self) -> Mapping[str, int]:
        return {path: len(data) for path, data in self.contents.items()}

    def read(self, path: str, limit: int) -> bytes | None:
        return self.contents[path][:limit]


def tree(files: Mapping[str, str | bytes]) -> Texts:
    """Return a tree of `files`."""
    return Texts({k: v.encode() if isinstance(v, str) else v for k, v in files.items()})
