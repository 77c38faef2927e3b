"""Many trees of Terraform validated by one process, each as a module of one root.

Starting the provider and reading its schema takes seconds, validating a tree a moment.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.terraform import Terraform, write

from outgrow.render.rendered_file import RenderedFile

_VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
_MODULE = re.compile(r'^module "(\w+)" \{\n(?:[^}].*\n)*?\s+source\s+= "\./([\w/]+)"', re.MULTILINE)
_ROUNDS = 5  # what does not parse is told alone, before anything else is looked at
_VERSIONS = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}

variable "any" {}
"""
Trees = Mapping[str, tuple[RenderedFile, ...]]


def complaints(trees: Trees, program: Terraform, folder: Path) -> dict[str, set[str]]:
    """Return what `terraform validate` has against each tree; a tree without faults is absent."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(_VERSIONS, encoding="utf-8")
    program.initialised(folder)
    keys = {f"m{number}": name for number, name in enumerate(trees)}
    modules = {key: _modules(write(trees[name], folder / key), key) for key, name in keys.items()}
    found: dict[str, set[str]] = {}
    for _ in range(_ROUNDS):
        left = [key for key, name in keys.items() if name not in found]
        errors = _validate(folder, program, {key: modules[key] for key in left})
        for key, text in errors:
            found.setdefault(keys[key], set()).add(text)
        if not errors:
            return found
    raise AssertionError(f"after {_ROUNDS} rounds terraform still finds something new: {errors}")


def _modules(tree: Path, key: str) -> list[dict[str, str]]:
    """Return what Terraform notes of a tree and of the modules within."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tree.glob("*.tf")))
    inner = [
        {"Key": f"{key}.{name}", "Source": f"./{source}", "Dir": f"{key}/{source}"}
        for name, source in _MODULE.findall(text)
    ]
    return [{"Key": key, "Source": f"./{key}", "Dir": key}, *inner]


def _validate(
    folder: Path, program: Terraform, modules: Mapping[str, list[dict[str, str]]]
) -> list[tuple[str, str]]:
    listed = [{"Key": "", "Source": "", "Dir": "."}, *(m for ms in modules.values() for m in ms)]
    notes = folder / ".terraform" / "modules" / "modules.json"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps({"Modules": listed}), encoding="utf-8")
    calls = "\n".join(_call(folder / key) for key in modules)
    (folder / "main.tf").write_text(_VERSIONS + calls, encoding="utf-8")
    report = json.loads(program.run(folder, "validate", "-json").stdout)
    errors = [one for one in report["diagnostics"] if one["severity"] == "error"]
    return [_told(one) for one in errors]


def _call(tree: Path) -> str:
    """Return a call of a tree; what its variables hold is not known, and so of any type."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(tree.glob("*.tf"))]
    names = sorted({name for text in texts for name in _VARIABLE.findall(text)})
    given = "".join(f"  {name} = var.any\n" for name in names)
    return f'module "{tree.name}" {{\n  source = "./{tree.name}"\n{given}}}\n'


def _told(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return the tree that a finding is about, and what it says."""
    place = one.get("range", {"filename": "", "start": {"line": 0}})
    text = f"{place['filename'].partition('/')[2]}: {one['summary']}: {one.get('detail', '')}"
    if place["filename"] == "main.tf":  # the call of a tree that the root makes
        where = re.search(r'module "(m\d+)"|module\.(m\d+)', json.dumps(one))
        assert where is not None, one
        return where[1] or where[2], text
    assert re.match(r"m\d+/", place["filename"]), one
    return place["filename"].partition("/")[0], text
