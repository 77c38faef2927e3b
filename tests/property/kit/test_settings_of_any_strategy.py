"""Whatever a strategy says, the kit reads the settings that its phases hand out."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import Document, documents, some

from outgrow.catalog.load import load_catalog
from outgrow.render.kit.text import folded
from outgrow.render.system.build import build_system
from outgrow.render.system.model import Part
from outgrow.strategy.dump import write_yaml
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.prices import catalogue_for
from outgrow_kit import Settings
from outgrow_kit.web import TrustedProxies, security_headers, web_middleware

CATALOG = load_catalog()

KINDS = ("postgres", "postgres", "postgres", "redis", "mongodb", "worker")


@st.composite
def strategies_with_the_kit(draw: st.DrawFn) -> Strategy:
    """Draw a strategy in which one component imports the kit and talks to all others."""
    document: Document = draw(documents())
    first, *others = document["components"]
    own = document["components"][first]
    own |= {"kind": draw(st.sampled_from(("service", "frontend"))), "kit": True}
    own |= {"talks_to": draw(st.permutations(others))}
    for name in others:
        document["components"][name]["kind"] = draw(st.sampled_from(KINDS))
    if others:
        among = {"component": draw(st.sampled_from(others))}
        copies = {**among, "count": 2, "components": draw(some(others))}
        shards = {**among, "by": ["team_id"], "databases": draw(some(others))}
        document["data_growth"] = {"replicas": [copies], "sharding": [shards]}
    for phase in document["phases"].values():
        for name in document["components"]:
            phase["use"].setdefault(name, {"offering": "self-hosted/docker"})
    return parse_strategy(write_yaml(document)).strategy


def kit_parts(strategy: Strategy) -> list[Part]:
    """Return every part that imports the kit, in every phase and environment."""
    catalog = catalogue_for(strategy, CATALOG)
    return [
        part
        for phase in strategy.phases
        for environment in (None, *strategy.environments)
        for part in build_system(strategy, catalog, phase, environment).parts
        if part.spec.kit and "OUTGROW_KIT" in part.environment
    ]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies_with_the_kit())
def test_the_kit_reads_what_any_strategy_hands_out(strategy: Strategy) -> None:
    for part in kit_parts(strategy):
        values = {key: f"secret {key}" for key in part.secrets}
        read = Settings.from_environment({**part.environment, **values})
        assert (read.service, read.phase != "") == (part.name, True)
        assert web_middleware(read.http)
        assert TrustedProxies(read.http.trusted_proxies)
        assert security_headers(read.http)
        text = part.environment["OUTGROW_KIT"]
        assert json.loads(" ".join(folded(text))) == json.loads(text)
        assert "secret " not in text
        assert "$" not in text


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies_with_the_kit())
def test_every_address_has_a_variable_of_its_own_and_leads_to_a_linked_store(
    strategy: Strategy,
) -> None:
    for part in kit_parts(strategy):
        keys = [one.key for one in part.connections]
        assert len(keys) == len(set(keys))
        assert not set(part.secrets) & set(part.environment)
        database = json.loads(part.environment["OUTGROW_KIT"]).get("database", {})
        replicas = [one["url_from"] for one in database.get("replicas", [])]
        assert len({*replicas, database.get("url_from")}) == len(replicas) + 1
        assert {one.store for one in part.connections} <= set(part.links)
