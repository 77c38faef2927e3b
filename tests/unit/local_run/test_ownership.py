from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.local_run.projects import container

from outgrow.clients.docker_inspect import read_container
from outgrow.errors import InputError
from outgrow.operations.local_run.ownership import (
    checked_name,
    refuse_another_folders,
    refuse_another_folders_volumes,
)

HERE = Path("/home/ann/shop/.outgrow/run/one-development")
THERE = "/home/ann/copy/.outgrow/run/one-development"


def test_containers_of_another_folder_are_refused_with_its_name() -> None:
    ours, theirs = container("api", folder=str(HERE)), container("db", folder=THERE)
    refuse_another_folders("shop", HERE, [ours])
    with pytest.raises(InputError) as refused:
        refuse_another_folders("shop", HERE, [ours, theirs])
    assert str(refused.value) == (
        "the containers of shop were started from /home/ann/copy, not from /home/ann/shop"
    )
    assert "--project NAME" in refused.value.remedy
    assert "`outgrow down` in /home/ann/copy" in refused.value.remedy
    assert refused.value.exit_code == 2


def test_a_project_that_outgrow_did_not_start_is_named_by_its_own_folder() -> None:
    with pytest.raises(InputError, match="were started from /srv/run/shop, not"):
        refuse_another_folders("shop", HERE, [container("api", folder="/srv/run/shop")])


def test_data_that_a_folder_never_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".env").write_text("DB_PASSWORD=1\n")
    refuse_another_folders_volumes("shop", tmp_path / "mine", ["shop_db_data"])
    with pytest.raises(InputError, match="another folder's strategy") as refused:
        refuse_another_folders_volumes("shop", tmp_path / "new", ["shop_db_data"])
    assert "docker volume rm shop_db_data" in refused.value.remedy


@pytest.mark.parametrize("name", ["Shop", "-shop", "a b", "shop;ls", ""])
def test_a_name_that_compose_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a project"):
        checked_name(name)


def test_the_folder_is_read_from_what_both_versions_of_compose_write() -> None:
    labels = {
        "com.docker.compose.project.working_dir": THERE,
        "com.docker.compose.service": "api",
    }
    inspected = {
        "Id": "1",
        "Name": "/shop_api_1",
        "State": {"Status": "running"},
        "Config": {"Labels": labels},
    }
    assert read_container(inspected).folder == THERE
    assert read_container(inspected | {"Config": {"Labels": None}}).folder == ""
