"""What is found in repositories of the shapes that teams have."""

from __future__ import annotations

import pytest
from tests.commands import REPOSITORY
from tests.unit.discovery.shapes import SHAPES, Shape
from tests.unit.discovery.trees import tree

from outgrow.clients.repository import walk_repository
from outgrow.discovery.combine import discover

ALL = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


@ALL
def test_the_start_command_of_every_service_is_found(shape: Shape) -> None:
    found = discover(tree(shape.files))
    commands = {s.name: s.command.text if s.command else None for s in found.services}
    assert commands == dict(shape.commands)


@ALL
def test_the_stores_are_found_and_no_others(shape: Shape) -> None:
    found = discover(tree(shape.files))
    assert sorted(store.kind.value for store in found.stores) == sorted(shape.stores)
    assert [other.name for other in found.others] == list(shape.others)


@ALL
def test_services_have_the_kind_that_their_work_gives_them(shape: Shape) -> None:
    kinds = {one.name: one.kind.value for one in discover(tree(shape.files)).services}
    assert {name: kinds[name] for name in shape.kinds} == dict(shape.kinds)


@ALL
def test_every_finding_points_at_a_line_that_exists(shape: Shape) -> None:
    found = discover(tree(shape.files))
    places = [p for part in (*found.services, *found.stores, *found.others) for p in part.evidence]
    places += [one.command.evidence for one in found.services if one.command]
    assert places
    for place in places:
        assert 1 <= place.line <= max(len(shape.files[place.file].splitlines()), 1), place


def test_the_sample_application_is_found_as_its_strategy_says() -> None:
    found = discover(walk_repository(str(REPOSITORY / "examples" / "sample-app")))
    assert {one.name: one.kind.value for one in found.services} == {
        "backend": "service",
        "worker": "worker",
        "frontend": "frontend",
    }
    commands = {one.name: one.command.text for one in found.services if one.command}
    assert commands["backend"].startswith("uvicorn app.main:app")
    assert commands["worker"] == "python -m app.worker"
    assert [one.kind.value for one in found.stores] == ["postgres", "redis"]
