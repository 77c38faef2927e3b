"""Three-way merges: ours is held against git's."""

from __future__ import annotations

import random

import pytest

from outgrow.clients.git_merge import git_merge
from outgrow.render.tree.merge import Merge, merge_lines, merge_texts

BASE = b"a\nb\nc\nd\ne\n"
BOTH = pytest.mark.parametrize("merge", [merge_lines, git_merge], ids=["ours", "git"])


@BOTH
@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        (BASE, b"a\nb\nc\nd\nE\n", b"a\nb\nc\nd\nE\n"),
        (b"A\nb\nc\nd\ne\n", b"a\nb\nc\nd\nE\n", b"A\nb\nc\nd\nE\n"),
        (b"a\nb\nc\nd\ne\nf\n", b"z\na\nb\nc\nd\ne\n", b"z\na\nb\nc\nd\ne\nf\n"),
        (b"b\nc\nd\ne\n", b"a\nb\nc\ne\n", b"b\nc\ne\n"),
        (b"a\nX\nc\nd\ne\n", b"a\nX\nc\nd\ne\n", b"a\nX\nc\nd\ne\n"),
        (b"", BASE, b""),
        (b"a\nb\nc\nd\ne", b"A\nb\nc\nd\ne\n", b"A\nb\nc\nd\ne"),
    ],
)
def test_changes_in_different_places_are_joined(
    merge: Merge, mine: bytes, theirs: bytes, merged: bytes
) -> None:
    assert merge_texts(BASE, mine, theirs, merge).content == merged
    assert merge_texts(BASE, mine, theirs, merge).conflicts == 0


@BOTH
def test_changes_of_the_same_lines_are_marked_and_counted(merge: Merge) -> None:
    found = merge_texts(BASE, b"a\nX\nc\nd\nmine\n", b"a\nY\nc\nd\ntheirs\n", merge)
    assert found.conflicts == 2
    told = b"<<<<<<< yours\nX\n||||||| rendered before\nb\n=======\nY\n>>>>>>> rendered now\n"
    assert told in found.content


@BOTH
def test_windows_line_ends_stay(merge: Merge) -> None:
    mine = BASE.replace(b"\n", b"\r\n").replace(b"a", b"A")
    found = merge_texts(BASE, mine, b"a\nb\nc\nd\nE\n", merge)
    assert found.content == b"A\r\nb\r\nc\r\nd\r\nE\r\n"
    assert found.conflicts == 0


def test_a_clean_merge_is_the_same_as_gits() -> None:
    source = random.Random(3)
    agreed = 0
    for _ in range(60):
        base = [f"{number}\n".encode() for number in range(30)]
        mine, theirs = list(base), list(base)
        mine[source.randrange(0, 12)] = b"mine\n"
        theirs.insert(source.randrange(16, 30), b"theirs\n")
        if source.random() < 0.5:
            del mine[13]
        texts = [b"".join(side) for side in (base, mine, theirs)]
        ours, gits = merge_lines(*texts), git_merge(*texts)
        assert (ours.conflicts, gits.conflicts) == (0, 0)
        assert ours.content == gits.content
        agreed += 1
    assert agreed == 60


def test_what_git_takes_for_a_binary_file_is_merged_by_lines() -> None:
    assert (
        git_merge(b"\0\na\nb\nc\n", b"\0\nA\nb\nc\n", b"\0\na\nb\nC\n").content == b"\0\nA\nb\nC\n"
    )
