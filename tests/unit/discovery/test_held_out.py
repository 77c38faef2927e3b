"""How far `outgrow init` is right about public repositories; the figures are in docs/init.md."""

from __future__ import annotations

import pytest
from tests.unit.discovery.held_out import Repository, Score, recall_and_precision, score
from tests.unit.discovery.held_out_fourth_node import FOURTH_NODE
from tests.unit.discovery.held_out_fourth_python import FOURTH_PYTHON
from tests.unit.discovery.held_out_node import OTHERS
from tests.unit.discovery.held_out_python import PYTHON
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover

THIRD_SET = (*PYTHON, *OTHERS)
FOURTH_SET = (*FOURTH_PYTHON, *FOURTH_NODE)


def measured(repository: Repository) -> Score:
    return score(repository, discover(tree(repository.files)))


@pytest.mark.parametrize(
    "repository", THIRD_SET + FOURTH_SET, ids=lambda one: one.name.partition(":")[0]
)
def test_every_start_command_of_a_repository_is_found(repository: Repository) -> None:
    assert measured(repository).missing == ()


@pytest.mark.parametrize(("repositories", "services"), [(THIRD_SET, 0.98), (FOURTH_SET, 0.95)])
def test_services_and_stores_are_found_and_hardly_any_others(
    repositories: tuple[Repository, ...], services: float
) -> None:
    """Hold what was reached; in the fourth set three jobs of compose files are too many."""
    scores = [measured(one) for one in repositories]
    recall, precision = recall_and_precision([one.services for one in scores])
    assert (recall >= 0.98, precision >= services) == (True, True), scores
    recall, precision = recall_and_precision([one.stores for one in scores])
    assert (recall >= 0.98, precision >= 0.98) == (True, True), scores


@pytest.mark.parametrize("repositories", [THIRD_SET, FOURTH_SET])
def test_a_set_counts_thirty_repositories_of_as_many_names(
    repositories: tuple[Repository, ...],
) -> None:
    assert len({one.name.partition(":")[0] for one in repositories}) == len(repositories) == 30


def test_a_wrong_command_is_a_service_found_and_a_command_missed() -> None:
    files = {"requirements.txt": "flask\n", "app.py": "from flask import Flask\napp = Flask('x')\n"}
    told = score(Repository("x", files, ("gunicorn",), ("redis",)), discover(tree(files)))
    assert (told.missing, told.services, told.stores) == (("gunicorn",), (1, 0, 0), (0, 1, 0))
    assert len(told.extra) == 1
