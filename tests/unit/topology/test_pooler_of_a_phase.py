"""A pooler may come with a later phase; before that an application connects directly."""

from __future__ import annotations

import pytest

from outgrow.catalog.load import load_catalog
from outgrow.errors import InvalidStrategy
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for
from outgrow.topology.resolve import resolve

TEXT = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    talks_to: [db]
    needs: {pool: {to: db, maximum: 9, pooler: pgbouncer, pooler_from_phase: grown}}
  db: {kind: postgres}
phases:
  small: {use: &all {api: {offering: self-hosted/docker}, db: {offering: self-hosted/docker}},
          next: {grown: {}}}
  grown: {use: *all, next: {large: {}}}
  large: {use: *all}
"""


@pytest.mark.parametrize(
    ("phase", "pooler"), [("small", "none"), ("grown", "pgbouncer"), ("large", "pgbouncer")]
)
def test_the_pooler_is_there_from_its_phase_on(phase: str, pooler: str) -> None:
    strategy = parse_strategy(TEXT).strategy
    topology = resolve(strategy, catalogue_for(strategy, load_catalog()), phase)
    (api,) = [one for one in topology.resources if one.component == "api"]
    assert api.spec.needs.pool is not None
    assert (api.spec.needs.pool.pooler, api.spec.needs.pool.maximum) == (pooler, 9)


def test_a_phase_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidStrategy) as refused:
        parse_strategy(TEXT.replace("pooler_from_phase: grown", "pooler_from_phase: gone"))
    (problem,) = refused.value.diagnostics
    assert problem.path[-1] == "pooler_from_phase"
