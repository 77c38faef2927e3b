"""Whatever a strategy says, writing it and reading it back says the same."""

from __future__ import annotations

import json

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import Document, documents, texts_of_people

from outgrow.diagnostics import Diagnostic, format_diagnostic
from outgrow.errors import InvalidStrategy
from outgrow.strategy.dump import dump_strategy, write_yaml
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.schema import packaged_schema
from outgrow.strategy.yaml_nodes import to_data
from outgrow.strategy.yaml_source import read_yaml

SCHEMA = jsonschema.Draft202012Validator(json.loads(packaged_schema()))
slow = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@slow
@given(documents())
def test_parse_dump_parse_is_the_identity(document: Document) -> None:
    once = parse_strategy(write_yaml(document)).strategy
    written = dump_strategy(once)
    again = parse_strategy(written).strategy
    assert again == once
    assert dump_strategy(again) == written


@slow
@given(documents())
def test_which_keys_were_written_survives_a_dump(document: Document) -> None:
    once = parse_strategy(write_yaml(document)).strategy
    again = parse_strategy(dump_strategy(once)).strategy
    assert again.model_fields_set == once.model_fields_set
    assert again.model_dump(exclude_unset=True) == once.model_dump(exclude_unset=True)


@slow
@given(documents())
def test_every_accepted_strategy_is_valid_by_the_schema(document: Document) -> None:
    data = to_data(read_yaml(write_yaml(document).encode(), "x").root)
    errors = [error.message for error in SCHEMA.iter_errors(data)]
    assert errors == []


@given(st.dictionaries(texts_of_people, texts_of_people | st.decimals(-9999, 9999, places=5)))
def test_texts_and_numbers_are_read_as_they_were_written(values: dict[str, object]) -> None:
    root = read_yaml(write_yaml(values).encode(), "x").root
    assert to_data(root) == values


def refusals(data: str | bytes) -> tuple[Diagnostic, ...]:
    """Return why `data` is refused; nothing when it is accepted."""
    try:
        parse_strategy(data)
    except InvalidStrategy as invalid:
        return invalid.diagnostics
    return ()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_are_refused_with_reasons(data: bytes) -> None:
    found = refusals(data)
    assert found
    assert all(problem.reason and problem.location for problem in found)


DAMAGE = (
    *("\t", ":", "- ", "&a ", "*a", "{", "]", '"', "\x00", "\n", "~", "|", "? ", "%TAG x\n"),
    *("9" * 50, "1e999999999", "!!x ", "<<: 1\n", "\udc80", "-1", "--- ", "\u2028"),
)


@slow
@given(documents(), st.data())
def test_a_damaged_file_is_read_or_refused_with_reasons(
    document: Document, data: st.DataObject
) -> None:
    text = write_yaml(document)
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 20))
    damaged = text[:at] + data.draw(st.sampled_from(DAMAGE)) + text[at + removed :]
    assert all(problem.reason and problem.remedy for problem in refusals(damaged))


KEYS = st.sampled_from(
    [
        *("name", "components", "phases", "demand", "use", "app", "db", "kind", "needs", "per"),
        *("settings", "usage", "limits", "when", "any", "price", "extends", "<<", "next", "claims"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_shape_under_the_known_keys_is_refused_with_places(document: Document) -> None:
    found = refusals(write_yaml({"outgrow": 1, **document}))
    assert found
    assert all(problem.location and format_diagnostic(problem) for problem in found)
