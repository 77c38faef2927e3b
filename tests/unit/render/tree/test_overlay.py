"""Overlays change what they say and nothing else, and say so when they change nothing."""

from __future__ import annotations

import json

import pytest
import yaml

from outgrow.render.tree.overlay import apply_overlay

COMPOSE = """\
# The whole of it.
---
services:
  # Why there is an api.
  api:
    image: api:1  # pinned
    environment:
      A: "1"
      # Why B.
      B: two
    ports:
      - "8000:8000"
  db:
    image: postgres:16
"""
TWO = """\
---
kind: Deployment
metadata:
  name: api
spec:
  replicas: 2 # enough
---
kind: Service
metadata:
  name: api
"""


def overlaid(text: str, patch: str, name: str = "x.yaml") -> str:
    found = apply_overlay({name: text}, {name: patch.encode()})
    assert found.problems == ()
    assert found.patched == (name,)
    return found.files[name]


def problem(files: dict[str, str], path: str, content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    (one,) = apply_overlay(files, {path: data}).problems
    assert one.path == path
    return one.reason


def test_a_mapping_is_merged_and_every_other_line_stays() -> None:
    patch = "services: {api: {environment: {A: changed, C: new}, ports: ['80:80']}}\n"
    text = overlaid(COMPOSE, patch)
    assert text == COMPOSE.replace('A: "1"', "A: changed").replace(
        "B: two\n", "B: two\n      C: new\n"
    ).replace("8000:8000", "80:80")


def test_null_removes_a_key_with_the_comment_about_it() -> None:
    text = overlaid(COMPOSE, "services: {api: {environment: {B: null}}, db: null}\n")
    assert "Why B" not in text
    assert "postgres" not in text
    assert "# Why there is an api." in text
    assert list(yaml.safe_load(text)["services"]["api"]["environment"]) == ["A"]


def test_removing_the_last_key_leaves_an_empty_mapping() -> None:
    text = overlaid("a:\n  b: 1\nc: 2\n", "a: {b: null}\n")
    assert yaml.safe_load(text) == {"a": {}, "c": 2}


def test_a_document_of_several_is_found_by_kind_and_name() -> None:
    text = overlaid(TWO, "kind: Deployment\nmetadata: {name: api}\nspec: {replicas: 5}\n")
    assert text == TWO.replace("replicas: 2", "replicas: 5")


@pytest.mark.parametrize(
    ("text", "patch", "reason"),
    [
        (TWO, "kind: Job\n", "no document of the file with kind 'Job'"),
        (TWO, "spec: {}\n", "holds 2 documents"),
        (COMPOSE, "services: {api: {imagee: null}}\n", "no services/api/imagee to remove"),
        (COMPOSE, "- a\n", "a patch is a mapping"),
        (COMPOSE, "a: [\n", "cannot be read in line 2"),
    ],
)
def test_a_patch_that_changes_nothing_says_why(text: str, patch: str, reason: str) -> None:
    assert reason in problem({"x.yaml": text}, "x.yaml", patch)


def test_words_that_yaml_1_1_reads_as_truth_stay_words() -> None:
    text = overlaid("on:\n  push: {}\nname: x\n", "on: {schedule: [{cron: '0 0 * * *'}]}\n")
    assert text == "on:\n  push: {}\n  schedule:\n    - cron: 0 0 * * *\nname: x\n"


def test_json_is_merged_as_json() -> None:
    text = overlaid('{"a": {"b": 1, "c": 2}}', '{"a": {"c": null, "d": 3.5}}', "x.json")
    assert json.loads(text) == {"a": {"b": 1, "d": 3.5}}
    assert text.endswith("}\n")


def test_a_patch_is_applied_where_its_lines_stand() -> None:
    old = "a\nb\nc\nd\n"
    patch = "--- a/x.tf\n+++ b/x.tf\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n"
    for text in (old, "more\nabove\n" + old):
        found = apply_overlay({"x.tf": text}, {"x.tf.patch": patch.encode()})
        assert found.files["x.tf"] == text.replace("c", "C")
        assert found.patched == ("x.tf",)


def test_a_patch_can_add_at_the_start_and_end_a_file_without_a_newline() -> None:
    patch = "@@ -0,0 +1,1 @@\n+first\n@@ -1,1 +2,1 @@\n-a\n+b\n\\ No newline at end of file\n"
    found = apply_overlay({"x": "a\n"}, {"x.patch": patch.encode()})
    assert found.files["x"] == "first\nb"


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("x.tf.patch", "@@ -1,1 +1,1 @@\n-nope\n+yes\n", "hunk 1 (line 1 of the patch)"),
        ("x.tf.patch", "no patch", "holds no hunk"),
        ("y.tf.patch", "@@ -1,1 +1,1 @@\n-a\n+b\n", "y.tf is not rendered"),
        ("x.tf", "resource {}\n", "patch it with x.tf.patch"),
        ("x.tf.patch", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_an_overlay_that_misses_is_a_problem(path: str, content: str | bytes, reason: str) -> None:
    assert reason in problem({"x.tf": "a\nb\n"}, path, content)


def test_any_other_file_is_added() -> None:
    found = apply_overlay({"x.tf": "a\n"}, {"sub/own.tf": b"mine\n"})
    assert found.files == {"x.tf": "a\n", "sub/own.tf": "mine\n"}
    assert found.added == ("sub/own.tf",)


def test_every_problem_is_told_at_once() -> None:
    found = apply_overlay({"x.tf": "a\n"}, {"x.tf": b"", "y.patch": b""})
    assert [one.path for one in found.problems] == ["x.tf", "y.patch"]
