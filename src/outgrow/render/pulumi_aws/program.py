"""The AWS graph as a Python program: its files, their imports, and the names in them.

Modules of Terraform become packages. What one hands to another (variables, outputs) is followed
to the block that it comes from, and imported from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword

from outgrow.render.pulumi_aws.places import (
    Address,
    File,
    address,
    address_of,
    ordered_files,
    package_of,
)
from outgrow.render.writers.expressions import (
    Module,
    ModuleCall,
    ModuleOutput,
    Ref,
    ResourceBlock,
    Value,
    Var,
)
from outgrow.render.writers.pulumi_python import attribute_of, pulumi_type
from outgrow.render.writers.walk import leaves

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_RESERVED = frozenset({"aws", "pulumi", "json", "settings", "providers", "config"})


@dataclass(frozen=True, slots=True)
class Program:
    """Where every block of the graph stands in Python, and what it is called there."""

    modules: Mapping[str, Module]
    blocks: Mapping[Address, ResourceBlock]
    files: Mapping[File, tuple[Address, ...]]
    variables: Mapping[Address, str]

    def file_of(self, one: Address) -> File:
        """Return the file that `one` stands in."""
        return next(file for file, blocks in self.files.items() if one in blocks)

    def calls(self) -> Mapping[str, ModuleCall]:
        """Return the use of each child module by the module's key."""
        return {f"modules/{call.name}": call for call in self.modules[""].calls}

    def provider_of(self, one: Address) -> str | None:
        """Return the name in `providers.py` that makes `one`, None for the default one."""
        inner = self.blocks[one].provider or "aws"
        call = self.calls().get(one.module)
        outer = call.providers.get(inner, inner) if call else inner
        return None if outer == "aws" else outer.removeprefix("aws.")


def program_of(modules: Mapping[str, Module]) -> Program:
    """Return the program of a graph."""
    blocks = {
        address(key, block): block for key, module in modules.items() for block in module.resources
    }
    bare = Program(modules, blocks, {}, {})
    needs = {one: tuple(dict.fromkeys(_needs(bare, one, block))) for one, block in blocks.items()}
    missing = {need for found in needs.values() for need in found} - blocks.keys()
    if missing:
        raise KeyError(
            f"the graph refers to blocks that it does not hold: {sorted(map(str, missing))}"
        )
    files = ordered_files(blocks, needs)
    used = {need for found in needs.values() for need in found} | _shown(bare)
    return Program(modules, blocks, files, _variables(files, used))


def origin(program: Program, module: str, leaf: Ref | Var | ModuleOutput) -> tuple[str, Value]:
    """Return where a reference leads: a block, or a variable of the root, with its module."""
    if isinstance(leaf, ModuleOutput):
        child = f"modules/{leaf.module}"
        found = {output.name: output.value for output in program.modules[child].outputs}
        return _followed(program, child, found[leaf.output])
    if isinstance(leaf, Var) and module:
        return _followed(program, "", program.calls()[module].arguments[leaf.name])
    return module, leaf


def _followed(program: Program, module: str, value: Value) -> tuple[str, Value]:
    if isinstance(value, Ref | Var | ModuleOutput):
        return origin(program, module, value)
    return module, value


def _needs(program: Program, one: Address, block: ResourceBlock) -> Iterator[Address]:
    for value in (*block.arguments.values(), *block.depends_on):
        yield from _blocks_in(program, one.module, value)


def _blocks_in(program: Program, module: str, value: object) -> Iterator[Address]:
    for leaf in leaves(value):  # type: ignore[arg-type]
        place, found = origin(program, module, leaf)
        if isinstance(found, Ref):
            yield address_of(place, found)
        elif found is not leaf:
            yield from _blocks_in(program, place, found)


def _shown(program: Program) -> set[Address]:
    root = program.modules[""]
    return {one for output in root.outputs for one in _blocks_in(program, "", output.value)}


def _variables(files: Mapping[File, tuple[Address, ...]], used: set[Address]) -> dict[Address, str]:
    """Return the variable of every block that something refers to."""
    modules = {file.name for file in files}
    variables: dict[Address, str] = {}
    for blocks in files.values():
        taken: set[str] = set(modules) | _RESERVED
        for one in blocks:
            if one in used:
                variables[one] = _variable(one, taken)
                taken.add(variables[one])
    return variables


def _variable(one: Address, taken: set[str]) -> str:
    """Return a name such as `public_a_subnet`, with the service where the short one is taken."""
    parts = pulumi_type(one.type, one.data).call.replace("get_", "").split(".")
    kind = "_".join(word.lower() for word in _WORDS.findall(parts[-1]))
    service = parts[0].strip("_") if len(parts) > 1 else "aws"
    own = "" if one.name in ("main", "this", "current") else one.name
    if kind in own.split("_"):
        kind = ""
    for words in ((own, kind), (own, service, kind), (own, service, kind, "resource")):
        name = "_".join(word for word in words if word)
        if name not in taken and not iskeyword(name):
            return name
    return f"{one.type}_{one.name}"


def expression_of(program: Program, ref: Ref, module: str, file: File | None) -> str:
    """Return `ref` as an expression of `file` (None: `__main__.py`)."""
    return f"{qualified(program, address_of(module, ref), file)}.{attribute_of(ref)}"


def qualified(program: Program, one: Address, file: File | None) -> str:
    """Return the variable of `one` as `file` sees it: `network.vpc`."""
    home = program.file_of(one)
    variable = program.variables[one]
    return variable if home == file else f"{alias_of(home, file)}.{variable}"


def alias_of(home: File, file: File | None) -> str:
    """Return what `file` calls the file `home`: its name, with the region's where needed."""
    here = file.package if file else ""
    return home.name if home.package == here else f"{home.package}_{home.name}".strip("_")


def is_known_late(program: Program, module: str, ref: Ref) -> bool:
    """Return whether the value of `ref` is an output: of resources always, of look-ups rarely."""
    block = program.blocks[address_of(module, ref)]
    if block.kind == "resource":
        return True
    inner = [
        found
        for value in block.arguments.values()
        for leaf in leaves(value)
        for found in [origin(program, module, leaf)]
    ]
    return any(
        (isinstance(value, Ref) and is_known_late(program, place, value))
        or (isinstance(value, Var) and _is_secret(program, value))
        for place, value in inner
    )


def _is_secret(program: Program, variable: Var) -> bool:
    return any(v.name == variable.name and v.sensitive for v in program.modules[""].variables)


def logical_name(one: Address) -> str:
    """Return what Pulumi calls the resource; that of a region begins with the region."""
    package = package_of(one.module)
    return f"{package.replace('_', '-')}-{one.name}" if package else one.name
