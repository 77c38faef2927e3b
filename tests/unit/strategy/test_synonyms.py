"""A word that people use for one of ours leads to it."""

from __future__ import annotations

import pytest

from outgrow.errors import InvalidStrategy
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.synonyms import word_meant

TEXT = """
outgrow: 1
name: t
components: {a: {kind: KIND}}
phases: {one: {use: {a: {price: {per_month: 1}}}}}
"""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("kafka", "queue"),
        ("Elasticsearch", "search"),
        ("vector-db", "vector_store"),
        ("cron job", "scheduler"),
        ("firestore", "database"),
        ("worekr", "worker"),
    ],
)
def test_the_kind_that_is_meant_is_suggested(said: str, meant: str) -> None:
    with pytest.raises(InvalidStrategy) as raised:
        parse_strategy(TEXT.replace("KIND", said))
    [found] = raised.value.diagnostics
    assert found.remedy.startswith(f"Did you mean `{meant}`? ")


def test_a_synonym_counts_only_where_the_word_is_allowed() -> None:
    assert word_meant("kafka", ("slack", "email")) is None
