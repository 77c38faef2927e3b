"""A manifest is read from disk, where anybody can write."""

from __future__ import annotations

import json

import pytest

from outgrow.errors import InputError
from outgrow.render.tree.manifest import FileRecord, Manifest, manifest_text, parse_manifest

MANIFEST = Manifest(
    'a "name"',
    "p",
    "e",
    "1",
    ("a", "b"),
    {"b/x": FileRecord("b", "12"), "a/y": FileRecord("a", "", "3", "4", "5")},
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    text = manifest_text(MANIFEST)
    assert parse_manifest(text, "m") == MANIFEST
    assert list(json.loads(text)["files"]) == ["a/y", "b/x"]
    empty = Manifest("s", "p", "e", "1")
    assert parse_manifest(manifest_text(empty), "m") == empty


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/../../b", "a\\b", "."])
def test_a_path_out_of_the_folder_is_refused(path: str) -> None:
    text = manifest_text(Manifest("s", "p", "e", "1", (), {path: FileRecord("a", "1")}))
    with pytest.raises(InputError, match="not the path of a file in this folder"):
        parse_manifest(text, "m")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<<<<<<< HEAD\n", "not JSON"),
        ("[]", "not a manifest"),
        ("[" * 100_000, "not JSON"),
        ('{"outgrow_manifest": 2, "files": {}}', "format 2"),
        ('{"outgrow_manifest": 1, "files": {}}', "what it is of"),
        (manifest_text(MANIFEST).replace('{"target": "b", "sha256": "12"}', "7"), "nothing is"),
    ],
)
def test_what_is_no_manifest_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        parse_manifest(text, "m")
    assert refused.value.remedy
