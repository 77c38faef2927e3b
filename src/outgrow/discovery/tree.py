"""A repository as its readers see it: paths with sizes, and the bytes of one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Protocol

LARGEST_SOURCE_BYTES = 512 * 1024
_LONGEST_LINE = 2000


class Tree(Protocol):
    """A folder that somebody else has walked; paths are relative and use `/`."""

    @property
    def name(self) -> str:
        """Return the name of the folder."""
        ...

    @property
    def files(self) -> Mapping[str, int]:
        """Return the size in bytes of every file that may be read."""
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the first `limit` bytes of a file, or None where it cannot be read."""
        ...


class Sources:
    """The texts of a tree, each read once."""

    def __init__(self, tree: Tree) -> None:
        self.name = tree.name
        self.paths = tuple(sorted(tree.files))
        self._tree = tree
        self._known = frozenset(self.paths)
        self._texts: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in self.paths:
            self._by_name.setdefault(path.rpartition("/")[2].lower(), []).append(path)

    def __contains__(self, path: str) -> bool:
        """Return whether there is a file at `path`."""
        return path in self._known

    def named(self, *names: str) -> list[str]:
        """Return the paths of the files with one of `names`, whatever their case."""
        return sorted(path for name in names for path in self._by_name.get(name.lower(), ()))

    def ending(self, *ends: str) -> Iterator[str]:
        """Yield the paths that end in one of `ends`."""
        return (path for path in self.paths if path.endswith(ends))

    def text(self, path: str) -> str:
        """Return the text of a file; "" for one that is missing, binary or too large."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def lines(self, path: str) -> Iterable[tuple[int, str]]:
        """Return the lines of a file with their numbers."""
        return enumerate(self.text(path).splitlines(), start=1)

    def folders(self) -> frozenset[str]:
        """Return every folder that holds a file, and those above it; "" is the root."""
        return frozenset(
            "" if str(above) == "." else str(above)
            for path in self.paths
            for above in PurePosixPath(path).parents
        )

    def _read(self, path: str) -> str:
        if path not in self._known or self._tree.files[path] > LARGEST_SOURCE_BYTES:
            return ""
        data = self._tree.read(path, LARGEST_SOURCE_BYTES)
        if data is None or b"\x00" in data[:4096]:
            return ""
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        return text if path.endswith(".json") else _with_short_lines(text)


def _with_short_lines(text: str) -> str:
    """Return `text` with its lines cut: patterns take long on a line that nobody wrote by hand."""
    if len(text) <= _LONGEST_LINE or max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        return text
    return "\n".join(line[:_LONGEST_LINE] for line in text.split("\n"))


def folder_of(path: str) -> str:
    """Return the folder of a file: "" for the root."""
    return path.rpartition("/")[0]


def joined(folder: str, path: str) -> str | None:
    """Return `path` seen from `folder`, without `.` and `..`; None for one that leaves the tree."""
    parts = [] if path.startswith("/") else [part for part in folder.split("/") if part]
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_within(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or lies below it."""
    return not folder or path == folder or path.startswith(folder + "/")


_ASIDE = frozenset(
    [
        "test",
        "tests",
        "testing",
        "spec",
        "specs",
        "__tests__",
        "e2e",
        "fixtures",
        "fixture",
        "testdata",
        "docs",
        "doc",
        "documentation",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "tutorial",
        "tutorials",
        "benchmark",
        "benchmarks",
        "bench",
        "contrib",
        "third_party",
        "cypress",
        "playwright",
        "stories",
        "storybook",
        ".storybook",
        ".github",
        ".devcontainer",
        "mocks",
        "__mocks__",
        "load-test",
        "loadtest",
        "load_tests",
        "loadtests",
        "notebooks",
        "docs_src",
        "migrations",
        "alembic",
        "archive",
        "archives",
        "archived",
        "deprecated",
        "obsolete",
        "attic",
    ]
)


def is_aside(path: str) -> bool:
    """Return whether a path belongs to tests, documents or examples rather than to the system."""
    return any(part.lower() in _ASIDE for part in path.split("/"))
