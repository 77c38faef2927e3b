"""What the YAML writer writes is read as the same value, whoever reads it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from outgrow.render.writers.yaml_text import Commented, yaml_text

HOSTILE = st.sampled_from(
    [
        '', ' ', 'yes', 'No', 'on', '~', 'null', '0x1f', '0o17', '017', '1:30', '1e3', '.inf',
        '- a', 'a: b', 'a #b', '#', '*x', '&x', '!x', '%x', '@x', '`x', '{a}', '[a]', '? a',
        '|', '>', "'", '"', '\\', '${x}', '{{ x }}', '2026-01-01', '1_000', '<<', '=', '--- a',
        '...', 'a\nb', 'a\n', '\na', ' a\nb', 'a \nb', 'a\n\n\nb\n', 'a\r\nb', '\t', '\u2028',
        '\ufeff', '\x85', '\x07', 'é', '🙂', 'x:', ':', 'true', 'True', '+1', '-', '1.', '0b1',
        '1,000', 'a\n# no comment', '-1', 'NaN', '\U0010ffff', '---', 'a\n---\nb',
    ]
)  # fmt: skip
TEXT = HOSTILE | st.text(alphabet=st.characters(exclude_categories=["Cs"]))
SCALAR = st.none() | st.booleans() | st.integers() | TEXT
VALUE: st.SearchStrategy[Any] = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


class _CoreSchema(yaml.SafeLoader):
    """Reads plain scalars as YAML 1.2's core schema does."""


_CoreSchema.yaml_implicit_resolvers = {}
for _tag, _pattern in (
    ("null", r"null|Null|NULL|~|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.nan"),  # noqa: E501
):  # fmt: skip
    _CoreSchema.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None
    )


@given(VALUE)
def test_both_versions_of_yaml_read_what_was_written(value: Any) -> None:
    text = yaml_text(value)
    assert yaml.safe_load(text) == value
    assert yaml.load(text, _CoreSchema) == value


@given(st.lists(VALUE, min_size=1, max_size=3))
def test_several_documents_are_read_one_by_one(values: list[Any]) -> None:
    assert list(yaml.safe_load_all(yaml_text(*values))) == values


def commented(value: Any, comment: str) -> Any:
    """Return `value` with the comment at every place that can have one."""
    if isinstance(value, dict):
        inner: Any = {key: commented(one, comment) for key, one in value.items()}
    elif isinstance(value, list):
        inner = [commented(one, comment) for one in value]
    else:
        inner = value
    return Commented(inner, comment)


@given(VALUE, TEXT, TEXT)
def test_comments_change_nothing(value: Any, comment: str, header: str) -> None:
    text = yaml_text(commented(value, comment), header=header)
    assert yaml.safe_load(text) == value


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    )
)
def test_a_decimal_is_read_as_the_same_number(value: Decimal) -> None:
    assert Decimal(str(yaml.safe_load(yaml_text({"x": value}))["x"])) == value
