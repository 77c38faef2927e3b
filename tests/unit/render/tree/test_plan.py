"""What becomes of a rendered file depends on who touched it last."""

from __future__ import annotations

import pytest
from tests.unit.render.tree.folders import Killed, MemoryFolder, kinds, render, wanted

from outgrow.render.tree.actions import apply_steps
from outgrow.render.tree.manifest import MANIFEST, PENDING
from outgrow.render.tree.merge import merge_lines
from outgrow.render.tree.plan import Ways, plan_tree

OLD = {"a/x.tf": "one\ntwo\nthree\nfour\nfive\n", "a/y.tf": "y\n", "README.md": "old\n"}
NEW = {"a/x.tf": "one\ntwo\nthree\nfour\nFIVE\n", "a/z.tf": "z\n", "README.md": "new\n"}
MERGING = Ways(merge=merge_lines)


def rendered(files: dict[str, str] = OLD) -> MemoryFolder:
    folder = MemoryFolder()
    render(folder, files)
    return folder


def test_an_empty_folder_is_filled_and_a_second_render_does_nothing() -> None:
    folder = MemoryFolder()
    assert set(kinds(render(folder, OLD)).values()) == {"create"}
    again = render(folder, OLD)
    assert again.steps == ()
    assert set(kinds(again).values()) == {"unchanged"}
    assert again.is_current


def test_files_that_nobody_touched_are_updated_and_stale_ones_removed() -> None:
    folder = rendered()
    plan = render(folder, NEW)
    assert kinds(plan) == {
        "a/x.tf": "update", "a/z.tf": "create", "README.md": "update", "a/y.tf": "remove",
    }  # fmt: skip
    assert folder.visible() == {path: text.encode() for path, text in NEW.items()}
    assert render(folder, NEW).steps == ()


def test_an_edited_file_whose_rendering_is_as_before_stays() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    plan = render(folder, OLD)
    assert kinds(plan)["a/x.tf"] == "edited"
    assert plan.is_current
    assert folder.files["a/x.tf"] == b"mine\n"


def test_an_edited_file_keeps_its_bytes_and_the_new_version_lands_beside_it() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    plan = render(folder, NEW)
    assert [one.path for one in plan.conflicts] == ["a/x.tf"]
    assert not plan.is_current
    assert folder.files["a/x.tf"] == b"mine\n"
    assert folder.files["a/x.tf.outgrow-new"] == NEW["a/x.tf"].encode()
    again = render(folder, NEW)
    assert again.steps == ()
    assert again.conflicts


def test_removing_the_new_version_settles_the_conflict() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    render(folder, NEW)
    del folder.files["a/x.tf.outgrow-new"]
    plan = render(folder, NEW)
    assert kinds(plan)["a/x.tf"] == "edited"
    assert folder.files["a/x.tf"] == b"mine\n"
    assert render(folder, NEW).steps == ()


def test_taking_the_new_version_settles_the_conflict_and_clears_it_away() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    render(folder, NEW)
    folder.files["a/x.tf"] = folder.files["a/x.tf.outgrow-new"]
    assert kinds(render(folder, NEW))["a/x.tf"] == "adopt"
    assert "a/x.tf.outgrow-new" not in folder.files


def test_a_new_version_that_a_person_edits_is_not_overwritten_either() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    render(folder, NEW)
    folder.files["a/x.tf.outgrow-new"] = b"half done\n"
    (conflict,) = render(folder, {**NEW, "a/x.tf": "newest\n"}).conflicts
    assert folder.files["a/x.tf.outgrow-new"] == b"half done\n"
    assert "has been edited" in conflict.reason


def test_going_back_clears_the_new_version_away() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"mine\n"
    render(folder, NEW)
    assert kinds(render(folder, OLD))["a/x.tf"] == "edited"
    assert "a/x.tf.outgrow-new" not in folder.files


def test_a_clean_merge_has_both_changes_and_keeps_the_persons_version() -> None:
    folder = rendered()
    mine = b"ONE, mine\ntwo\nthree\nfour\nfive\n"
    folder.files["a/x.tf"] = mine
    plan = render(folder, NEW, MERGING)
    assert kinds(plan)["a/x.tf"] == "merge"
    assert folder.files["a/x.tf"] == b"ONE, mine\ntwo\nthree\nfour\nFIVE\n"
    assert mine in [one for path, one in folder.files.items() if path.startswith(".outgrow/kept/")]
    assert kinds(render(folder, NEW))["a/x.tf"] == "edited"


def test_a_merge_clears_away_the_version_that_lay_beside() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"ONE\ntwo\nthree\nfour\nfive\n"
    render(folder, NEW)
    assert kinds(render(folder, NEW, MERGING))["a/x.tf"] == "merge"
    assert "a/x.tf.outgrow-new" not in folder.files


def test_markers_stand_beside_and_never_in_the_persons_file() -> None:
    folder = rendered()
    folder.files["a/x.tf"] = b"one\ntwo\nthree\nfour\nfive, mine\n"
    plan = render(folder, NEW, MERGING)
    assert folder.files["a/x.tf"] == b"one\ntwo\nthree\nfour\nfive, mine\n"
    beside = folder.files["a/x.tf.outgrow-new"].decode()
    assert "<<<<<<< yours\nfive, mine\n" in beside
    assert "1 conflict marked" in plan.conflicts[0].reason
    assert render(folder, NEW).steps == (), "the markers stay until somebody deals with them"
    folder.files["a/x.tf"] = b"solved\n"
    del folder.files["a/x.tf.outgrow-new"]
    assert kinds(render(folder, NEW))["a/x.tf"] == "edited"


def test_a_file_of_a_person_where_one_of_ours_would_stand_is_never_touched() -> None:
    folder = MemoryFolder({"README.md": b"ours since 2019\n", "a/y.tf": b"y\n"})
    plan = render(folder, OLD)
    assert kinds(plan)["README.md"] == "conflict"
    assert kinds(plan)["a/y.tf"] == "adopt"
    assert folder.files["README.md"] == b"ours since 2019\n"
    render(folder, {})
    assert folder.files["README.md"] == b"ours since 2019\n"
    assert "a/y.tf" not in folder.files


def test_a_link_or_folder_in_the_way_is_left_alone() -> None:
    folder = rendered()
    del folder.files["a/x.tf"]
    plan = plan_tree(wanted(NEW), folder.disk(frozenset({"a/x.tf"})))
    apply_steps(plan.steps, folder)
    assert kinds(plan)["a/x.tf"] == "conflict"
    assert "a/x.tf" not in folder.files


def test_a_file_that_a_person_removed_stays_away_until_it_is_asked_for() -> None:
    folder = rendered()
    del folder.files["a/y.tf"]
    plan = render(folder, OLD)
    assert kinds(plan)["a/y.tf"] == "deleted"
    assert plan.is_current
    changed = render(folder, {**OLD, "a/y.tf": "other\n"})
    (told,) = (one.reason for one in changed.actions if one.path == "a/y.tf")
    assert "its rendering has changed since" in told
    assert "a/y.tf" not in folder.files
    render(folder, OLD, Ways(restore=True))
    assert folder.files["a/y.tf"] == b"y\n"


def test_an_edited_file_that_is_no_longer_rendered_stays() -> None:
    folder = rendered()
    folder.files["a/y.tf"] = b"mine\n"
    for _ in range(2):
        assert kinds(render(folder, NEW))["a/y.tf"] == "stale"
    assert folder.files["a/y.tf"] == b"mine\n"
    del folder.files["a/y.tf"]
    assert "a/y.tf" not in kinds(render(folder, NEW))


def test_targets_outside_of_the_scope_are_left_as_they_are() -> None:
    folder = rendered({"a/x": "a\n", "b/x": "b\n"})
    plan = render(folder, {"a/x": "A\n", "b/x": "B\n"}, scope=frozenset({"a"}))
    assert kinds(plan) == {"a/x": "update"}
    assert folder.files["b/x"] == b"b\n"
    render(folder, {"a/x": "A\n"}, scope=frozenset({"a"}))
    assert folder.files["b/x"] == b"b\n"
    assert kinds(render(folder, {"a/x": "A\n", "b/x": "B\n"})) == {
        "a/x": "unchanged", "b/x": "update",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["../x", "/x", "a//x", "a/../x", ".outgrow/x", MANIFEST, ""])
def test_a_rendering_never_leaves_its_folder(path: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        plan_tree(wanted({path: "x"}), MemoryFolder().disk())


def test_a_run_killed_at_any_step_is_finished_by_the_next() -> None:
    """Also when the strategy has changed back, or on, in between."""
    total = len(plan_tree(wanted(NEW), rendered().disk()).steps)
    assert total > 8
    for steps in range(total):
        for then in (NEW, OLD, {**NEW, "a/x.tf": "third\n"}):
            folder = rendered()
            folder.steps_left = steps
            with pytest.raises(Killed):
                render(folder, NEW)
            folder.steps_left = None
            plan = render(folder, then)
            assert folder.visible() == {p: t.encode() for p, t in then.items()}, (steps, then)
            assert not plan.conflicts
            assert PENDING not in folder.files
            assert render(folder, then).steps == ()


def test_a_merge_killed_at_any_step_is_finished_by_the_next() -> None:
    mine = b"ONE\ntwo\nthree\nfour\nfive\n"
    merged = b"ONE\ntwo\nthree\nfour\nFIVE\n"
    started = rendered()
    started.files["a/x.tf"] = mine
    total = len(plan_tree(wanted(NEW), started.disk(), MERGING).steps)
    for steps in range(total):
        folder = MemoryFolder(dict(started.files), steps)
        with pytest.raises(Killed):
            render(folder, NEW, MERGING)
        folder.steps_left = None
        assert folder.files["a/x.tf"] in (mine, merged)
        assert not render(folder, NEW, MERGING).conflicts
        assert folder.files["a/x.tf"] == merged
        assert any(one == mine for one in folder.files.values())
