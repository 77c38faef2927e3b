"""Of faults seeded into rendered files, the validators catch at least 95 in a hundred.

`docs/render/seeded-faults.md` has what a fault is and, from twice as many, what escapes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.conftest import REPOSITORY
from tests.rendered.seeded import Judged, judged, mutants
from tests.rendered.seeded_kinds import SEEDED
from tests.terraform import terraform

pytestmark = pytest.mark.xdist_group("seeded-faults")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Judged]:
    """Every kind of fault in one file, and what became of it."""
    program = terraform(tmp_path_factory.mktemp("program"))
    return judged(tmp_path_factory.mktemp("faults"), program, files_of_a_fault=1)


def test_at_least_95_faults_in_100_are_caught(found: Sequence[Judged]) -> None:
    escaped = [
        (one.mutant.of, one.mutant.fault.kind, one.mutant.file.place)
        for one in found
        if one.caught_by is None
    ]
    assert len(found) >= 120
    assert len(escaped) <= 0.05 * len(found), escaped


def test_every_kind_of_file_has_faults_and_many_validators_catch_them(
    found: Sequence[Judged],
) -> None:
    assert {one.mutant.of for one in found} == {seeded.name for seeded in SEEDED}
    assert len({one.caught_by for one in found if one.caught_by}) >= 20


def test_the_same_faults_are_seeded_each_time() -> None:
    assert mutants(1) == mutants(1)


def test_the_page_tells_a_share_of_at_least_95_percent() -> None:
    page = (REPOSITORY / "docs" / "render" / "seeded-faults.md").read_text("utf-8")
    share = float(page.split(" caught: ")[1].split(" %")[0])
    assert share >= 95
    assert all(f"| {seeded.name} |" in page for seeded in SEEDED)
