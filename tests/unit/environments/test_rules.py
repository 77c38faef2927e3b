"""The rules of environments, as functions of facts."""

from __future__ import annotations

import pytest
from tests.environments import FILES, digest, resolved

from outgrow.environments.addresses import stores_of
from outgrow.environments.rules import (
    AppliedHead,
    ProductionStores,
    migrations_allowed,
    production_data_problems,
    require_load_tests,
    store_mark,
)
from outgrow.errors import InputError
from outgrow.strategy.environments import Rules


def test_load_is_sent_only_where_the_rules_allow_it() -> None:
    require_load_tests(Rules(), "staging")
    with pytest.raises(InputError, match="production allow no load tests"):
        require_load_tests(Rules(load_tests=False), "production")


def test_migrations_reach_production_after_they_were_in_staging() -> None:
    rules = Rules(migrations_first_in="staging")
    applied = [AppliedHead("staging", "a1"), AppliedHead("production", "b2")]
    assert migrations_allowed(rules, "production", ["a1"], applied).allowed
    refused = migrations_allowed(rules, "production", ["a1", "b2"], applied)
    assert (refused.allowed, refused.missing) == (False, ("b2",))
    assert "staging" in refused.reason


def test_without_a_rule_and_in_the_first_environment_itself_migrations_are_free() -> None:
    assert migrations_allowed(Rules(), "production", ["a1"], []).allowed
    rules = Rules(migrations_first_in="staging")
    assert migrations_allowed(rules, "staging", ["a1"], []).allowed


def test_production_is_recognised_by_what_was_seen_before() -> None:
    (seen,) = stores_of("postgresql://db.shop.example:5432/shop")
    remembered = frozenset({digest(store_mark(seen))})
    production = ProductionStores("production", (), remembered, {})
    bad = {"DATABASE_URL": "postgresql://me:x@db.shop.example:6432/shop"}
    found = list(production_data_problems(resolved("development", bad), production, digest))
    assert [one.key for one in found] == ["DATABASE_URL"]
    good = resolved("development", FILES["development"])
    assert list(production_data_problems(good, production, digest)) == []


def test_production_may_reach_its_own_data() -> None:
    here = resolved("production", FILES["production"])
    stores = stores_of(FILES["production"]["DATABASE_URL"])
    production = ProductionStores("production", stores, frozenset(), {})
    assert list(production_data_problems(here, production, digest)) == []
