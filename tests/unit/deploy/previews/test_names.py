"""Every preview has a name of its own, fit for a host name and for a database."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outgrow.deploy.previews.names import (
    database_name,
    is_same_branch,
    preview_host,
    preview_name,
)
from outgrow.errors import InputError


def test_a_plain_branch_keeps_its_name() -> None:
    assert preview_name("checkout") == "checkout"


@pytest.mark.parametrize("given_number", ["42", "#42", " 42 "])
def test_a_pull_request_is_called_by_its_number(given_number: str) -> None:
    assert preview_name(given_number) == "pr-42"


def test_a_branch_that_is_called_like_a_pull_request_is_another_preview() -> None:
    assert preview_name("pr-42") != preview_name("42")


def test_branches_that_look_alike_do_not_share_a_preview() -> None:
    names = {preview_name(one) for one in ("fix/a", "fix-a", "fix_a", "Fix-a", "fix--a")}
    assert len(names) == 5


@pytest.mark.parametrize("branch", ["", "---", "/", "a\nb", "a\udcff"])
def test_nothing_is_no_name(branch: str) -> None:
    with pytest.raises(InputError):
        preview_name(branch)


@pytest.mark.parametrize(
    ("branch", "begins"),
    [
        ("fête/décor", "fete-decor-"),
        ("функция", "branch-"),
        ("修复", "branch-"),
        ("feature/" + "long" * 25, "feature-longlonglonglonglon-"),
        ("9" * 40, "9" * 27 + "-"),
    ],
)
def test_any_branch_has_a_name_that_one_can_still_read(branch: str, begins: str) -> None:
    assert re.fullmatch(re.escape(begins) + "[0-9a-f]{4}", preview_name(branch))


def test_two_branches_in_another_script_have_different_names() -> None:
    assert preview_name("функция") != preview_name("修复")


def test_a_pull_request_is_the_same_however_it_is_written() -> None:
    assert is_same_branch("42", "#42")
    assert not is_same_branch("42", "pr-42")
    assert not is_same_branch("fix/a", "fix-a")


def test_strategies_that_use_one_server_do_not_share_a_database() -> None:
    names = {
        database_name(system, environment, "main")
        for system, environment in (("shop", "review"), ("blog", "review"), ("shop", "try"))
    }
    assert len(names) == 3


@given(st.text(min_size=1, max_size=300))
def test_every_name_is_a_dns_label_and_a_name_for_a_database(branch: str) -> None:
    try:
        name = preview_name(branch)
    except InputError:
        return
    assert re.fullmatch(r"(?!-)[a-z0-9-]{1,32}(?<!-)", name)
    assert re.fullmatch(r"preview_[a-z0-9_]{1,40}", database_name("shop", "review", name))
    assert preview_host("{name}.preview.shop.test", name) == f"{name}.preview.shop.test"


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_two_branches_never_share_a_database_by_their_spelling(one: str, two: str) -> None:
    numbers = re.compile(r"\s*#?\d+\s*")
    if one == two or numbers.fullmatch(one) or numbers.fullmatch(two):
        return
    try:
        names = preview_name(one), preview_name(two)
    except InputError:
        return
    assert names[0] != names[1]


def test_one_host_name_for_all_previews_is_refused() -> None:
    with pytest.raises(InputError, match="the same for all"):
        preview_host("preview.shop.test", "checkout")


def test_a_host_name_that_gets_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="no host name"):
        preview_host("{name}" + "x" * 60 + ".test", "checkout")
