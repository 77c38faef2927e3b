"""Files and the fragments they extend, merged into one tree.

Later fragments win over earlier ones and the file wins over all of them; mappings merge
deeply, anything else is replaced. Every value keeps the position in the file it came from.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from outgrow.diagnostics import Diagnostic, Location, Severity
from outgrow.errors import InputError
from outgrow.strategy.yaml_nodes import (
    Entry,
    ListNode,
    MappingNode,
    Node,
    ScalarNode,
    merge_nodes,
)
from outgrow.strategy.yaml_source import MAX_NODES, read_yaml
from outgrow.strategy.yaml_text import MAX_FILE_BYTES

MAX_FILES = 32

Read = Callable[[str], bytes]


class FragmentReader:
    """Reads a file with everything it extends; `files` and `problems` grow as it does."""

    def __init__(self, read: Read) -> None:
        self.files: list[str] = []
        self.problems: list[Diagnostic] = []
        self._read = read
        self._merged: dict[str, MappingNode | None] = {}
        self._bytes = 0
        self._nodes = 0

    def read(self, path: str) -> MappingNode | None:
        """Return the merged tree of `path`, or None when it cannot be used.

        Raises InputError when `path` itself cannot be read.
        """
        try:
            data = self._read(path)
        except OSError as error:
            reason = f"{path} cannot be read: {error.strerror or error}"
            raise InputError(reason, "Give the path of a strategy file.") from error
        return self._parse(path, data, (path,))

    def _parse(self, path: str, data: bytes, chain: tuple[str, ...]) -> MappingNode | None:
        self.files.append(path)
        self._bytes += len(data)
        document = read_yaml(data, path)
        self.problems += document.problems
        if document.root is None:
            if not document.problems:
                self._report("empty-file", Location(path, 1, 1), *_EMPTY)
            return None
        if not isinstance(document.root, MappingNode):
            code = "empty-file" if _is_null(document.root) else "not-a-mapping"
            words = _EMPTY if code == "empty-file" else _NOT_A_MAPPING
            self._report(code, document.root.location, *words)
            return None
        self._nodes += document.root.size
        return self._extend(document.root, path, chain)

    def _extend(self, root: MappingNode, path: str, chain: tuple[str, ...]) -> MappingNode:
        own = MappingNode(root.location, dict(root.entries))
        entry = own.entries.pop("extends", None)
        if entry is None:
            return own
        base: Node = MappingNode(root.location)
        for named in self._names(entry):
            fragment = self._fragment(named, path, chain)
            if fragment is not None:
                base = merge_nodes(base, fragment)
        merged = merge_nodes(base, own)
        return merged if isinstance(merged, MappingNode) else own

    def _names(self, entry: Entry) -> list[ScalarNode]:
        items = entry.node.items if isinstance(entry.node, ListNode) else []
        names = [item for item in items if isinstance(item, ScalarNode)]
        valid = [name for name in names if isinstance(name.value, str) and name.value]
        if not isinstance(entry.node, ListNode) or len(valid) < len(items):
            reason = "`extends` is a list of file names"
            remedy = "Write `extends: [shared/base.yaml]`."
            self._report("bad-extends", entry.node.location, reason, remedy)
        return valid

    def _fragment(self, named: ScalarNode, path: str, chain: tuple[str, ...]) -> MappingNode | None:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), named.text))
        if target in chain:
            shown = " -> ".join((*chain[chain.index(target) :], target))
            reason = f"the file extends itself: {shown}"
            self._report("extends-cycle", named.location, reason, "Remove one of these entries.")
            return None
        if target not in self._merged:
            self._merged[target] = self._read_fragment(named, target, chain)
        return self._merged[target]

    def _read_fragment(
        self, named: ScalarNode, target: str, chain: tuple[str, ...]
    ) -> MappingNode | None:
        if self._exhausted():
            reason = (
                f"a strategy and its fragments together are at most {MAX_FILES} files, "
                f"{MAX_FILE_BYTES:,} bytes and {MAX_NODES:,} values"
            )
            self._report("too-many-fragments", named.location, reason, "Extend fewer files.")
            return None
        try:
            data = self._read(target)
        except (OSError, ValueError) as error:
            words = error.strerror if isinstance(error, OSError) else ""
            reason = f"{target} cannot be read: {words or error}"
            remedy = "Fragments are found relative to the file that names them; correct the path."
            self._report("missing-fragment", named.location, reason, remedy)
            return None
        return self._parse(target, data, (*chain, target))

    def _exhausted(self) -> bool:
        return (
            len(self.files) >= MAX_FILES or self._bytes > MAX_FILE_BYTES or self._nodes > MAX_NODES
        )

    def _report(self, code: str, place: Location, reason: str, remedy: str) -> None:
        diagnostic = Diagnostic(Severity.ERROR, code, reason, remedy, location=place)
        self.problems.append(diagnostic)


_EMPTY = ("the file is empty", "Begin with `outgrow: 1`, `name`, `components` and `phases`.")
_NOT_A_MAPPING = ("the file is not a mapping of keys", "Begin with a line `outgrow: 1`.")


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None
