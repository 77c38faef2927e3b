"""Every file that any target renders for any system, the READMEs of the trees included.

A target is rendered for every system, also where it does not apply: `outgrow render` refuses
that, but no strategy may make a target fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.systems import EXAMPLES, all_systems, opened
from tests.terraform import OTHER_STORES, TWO_REGIONS

from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.rendered import every_target, rendered_tree, system_of
from outgrow.render.compose.target import local_rendering
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System

TESTS = Path(__file__).parent.parent
# Systems that no example has: two regions, more stores, DigitalOcean, hostile text.
_KEPT = {
    "two-regions": (TWO_REGIONS, "regions"),
    "other-stores": (OTHER_STORES, "only"),
    "shop": (TESTS / "data" / "digitalocean_strategy.yaml", "one"),
}


class Written(NamedTuple):
    """A rendered file, and where it comes from. `target` is "" for the README of a tree."""

    system: str
    target: str
    path: str
    text: str

    @property
    def place(self) -> str:
        """Return the path within the folder that `outgrow render` writes."""
        return f"{self.target}/{self.path}" if self.target else self.path

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]


class Source(NamedTuple):
    """A system and the strategy that it is made of."""

    opened: Opened
    system: System


@cache
def sources() -> Mapping[str, Source]:
    """Return every system of the examples and those kept with the tests, by name."""
    examples = sorted((path.name for path in EXAMPLES.iterdir()), key=len, reverse=True)
    found = {
        name: Source(opened(next(e for e in examples if name.startswith(f"{e}-"))), system)
        for name, system in all_systems()
    }
    for name, (path, phase) in _KEPT.items():
        strategy = open_strategy(str(path))
        found[name] = Source(strategy, system_of(strategy, phase, None))
    return found


@cache
def every_file() -> tuple[Written, ...]:
    """Return every file of every system, those of targets that do not apply as well."""
    return tuple(one for name, source in sources().items() for one in _files(name, source))


def _files(name: str, source: Source) -> Iterator[Written]:
    targets = every_target()
    tree = rendered_tree(source.opened, source.system, targets, None)
    for place, (target, content) in tree.files.items():
        yield Written(name, target, place.removeprefix(f"{target}/"), content.decode())
    for one in targets:
        if not one.applies(source.system):
            for file in one.render(source.system).files:
                yield Written(f"{name} (does not apply)", one.name, file.path, file.text)
    for file in local_rendering(source.system).files:
        yield Written(f"{name} (local)", "compose", file.path, file.text)


@cache
def distinct_files() -> tuple[Written, ...]:
    """Return one file of those of a target that have the same name and text."""
    first: dict[tuple[str, str, str], Written] = {}
    for one in every_file():
        first.setdefault((one.target, one.name, one.text), one)
    return tuple(first.values())


def files_called(*endings: str, among: Sequence[Written] | None = None) -> list[Written]:
    """Return the distinct files whose names end so."""
    found = distinct_files() if among is None else among
    return [one for one in found if one.name.endswith(endings)]


def laid_out(files: Sequence[Written], folder: Path) -> dict[Path, Written]:
    """Write each of `files` into a numbered folder below `folder`, under its own name."""
    found = {}
    for number, one in enumerate(files):
        path = folder / f"{number:04}" / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text, encoding="utf-8")
        found[path] = one
    return found


def tree_of(system: str, target: str) -> tuple[RenderedFile, ...]:
    """Return the files of one target for one system."""
    found = (one for one in every_file() if (one.system, one.target) == (system, target))
    return tuple(RenderedFile(one.path, one.text) for one in found)
