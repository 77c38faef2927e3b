"""The trees of the target `terraform-aws` on the disk, for the tools that read folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.systems import all_systems

from outgrow.operations.opened import open_strategy
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.terraform_aws import TARGET

TWO_REGIONS = Path(__file__).parent.parent / "data/aws/two-regions.yaml"


def aws_systems() -> Iterator[tuple[str, System]]:
    """Return every system of the examples that rents from AWS, and one in two regions."""
    yield from ((name, found) for name, found in all_systems() if TARGET.applies(found))
    yield "two-regions", two_regions()


def two_regions() -> System:
    """Return the strategy with a database, a cache, a bucket and a queue in two regions."""
    found = open_strategy(str(TWO_REGIONS))
    locate = found.loaded.source.locate
    return build_system(found.strategy, found.catalog, "regions", None, locate)


def write_tree(folder: Path, system: System) -> None:
    """Write everything that the target renders for `system` below `folder`."""
    for file in TARGET.render(system).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="\n")


def write_distinct_trees(folder: Path) -> int:
    """Write each tree that no other one equals; return how many there are."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for name, system in aws_systems():
        files = TARGET.render(system).files
        content = tuple((file.path, file.text) for file in files)
        if content not in seen:
            seen.add(content)
            write_tree(folder / name, system)
    return len(seen)
