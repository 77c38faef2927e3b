"""ETags tell content apart, not the accidents of how it was written."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zlib

import pytest

from outgrow_kit.web.etag import EntityTags, is_listed

JSON = "application/json"


def test_equal_content_has_an_equal_tag_whatever_the_order_of_keys() -> None:
    tags = EntityTags()
    one = tags.weak(b'{"a": 1, "b": {"c": 2, "d": [3]}}', JSON)
    assert one == tags.weak(b'{"b":{"d":[3],"c":2},"a":1}', "application/json; charset=utf-8")
    assert one != tags.weak(b'{"b":{"d":[3],"c":2},"a":2}', JSON)
    assert one is not None
    assert one.startswith('W/"')


def test_the_order_of_a_list_and_of_text_is_content() -> None:
    tags = EntityTags()
    assert tags.weak(b"[1, 2]", JSON) != tags.weak(b"[2, 1]", JSON)
    assert tags.weak(b'{"a":1,"b":2}', "text/plain") != tags.weak(b'{"b":2,"a":1}', "text/plain")


@pytest.mark.parametrize("level", [1, 9])
def test_compression_does_not_change_a_tag(level: int) -> None:
    tags, body = EntityTags(), b'{"a": 1}' + b" " * 500
    packed = gzip.compress(body, level, mtime=level)
    assert tags.weak(packed, JSON, "gzip") == tags.weak(body, JSON)
    assert tags.weak(zlib.compress(body, level), JSON, "deflate") == tags.weak(body, JSON)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x", "br"), (b"x", "gzip"), (gzip.compress(b"abc")[:-3], "gzip"),
     (gzip.compress(b"0" * 9_000_000), "gzip")],
    ids=["unknown", "not gzip", "cut short", "too long"],
)  # fmt: skip
def test_what_cannot_be_read_has_no_tag(body: bytes, encoding: str) -> None:
    assert EntityTags().weak(body, JSON, encoding) is None


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"1" * 10_000], ids=range(4))
def test_json_that_is_none_is_hashed_as_it_is(body: bytes) -> None:
    tags = EntityTags()
    assert tags.weak(body, JSON)
    assert tags.weak(body, JSON) != tags.weak(body + b" ", JSON)


def test_strong_tags_are_of_the_bytes() -> None:
    tags = EntityTags()
    assert tags.strong(b'{"a":1}') == tags.strong(b'{"a":1}')
    assert tags.strong(b'{"a":1}') != tags.strong(b'{"a": 1}')


def test_workers_with_other_hash_seeds_agree() -> None:
    program = (
        "import json; from outgrow_kit.web.etag import EntityTags;"
        "names = {'a', 'b', 'c', 'd', 'e', 'f'};"
        "body = json.dumps({name: ord(name) for name in names}).encode();"
        "print(EntityTags().weak(body, 'application/json'))"
    )
    tags = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(tags) == 1


def test_remembered_tags_are_bounded_and_stay_right() -> None:
    tags = EntityTags()
    first = tags.weak(b"0", JSON)
    for number in range(3000):
        tags.weak(str(number).encode(), JSON)
    assert tags.weak(b"0", JSON) == first
    assert len(tags._known) <= 1024


@pytest.mark.parametrize(
    ("if_none_match", "listed"),
    [
        ('"x"', True),
        ('W/"x"', True),
        ("*", True),
        ('"a", W/"x"', True),
        ('"a,x"', False),
        ('"x', False),
        ("x", False),
        ("", False),
        ('"X"', False),
    ],
)
def test_if_none_match_is_read_as_http_says(if_none_match: str, listed: bool) -> None:
    assert is_listed('W/"x"', if_none_match) is listed
    assert is_listed('"x"', if_none_match) is listed
