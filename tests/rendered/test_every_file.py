"""No rendered file is outside the table of covered.py, and all that it names runs and is content.

The table names checkers, which run here on every distinct file of every system, batched into
few processes; what needs whole trees or running servers is in the test modules that it names.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.rendered.covered import TABLE, Checker, by_checker, rows_of
from tests.rendered.every_file import distinct_files, every_file, laid_out

from outgrow.render.registry import target_names

HERE = Path(__file__).parent
CHECKERS = dict.fromkeys(checker for row in TABLE for checker in row.by)


def test_every_phase_environment_and_target_renders() -> None:
    rendered = {one.target for one in every_file()}
    assert rendered == {"", *target_names()}
    assert len({one.system.partition(" ")[0] for one in every_file()}) >= 35


def test_no_file_is_outside_the_table() -> None:
    outside = {one.place for one in every_file() if not rows_of(one)}
    assert outside == set()


def test_no_row_of_the_table_is_without_files() -> None:
    places = {one.place for one in every_file()}
    unused = [row.pattern for row in TABLE if not any(re.fullmatch(row.pattern, p) for p in places)]
    assert unused == []


def test_every_row_names_a_checker_or_a_module_that_is_there() -> None:
    for row in TABLE:
        assert row.by or row.also, row.pattern
        for module in row.also:
            assert (HERE / f"{module}.py").is_file(), module


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda one: one.__name__)
def test_nothing_is_found_in_any_file(checker: Checker, tmp_path: Path) -> None:
    wanted = next(files for one, files in by_checker(distinct_files()) if one is checker)
    assert wanted
    places = laid_out(wanted, tmp_path)
    found = checker(list(places), tmp_path)
    complaints = [(places[path].system, places[path].place, found[path]) for path in found]
    assert complaints == []


def test_every_link_of_a_readme_leads_to_what_is_rendered_beside_it() -> None:
    trees: dict[str, set[str]] = {}
    for one in every_file():
        folders = Path(one.place).parents
        trees.setdefault(one.system, set()).update([one.place, *map(str, folders)])
    checked = 0
    for one in every_file():
        if one.name != "README.md":
            continue
        for link in re.findall(r"\]\(([^)#:]+)\)", one.text):
            place = (Path(one.place).parent / link).as_posix().rstrip("/")
            assert place in trees[one.system], (one.system, one.place, link)
            checked += 1
    assert checked > 100


def test_nothing_changes_when_everything_is_rendered_again() -> None:
    before = [(one.system, one.place, one.text) for one in every_file()]
    every_file.cache_clear()
    assert [(one.system, one.place, one.text) for one in every_file()] == before
