"""Where a Python file is imported from: the folder, and its module seen from there."""

from __future__ import annotations

import ast
from typing import TypeAlias

from outgrow.discovery.tree import Sources, folder_of

Import: TypeAlias = ast.Import | ast.ImportFrom


def imports_of(tree: ast.Module) -> list[Import]:
    """Return the imports of a file, those in functions too.

    Only statements are looked at: expressions are most of a tree, and hold no imports.
    """
    found: list[Import] = []
    waiting: list[ast.AST] = [tree]
    for node in waiting:  # grows as it goes
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        for name in _BLOCKS:
            waiting += getattr(node, name, ())
    return found


_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")


def import_place(sources: Sources, path: str, imports: list[Import]) -> tuple[str, str]:
    """Return the folder that a file is imported from, and its module seen from there.

    A package with `__init__.py` says it. Without one, what the file imports does.
    """
    folder = folder_of(path)
    parts = [path.rpartition("/")[2].removesuffix(".py")]
    is_package = parts == ["__init__"]
    if is_package:
        parts = []
    while (
        folder and f"{folder}/__init__.py" in sources and folder.rpartition("/")[2].isidentifier()
    ):
        folder, _, last = folder.rpartition("/")
        parts.insert(0, last)
    if not parts:
        return folder, "__init__"
    # In `__init__.py` the first level is the package itself.
    inside = len(parts) if is_package else len(parts) - 1
    for _ in range(_levels_up(imports) - inside):
        if folder and folder.rpartition("/")[2].isidentifier():
            folder, _, last = folder.rpartition("/")
            parts.insert(0, last)
    folder, parts = _above_imports(sources, folder, parts, imports)
    wanted = _top_imports(imports)
    while folder and parts:
        above, _, last = folder.rpartition("/")
        if (
            last not in wanted
            or not last.isidentifier()
            or (last in ("src",) and "src" not in wanted)
        ):
            break
        folder, parts = above, [last, *parts]
    return folder, ".".join(parts)


def _above_imports(
    sources: Sources, folder: str, parts: list[str], imports: list[Import]
) -> tuple[str, list[str]]:
    """Return the place from which the file's own packages can be imported, and its module there.

    `from app.core.config import x` in `app/core/worker.py` says that `app` lies at the top,
    though no folder has an `__init__.py`.
    """
    for module in sorted(_imported_modules(imports)):
        names = folder.split("/") if folder else []
        top = module.split(".")[0]
        for depth in (n for n, name in enumerate(names) if name == top):
            above = "/".join(names[:depth])
            path = "/".join([*names[:depth], *module.split(".")])
            if (f"{path}.py" in sources or f"{path}/__init__.py" in sources) and all(
                name.isidentifier() for name in names[depth:]
            ):
                return above, [*names[depth:], *parts]
    return folder, parts


def _imported_modules(imports: list[Import]) -> set[str]:
    """Return the modules with a dot that a file imports, and packages of which it takes modules."""
    found: set[str] = set()
    for node in imports:
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {one for one in found if "." in one}


def _levels_up(imports: list[Import]) -> int:
    """Return how many folders above a file its relative imports reach: it lies in a package."""
    return max((node.level for node in imports if isinstance(node, ast.ImportFrom)), default=0)


def _top_imports(imports: list[Import]) -> set[str]:
    found: set[str] = set()
    for node in imports:
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
    return found
