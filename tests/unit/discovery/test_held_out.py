"""How far `outgrow init` is right about public repositories; the figures are in docs/init.md."""

from __future__ import annotations

import pytest
from tests.unit.discovery.held_out import Repository, Score, recall_and_precision, score
from tests.unit.discovery.held_out_node import OTHERS
from tests.unit.discovery.held_out_python import PYTHON
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover

THIRD_SET = (*PYTHON, *OTHERS)


def measured(repository: Repository) -> Score:
    return score(repository, discover(tree(repository.files)))


@pytest.mark.parametrize("repository", THIRD_SET, ids=lambda one: one.name.partition(":")[0])
def test_every_start_command_of_a_repository_is_found(repository: Repository) -> None:
    assert measured(repository).missing == ()


def test_services_and_stores_are_found_and_hardly_any_others() -> None:
    scores = [measured(one) for one in THIRD_SET]
    for counts in ([one.services for one in scores], [one.stores for one in scores]):
        recall, precision = recall_and_precision(counts)
        assert recall >= 0.98, scores
        assert precision >= 0.98, scores


def test_a_set_counts_thirty_repositories_of_as_many_names() -> None:
    assert len({one.name.partition(":")[0] for one in THIRD_SET}) == len(THIRD_SET) == 30


def test_a_wrong_command_is_a_service_found_and_a_command_missed() -> None:
    files = {"requirements.txt": "flask\n", "app.py": "from flask import Flask\napp = Flask('x')\n"}
    told = score(Repository("x", files, ("gunicorn",), ("redis",)), discover(tree(files)))
    assert (told.missing, told.services, told.stores) == (("gunicorn",), (1, 0, 0), (0, 1, 0))
    assert len(told.extra) == 1
