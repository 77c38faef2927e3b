"""A compose file becomes a strategy, and the strategy an equivalent compose file."""

from __future__ import annotations

import pytest
from tests.unit.discovery.rendered_again import differences, first_and_second
from tests.unit.discovery.shapes import COOKIECUTTER, FULL_STACK, VOTING, Shape
from tests.unit.discovery.trees import tree


@pytest.mark.parametrize("shape", [FULL_STACK, COOKIECUTTER, VOTING], ids=lambda one: one.name)
def test_a_compose_file_comes_back_equivalent(shape: Shape) -> None:
    assert list(differences(*first_and_second(tree(shape.files)))) == []
