"""Previews go when their time is over or their branch is gone, and never by ignorance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from outgrow.deploy.previews.due import due
from outgrow.deploy.previews.names import preview_name
from outgrow.deploy.previews.values import Preview, PreviewPart, preview_from

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def preview(branch: str, hours: float | None = 1) -> Preview:
    part = PreviewPart("api", "sha256:1", ("migrate",), ("DATABASE_URL",))
    expires = None if hours is None else NOW + timedelta(hours=hours)
    name = preview_name(branch)
    data = f"preview_{name}"
    return Preview(
        name, 1, branch, "preview", f"{name}.test", "database", data, (part,), NOW, expires
    )


def test_one_goes_when_its_time_is_over() -> None:
    found = list(
        due([preview("old", -1), preview("young", 1), preview("for-ever", None)], NOW, None)
    )
    assert [one.preview.branch for one in found] == ["old"]
    assert "2026-11-20 11:00" in found[0].why


def test_one_goes_with_its_branch() -> None:
    found = list(due([preview("feature/a"), preview("feature/b")], NOW, ["feature/a", "main"]))
    assert [one.preview.branch for one in found] == ["feature/b"]
    assert "feature/b" in found[0].why


def test_no_branch_is_known_to_be_gone_where_nobody_knows_the_branches() -> None:
    assert list(due([preview("feature/a")], NOW, None)) == []


def test_a_pull_requests_preview_does_not_go_for_want_of_a_branch() -> None:
    assert list(due([preview("42")], NOW, [])) == []


def test_a_branch_of_the_origin_that_could_have_no_preview_keeps_nothing_from_going() -> None:
    found = list(due([preview("merged"), preview("kept")], NOW, ["_", "kept"]))
    assert [one.preview.branch for one in found] == ["merged"]


def test_the_journal_of_the_first_previews_can_still_be_read() -> None:
    facts = preview("fix-a").facts()
    del facts["database"]
    assert preview_from(facts).database == "preview_fix_a"


def test_the_journal_gives_back_what_it_was_given() -> None:
    for one in (preview("a"), replace(preview("b", None), own_data="none", parts=())):
        assert preview_from(one.facts()) == one
