"""Seeds faults into rendered files and asks every validator of such a file about them.

A fault is caught where a validator says something that it does not say of the file as it was
rendered. The cheap ones are asked first; what they let through goes to the slower ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.rendered import checkers
from tests.rendered.covered import Checker, checkers_of
from tests.rendered.every_file import Written, every_file
from tests.rendered.seeded_kinds import SEEDED, Fault
from tests.rendered.seeded_trees import TREES
from tests.terraform import Terraform

SEED = 20261121
FILES_OF_A_FAULT = 2
# Read as if each stood alone; docker-compose takes a second for each file.
_SLOWER: Mapping[str, tuple[Checker, ...]] = {
    "Dockerfile": (checkers.checkov,),
    "Docker Compose": (checkers.docker_compose,),
    "Kubernetes": (checkers.checkov,),
    "Terraform for AWS": (checkers.checkov,),
}


class Mutant(NamedTuple):
    """A rendered file with one fault in it."""

    of: str
    fault: Fault
    file: Written
    text: str

    @property
    def wrong(self) -> Written:
        """Return the file as the fault leaves it."""
        return self.file._replace(text=self.text)


class Judged(NamedTuple):
    """A mutant and the validator that caught it, None for one that escaped."""

    mutant: Mutant
    caught_by: str | None


def mutants() -> list[Mutant]:
    """Return every mutant: each fault in up to two different files, chosen by the seed."""
    found = []
    for seeded in SEEDED:
        every = [one for one in _candidates() if re.fullmatch(seeded.place, one.place)]
        pool = [one for one in every if " (" not in one.system] or every
        for number, fault in enumerate(seeded.faults):
            random = Random(f"{SEED} {seeded.name} {number}")
            fitting = [one for one in pool if _places(one.text, fault)]
            for one in random.sample(fitting, min(FILES_OF_A_FAULT, len(fitting))):
                match = random.choice(_places(one.text, fault))
                after = match.expand(fault.replacement) + one.text[match.end() :]
                text = one.text[: match.start()] + after
                found.append(Mutant(seeded.name, fault, one, text))
    return found


def _candidates() -> list[Written]:
    """Return each distinct file once, from a system that its target applies to if there is one."""
    first: dict[tuple[str, str, str], Written] = {}
    for one in sorted(every_file(), key=lambda one: " (" in one.system):
        first.setdefault((one.target, one.name, one.text), one)
    return list(first.values())


def _places(text: str, fault: Fault) -> list[re.Match[str]]:
    """Return where the edit changes something; a comment is no place for a fault."""
    return [
        one
        for one in re.finditer(fault.pattern, text, re.MULTILINE)
        if one.expand(fault.replacement) != one[0] and not _in_comment(text, one.start())
    ]


def _in_comment(text: str, position: int) -> bool:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return "#" in line


def judged(folder: Path, program: Terraform | None) -> list[Judged]:
    """Return every mutant with the validator that catches it, if any does."""
    every = mutants()
    caught: dict[int, str] = {}
    cheap = _grouped(every, range(len(every)), lambda one: checkers_of(one.file))
    _ask(every, cheap, folder / "cheap", caught)
    left = [number for number in range(len(every)) if number not in caught]
    slower = _grouped(every, left, lambda one: _SLOWER.get(one.of, ()))
    _ask(every, slower, folder / "slower", caught)
    for name, check in TREES.items():
        left = [n for n, one in enumerate(every) if n not in caught and name == one.of]
        for number, validator in check(_trees(every, left), folder / "trees", program).items():
            caught[number] = validator
    return [Judged(one, caught.get(number)) for number, one in enumerate(every)]


def _grouped(
    every: Sequence[Mutant],
    numbers: Sequence[int] | range,
    wanted: Callable[[Mutant], Sequence[Checker]],
) -> dict[Checker, list[int]]:
    found: dict[Checker, list[int]] = {}
    for number in numbers:
        for checker in wanted(every[number]):
            found.setdefault(checker, []).append(number)
    return found


def _ask(
    every: Sequence[Mutant],
    groups: Mapping[Checker, Sequence[int]],
    folder: Path,
    caught: dict[int, str],
) -> None:
    """Note what each checker says of its mutants and not of the files they come from."""
    for checker, numbers in groups.items():
        root = folder / checker.__name__
        bases = list(dict.fromkeys(every[number].file for number in numbers))
        good = {one: _written(one, root / f"base{n:04}") for n, one in enumerate(bases)}
        bad = {n: _written(every[n].wrong, root / f"wrong{n:04}") for n in numbers}
        found = checker([*good.values(), *bad.values()], root)
        for number, path in bad.items():
            before = found.get(good[every[number].file], set())
            if found.get(path, set()) - before:
                caught.setdefault(number, checker.__name__)


def _written(one: Written, folder: Path) -> Path:
    path = folder / one.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(one.text, encoding="utf-8")
    return path


def _trees(every: Sequence[Mutant], numbers: Sequence[int]) -> dict[int, list[Written]]:
    """Return the whole trees that the mutants stand in, by number; the mutant comes first."""
    return {number: list(_tree(every[number])) for number in numbers}


def _tree(mutant: Mutant) -> Iterator[Written]:
    yield mutant.wrong
    for one in every_file():
        same = (one.system, one.target) == (mutant.file.system, mutant.file.target)
        if same and one.path != mutant.file.path:
            yield one
