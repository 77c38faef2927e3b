"""Seeds faults into rendered files and writes docs/render/seeded-faults.md: what was caught.

Run `make bench-faults`, or `PYTHONPATH=src:. python benchmarks/bench_seeded_faults.py`. It takes
some minutes: the faults go through Terraform, checkov, Pulumi and the others.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.rendered.seeded import SEED, Judged, judged  # noqa: E402
from tests.rendered.seeded_kinds import SEEDED  # noqa: E402
from tests.terraform import terraform  # noqa: E402

PAGE = ROOT / "docs" / "render" / "seeded-faults.md"
_FILES = 2
_DEFINITION = """\
A fault is a small edit that makes a rendered file wrong in itself: a slip of the hand (a misspelt
key, a lost brace, a key twice), a value that its place does not take, a name that leads nowhere,
or a setting that outgrow promises never to render (a container without limits, a database that
anyone reaches, a secret in plain text). An edit that leaves a valid file with another meaning
(three instances for two, another region) does not count: only the strategy knows better.

The kinds are patterns in `tests/rendered/seeded_kinds.py`. Each is applied to up to {files} files
that outgrow really renders for the examples, at a place that the seed `{seed}` chooses. A fault is
caught where a validator says something that it does not say of the file as rendered. Validators
are other people's programs and schemas, and the policies of `tests/rendered/policies.py`, which
the tests hold every rendered file to. A formatter counts: a wrong indent changes nothing for a
machine and is still a fault in a file that people own.

In the first run 92.1 % were caught. The policies on units, ports, rights, networks and the
documents within scripts were written for what escaped it, and now hold for every rendered file.
"""


def page(found: Sequence[Judged]) -> str:
    """Return the page."""
    caught = sum(one.caught_by is not None for one in found)
    share = 100 * caught / len(found)
    definition = _DEFINITION.format(files=_FILES, seed=SEED)
    sections = [
        "# Seeded faults",
        f"{len(found)} faults seeded into rendered files, {caught} caught: {share:.1f} %.",
        definition.strip(),
        "`make bench-faults` writes this page; `tests/rendered/test_seeded_faults.py` holds the\n"
        "share to at least 95 %.",
        "## By kind of file",
        "\n".join(_by_file(found)),
        "## By kind of fault",
        "\n".join(_by_fault(found)),
        "## By the validator that catches it first",
        "\n".join(_by_validator(found)),
        "## What escapes",
        "\n".join(_escaped(found)) or "Nothing.",
    ]
    return "\n\n".join(sections) + "\n"


def _by_file(found: Sequence[Judged]) -> Iterator[str]:
    yield "| kind of file | caught | of |"
    yield "| --- | ---: | ---: |"
    for name in (one.name for one in SEEDED):
        yield _row(name, [one for one in found if one.mutant.of == name])


def _by_fault(found: Sequence[Judged]) -> Iterator[str]:
    yield "| kind of fault | caught | of |"
    yield "| --- | ---: | ---: |"
    for kind in sorted({one.mutant.fault.kind for one in found}):
        yield _row(kind, [one for one in found if one.mutant.fault.kind == kind])


def _row(name: str, found: Sequence[Judged]) -> str:
    caught = sum(one.caught_by is not None for one in found)
    return f"| {name} | {caught} | {len(found)} |"


def _by_validator(found: Sequence[Judged]) -> Iterator[str]:
    yield "| validator | faults |"
    yield "| --- | ---: |"
    counted = Counter(one.caught_by for one in found if one.caught_by)
    for name, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"| {name.replace('_', ' ')} | {count} |"


def _escaped(found: Sequence[Judged]) -> Iterator[str]:
    for one in found:
        if one.caught_by is None:
            mutant = one.mutant
            before, after = mutant.file.text.splitlines(), mutant.text.splitlines()
            lines = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]
            shown = " / ".join(f"`{line.strip()[:80]}`" for line in lines[:2])
            place = f"`{mutant.file.place}` of {mutant.file.system}"
            yield f"- {mutant.of}, {mutant.fault.kind}: {shown} in {place}"


def main() -> None:
    """Write the page and print its first lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program").mkdir()
        text = page(judged(folder / "faults", terraform(folder / "program"), _FILES))
    PAGE.write_text(text, encoding="utf-8")
    print(text.split("\n## By kind of fault")[0])


if __name__ == "__main__":
    main()
