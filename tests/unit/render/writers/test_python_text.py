"""Python as its formatters leave it."""

from __future__ import annotations

import ast

import pytest

from outgrow.render.writers.python_text import (
    Item,
    call,
    comment_lines,
    dictionary,
    document,
    formatted,
    listed,
    statement,
    string,
)


def test_what_fits_is_one_line() -> None:
    made = call("aws.ec2.Vpc", [Item('"main"'), Item('"10.0.0.0/16"', "cidr_block=")])
    assert statement(made, "vpc = ") == 'vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")'


def test_what_does_not_fit_has_an_item_a_line_and_a_trailing_comma() -> None:
    made = call("f", [Item("a" * 50, "x="), Item("b" * 50, "y=")])
    assert statement(made) == f"f(\n    x={'a' * 50},\n    y={'b' * 50},\n)"


def test_a_comment_explodes_what_it_stands_in() -> None:
    made = dictionary([Item("1", '"a": ', "why")])
    assert statement(made) == '{\n    # why\n    "a": 1,\n}'


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        'say "hi"',
        "it's",
        "both \" and '",
        "back\\slash",
        "a\nb",
        "\x00\x1b",
        "é\u202e",
        "{x}",
    ],
)
def test_every_text_comes_back(text: str) -> None:
    assert ast.literal_eval(string(text)) == text
    assert ast.literal_eval(document(text)) == text


def test_quotes_are_those_that_need_fewer_escapes() -> None:
    assert string('{"a": 1}') == "'{\"a\": 1}'"
    assert string("it's") == '"it\'s"'


def test_braces_of_a_text_are_no_placeholders() -> None:
    assert formatted(["arn:{", ("account",), "}"]) == 'f"arn:{{{account}}}"'


def test_a_comment_never_leaves_its_lines() -> None:
    assert all(line.startswith("#") for line in comment_lines("one\nimport os\n\nthree"))


def test_a_list_of_calls_nests() -> None:
    made = listed([Item(call("g", [Item("x" * 90)]))])
    assert statement(made) == f"[\n    g(\n        {'x' * 90},\n    ),\n]"
