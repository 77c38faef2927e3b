"""Blocks and strings of Alloy's language come back as they were."""

from __future__ import annotations

import pytest
from tests.rendered.alloy_syntax import Reference, read_alloy

from outgrow.render.writers.alloy_text import AlloyBlock, Expression, Pattern, alloy_text

HOSTILE = [
    'quote " backslash \\ and `tick`',
    "line\nbreak\ttab",
    '} block "x" {',
    "\x00\x7f\x85\u2028\ufeff",
    "{{ .Value }} ${HOME} // no comment",
    "é 😀",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    block = AlloyBlock(
        "loki.write",
        "x",
        {"plain": text, "pattern": Pattern(text), "list": [text, text], "map": {text: text}},
        comment=text,
    )
    (read,) = read_alloy(alloy_text([block], header=text)).blocks
    assert read.attributes == {
        "plain": text,
        "pattern": text,
        "list": [text, text],
        "map": {text: text},
    }
    assert (read.name, read.label) == ("loki.write", "x")


def test_references_calls_numbers_and_empty_blocks_are_written() -> None:
    blocks = [
        AlloyBlock("one", attributes={"a": Expression('sys.env("X")'), "bb": True, "c": 3}),
        AlloyBlock("two"),
    ]
    text = alloy_text(blocks)
    assert text == 'one {\n\ta  = sys.env("X")\n\tbb = true\n\tc  = 3\n}\n\ntwo { }\n'
    first = read_alloy(text).blocks[0]
    assert first.attributes == {"a": Reference("sys.env", ("X",)), "bb": True, "c": 3.0}
