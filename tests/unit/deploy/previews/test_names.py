"""Every preview has a name of its own, fit for a host name and for a database."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outgrow.deploy.previews.names import database_name, preview_host, preview_name
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


@pytest.mark.parametrize("branch", ["", "---", "/"])
def test_nothing_is_no_name(branch: str) -> None:
    with pytest.raises(InputError):
        preview_name(branch)


@given(st.text(min_size=1, max_size=300))
def test_every_name_is_a_dns_label_and_a_name_for_a_database(branch: str) -> None:
    try:
        name = preview_name(branch)
    except InputError:
        return
    assert re.fullmatch(r"(?!-)[a-z0-9-]{1,32}(?<!-)", name)
    assert re.fullmatch(r"preview_[a-z0-9_]{1,40}", database_name(name))
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
