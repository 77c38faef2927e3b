"""Which Python file each block stands in, so that no file imports one that imports it.

Terraform reads all files at once; Python runs one after another. A section whose blocks are
needed by a section that it needs itself is split: what others wait for comes first, in
`<section>_base.py`. What is only looked up stands in `existing.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outgrow.render.writers.expressions import Ref, ResourceBlock

EXISTING = "existing"
_TAKEN = frozenset({"pulumi", "aws", "settings", "providers", "pulumi_aws"})


@dataclass(frozen=True, slots=True)
class Address:
    """A block of the program: the module it comes from, its type and its name."""

    module: str
    type: str
    name: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file of the program: `package` is "" at the top, a region's name below it."""

    package: str
    name: str

    @property
    def path(self) -> str:
        """Return where the file lies."""
        return f"{self.package}/{self.name}.py" if self.package else f"{self.name}.py"


def address(module: str, block: ResourceBlock) -> Address:
    """Return the address of `block`, which stands in the Terraform module `module`."""
    return Address(module, block.type, block.name, block.kind == "data")


def address_of(module: str, ref: Ref) -> Address:
    """Return the address of what `ref` names within `module`."""
    return Address(module, ref.type, ref.name, ref.data)


def package_of(module: str) -> str:
    """Return the Python package of a module: `modules/us_east_1` is `us_east_1`."""
    return module.rsplit("/", 1)[-1]


def ordered_files(
    blocks: Mapping[Address, ResourceBlock], needs: Mapping[Address, Sequence[Address]]
) -> dict[File, tuple[Address, ...]]:
    """Return every file with its blocks in an order in which they can be made."""
    sections = _sections(blocks, needs)
    placed: dict[Address, File] = {}
    found: dict[File, tuple[Address, ...]] = {}
    while any(sections.values()):
        key, batch = _next(sections, placed, needs)
        rest = [one for one in sections[key] if one not in batch]
        name = _file_name(key[1], is_base=bool(rest))
        file = _unused(File(key[0], name), found)
        found[file] = tuple(batch)
        placed |= dict.fromkeys(batch, file)
        sections[key] = rest
    return found


def _sections(
    blocks: Mapping[Address, ResourceBlock], needs: Mapping[Address, Sequence[Address]]
) -> dict[tuple[str, str], list[Address]]:
    sections: dict[tuple[str, str], list[Address]] = {}
    for one, block in blocks.items():
        alone = block.kind == "data" and not needs[one]
        section = EXISTING if alone else block.section
        sections.setdefault((package_of(one.module), section), []).append(one)
    return sections


def _next(
    sections: Mapping[tuple[str, str], list[Address]],
    placed: Mapping[Address, File],
    needs: Mapping[Address, Sequence[Address]],
) -> tuple[tuple[str, str], list[Address]]:
    """Return the first section that is ready as a whole, or what others need of one."""
    ready = {key: _ready(left, placed, needs) for key, left in sections.items() if left}
    for key, batch in ready.items():
        if len(batch) == len(sections[key]):
            return key, batch
    wanted = {key: _wanted(batch, sections, key, needs) for key, batch in ready.items()}
    key = min((k for k, batch in wanted.items() if batch), key=lambda k: len(wanted[k]))
    return key, wanted[key]


def _ready(
    left: Iterable[Address],
    placed: Mapping[Address, File],
    needs: Mapping[Address, Sequence[Address]],
) -> list[Address]:
    """Return what of `left` can be made now, each after what it needs."""
    waiting, made = list(left), dict.fromkeys(placed, True)
    batch: list[Address] = []
    while True:
        new = [one for one in waiting if all(need in made for need in needs[one])]
        if not new:
            return batch
        # One at a time, in the graph's order: a block comes right after what it needs.
        batch.append(new[0])
        made[new[0]] = True
        waiting.remove(new[0])


def _wanted(
    batch: Sequence[Address],
    sections: Mapping[tuple[str, str], list[Address]],
    key: tuple[str, str],
    needs: Mapping[Address, Sequence[Address]],
) -> list[Address]:
    others = {
        need
        for other, left in sections.items()
        if other != key
        for one in left
        for need in needs[one]
    }
    wanted: set[Address] = set()
    for one in reversed(batch):
        if one in others or one in wanted:
            wanted |= {one, *needs[one]}
    return [one for one in batch if one in wanted]


def _file_name(section: str, is_base: bool) -> str:
    name = section.replace("-", "_") + ("_base" if is_base else "")
    return f"{name}_resources" if name in _TAKEN | sys.stdlib_module_names else name


def _unused(file: File, found: Mapping[File, object]) -> File:
    number, chosen = 2, file
    while chosen in found:
        chosen, number = File(file.package, f"{file.name}_{number}"), number + 1
    return chosen
