"""Env files are read and written as all of their readers agree."""

from __future__ import annotations

import pytest

from outgrow.environments.env_text import read_env_text, written


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("  export KEY = value", "value"),
        ("KEY=a#b", "a#b"),
        ("KEY=a # told", "a"),
        ("KEY=# told", ""),
        ("KEY='a # b'", "a # b"),
        ('KEY="a\\nb"', "a\nb"),
        ('KEY="say \\"x\\"" # told', 'say "x"'),
        ("KEY=", ""),
        ("KEY='one\ntwo'", "one\ntwo"),
        ("KEY=a=b", "a=b"),
    ],
)
def test_a_line_is_read_as_its_writer_meant_it(line: str, value: str) -> None:
    found = read_env_text(f"# first\n\n{line}\n")
    assert dict(found.values) == {"KEY": value}
    assert found.assignments[0].first == 3
    assert found.strange == ()


def test_lines_that_are_no_assignment_are_told_with_their_numbers() -> None:
    found = read_env_text("A=1\nnonsense\nB='open\nC=3\n")
    assert found.strange == (2, 3)
    assert dict(found.values) == {"A": "1", "C": "3"}


def test_a_key_with_two_values_is_told() -> None:
    assert read_env_text("A=1\nB=2\nA=1\nB=3\n").contradicting == ("B",)


@pytest.mark.parametrize(
    "value", ["plain", "with blank", 'json {"a": "$5"}', "it's", "a\nb", "", "a#b", "C:\\path"]
)
def test_what_is_written_is_read_back(value: str) -> None:
    line = written("KEY", value)
    assert line is not None
    assert dict(read_env_text(line).values) == {"KEY": value}


@pytest.mark.parametrize(
    "value", ["'\"", "it's $5", "a\x00b", "\\\\server", "end\\", "a\u2028b", "x\n# <<< outgrow y"]
)
def test_what_readers_would_differ_on_is_not_written(value: str) -> None:
    assert written("KEY", value) is None
