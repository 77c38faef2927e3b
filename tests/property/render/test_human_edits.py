"""1,000 edits by people, and a strategy that changes under them: none of them is destroyed."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from tests.unit.render.tree.folders import MemoryFolder, kinds, render

from outgrow.render.tree.manifest import BASES, SUFFIX, hash_of
from outgrow.render.tree.merge import merge_lines
from outgrow.render.tree.plan import Ways

EDITS = 1000
NAMES = ("README.md", "k/base/api.yaml", "k/kustomization.yaml", "t/main.tf", "t/network.tf")


def rendering(source: random.Random) -> dict[str, str]:
    """Return a rendering of which some files, and some lines, come and go."""
    chosen = [name for name in NAMES if source.random() < 0.85]
    return {
        name: "".join(
            f"{name} line {number} = {source.choice('abc') if number % 4 == 0 else 'same'}\n"
            for number in range(source.choice((12, 12, 12, 16)))
        )
        for name in chosen
    }


def edited(content: bytes, source: random.Random) -> bytes | None:
    """Return what a person makes of a file; None when they remove it."""
    lines = content.splitlines(keepends=True)
    at = source.randrange(len(lines)) if lines else 0
    mine = f"a person wrote this {source.random()}\n".encode()
    kind = source.randrange(9)
    if kind == 0:
        return None
    if kind == 1:
        return b"".join([*lines[:at], mine, *lines[at + 1 :]])
    if kind == 2:
        return content + mine
    if kind == 3:
        return content.replace(b"\n", b"\r\n")
    if kind == 4:
        return b"".join([*lines[:at], *lines[at + 1 :]]) or mine
    if kind == 5:
        return b""
    if kind == 6:
        return b"\xff\xfe binary \x00" + source.randbytes(20)
    if kind == 7:
        return content.rstrip(b"\n")
    return b"".join([*lines[:at], mine, *lines[at:]])


def edit(folder: MemoryFolder, source: random.Random) -> dict[str, bytes]:
    """Let a person at the folder, new versions included; return every text that is theirs now."""
    theirs: dict[str, bytes] = {}
    for path in source.sample(sorted(folder.visible()), k=min(2, len(folder.visible()))):
        made = edited(folder.files[path], source)
        if made is None:
            del folder.files[path]
        elif made != folder.files[path]:
            folder.files[path] = made
            if f"{BASES}/{hash_of(made)}" not in folder.files:  # else they undid their own edit
                theirs[path] = made
    if source.random() < 0.3:
        path = f"{source.choice(['k', 't'])}/own-{source.randrange(4)}.txt"
        folder.files[path] = theirs[path] = source.randbytes(30)
    if source.random() < 0.2:
        path = source.choice(NAMES)  # a file of theirs where one of ours comes or came
        folder.files[path] = theirs[path] = f"theirs {source.random()}\n".encode()
    return theirs


def lost(theirs: Mapping[str, bytes], folder: MemoryFolder) -> list[str]:
    """Return the files of a person whose bytes are nowhere any more."""
    kept = set(folder.files.values())
    return [path for path, content in theirs.items() if content not in kept]


@pytest.mark.parametrize("merging", [False, True], ids=["beside", "merged"])
def test_none_of_1000_edits_is_destroyed(merging: bool) -> None:
    source = random.Random(20_26 + merging)
    ways = Ways(merge=merge_lines if merging else None)
    edits = 0
    seen: set[str] = set()
    while edits < EDITS:
        folder = MemoryFolder()
        render(folder, rendering(source), ways)
        for _ in range(4):
            theirs = edit(folder, source)
            removed = set(NAMES) - set(folder.files)
            plan = render(folder, rendering(source), ways)
            assert lost(theirs, folder) == []
            if not merging:
                assert {p: folder.files.get(p) for p in theirs} == theirs
            seen |= set(kinds(plan).values())
            edits += len(theirs) + len(removed)
    assert edits >= EDITS
    expected = {"create", "update", "unchanged", "edited", "deleted", "remove", "stale", "conflict"}
    assert expected - seen == set(), "the edits reach every kind of outcome"
    assert ("merge" in seen) is merging


def test_merges_of_random_edits_hold_both_sides() -> None:
    source = random.Random(11)
    merged = 0
    while merged < 200:
        old = rendering(source)
        name = source.choice(sorted(old) or ["README.md"])
        if name not in old:
            continue
        folder = MemoryFolder()
        render(folder, old)
        lines = old[name].splitlines(keepends=True)
        # Lines that every rendering shares lie between those that change.
        at = source.choice([n for n in range(len(lines)) if n % 4 == 2])
        mine = f"a person wrote this {source.random()}\n"
        folder.files[name] = "".join([*lines[:at], mine, *lines[at + 1 :]]).encode()
        new = {**old, name: old[name].replace("= a\n", "= changed\n")}
        plan = render(folder, new, Ways(merge=merge_lines))
        if new == old:
            continue
        merged += 1
        assert kinds(plan)[name] == "merge"
        text = folder.files[name].decode()
        assert mine in text
        assert text.count("= changed\n") == new[name].count("= changed\n")
        assert "= a\n" not in text
        assert name + SUFFIX not in folder.files
