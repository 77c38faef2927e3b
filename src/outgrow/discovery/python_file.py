"""A Python file as it is read for what runs in it: parsed, and never imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from outgrow.discovery.python_imports import Import, import_place, imports_of
from outgrow.discovery.tree import Sources

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A parsed file, the folder it is imported from, and its module seen from there.

    `names` says of each imported name its module, and what it is called in it.
    """

    path: str
    text: str
    tree: ast.Module
    names: dict[str, tuple[str, str]]
    root: str
    module: str
    lines: list[str]

    @property
    def functions(self) -> list[Function]:
        """Return the functions at the top of the file."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        return [node for node in self.tree.body if isinstance(node, kinds)]

    @property
    def main(self) -> list[ast.stmt]:
        """Return what is only run when the file is started itself."""
        return [node for node in self.tree.body if is_main(node)]

    @property
    def packages(self) -> set[str]:
        """Return the packages that the file imports from."""
        return {module.split(".")[0] for module, _ in self.names.values()}

    def source(self, node: ast.stmt) -> str:
        """Return the text of a statement, with what stands in its lines besides."""
        return "\n".join(self.lines[node.lineno - 1 : node.end_lineno])

    def main_line(self) -> int:
        """Return the line from which the file is started itself, 0 where it cannot be."""
        return next((node.lineno for node in self.main), 0)

    def origin(self, func: ast.expr) -> tuple[str, str]:
        """Return the module that what is called comes from, and its name there."""
        if isinstance(func, ast.Name):
            return self.names.get(func.id, ("", func.id))
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            module, name = self.names.get(func.value.id, (func.value.id, ""))
            return (f"{module}.{name}" if name else module), func.attr
        return "", getattr(func, "attr", "")


def parse(sources: Sources, path: str, text: str) -> PythonFile | None:
    """Return a file as it is parsed, or None for one that is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    imports = imports_of(tree)
    root, module = import_place(sources, path, imports)
    return PythonFile(path, text, tree, _names(imports), root, module, text.split("\n"))


def _names(imports: list[Import]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for node in imports:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found[alias.asname or alias.name] = (node.module or "", alias.name)
            else:
                found[alias.asname or alias.name.split(".")[0]] = (alias.name, "")
    return found


def is_main(node: ast.AST) -> bool:
    """Return whether a statement is `if __name__ == "__main__"`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    return isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__"


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names at the top of a file with what is assigned to them."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                name = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
                if isinstance(name, ast.Name):
                    yield name.id, node.value
        elif isinstance(node, ast.AnnAssign):
            if isinstance(node.target, ast.Name) and node.value:
                yield node.target.id, node.value
        elif isinstance(node, ast.If | ast.Try | ast.With) and not is_main(node):
            yield from assignments(node.body)
            yield from assignments(getattr(node, "orelse", []))
