"""Which host an address means, and what a strategy lets it be."""

from __future__ import annotations

import pytest

from outgrow.environments.addresses import (
    address_of,
    allowed,
    host_rule,
    password_of,
    same_data,
    stores_of,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("https://App.Daytona.io/api", "app.daytona.io:443"),
        ("http://localhost:3986", "localhost:3986"),
        ("https://app.daytona.io.:443/x", "app.daytona.io:443"),
        ("https://app.daytona.io@evil.example/api", "evil.example:443"),
        ("https://[::1]:8443/", "[::1]:8443"),
        ("https://bücher.example", "xn--bcher-kva.example:443"),
        ("postgresql+asyncpg://u:p@db/shop", "db:5432"),
    ],
)
def test_an_address_means_the_host_that_programs_connect_to(text: str, place: str) -> None:
    found = address_of(text)
    assert found is not None
    assert found.place == place
    assert "p@" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "app.daytona.io",
        "https://",
        "https://evil.example\\@app.daytona.io",
        "https://app.daytona.io /x",
        "https://app.daytona.io\n.evil.example",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://a,b/",
        "https://host:port/",
        "https://-x.example",
    ],
)
def test_what_programs_read_in_several_ways_is_no_address(text: str) -> None:
    assert address_of(text) is None


@pytest.mark.parametrize(
    ("url", "hosts", "is_allowed"),
    [
        ("https://api.example.com", ["api.example.com"], True),
        ("https://api.example.com:8443", ["api.example.com"], True),
        ("https://api.example.com:8443", ["api.example.com:443"], False),
        ("https://eu.api.example.com", ["*.example.com"], True),
        ("https://example.com", ["*.example.com"], False),
        ("https://api.example.com.evil.net", ["api.example.com", "*.example.com"], False),
        ("https://evilexample.com", ["*.example.com"], False),
        ("https://anything.example", ["*", "*.*", "*.example", ""], False),
    ],
)
def test_a_host_is_allowed_when_the_strategy_names_it(
    url: str, hosts: list[str], is_allowed: bool
) -> None:
    address = address_of(url)
    assert address is not None
    assert (allowed(address, hosts) is not None) is is_allowed


def test_a_rule_may_let_an_address_be_unencrypted() -> None:
    rule = host_rule("http://10.0.0.5:3986")
    assert rule is not None
    assert (rule.host, rule.port, rule.unencrypted) == ("10.0.0.5", 3986, True)
    assert host_rule("ftp://10.0.0.5") is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("postgres://u:p@db.example/shop", ["db.example/shop"]),
        ("postgresql://u:p@a:1,b:2/shop", ["a/shop", "b/shop"]),
        ("postgresql://u:p@harmless/shop?host=prod.example", ["prod.example/shop"]),
        ("postgresql://u:p@a/harmless?dbname=shop", ["a/shop"]),
        ("host=prod.example dbname=shop user=u password='a b'", ["prod.example/shop"]),
        ("jdbc:postgresql://prod.example/shop", ["prod.example/shop"]),
        ("https://example.com/x", []),
        ("just a text", []),
        ("host=a", []),
    ],
)
def test_a_database_is_found_however_its_address_is_written(text: str, places: list[str]) -> None:
    assert [f"{one.host}/{one.name}" for one in stores_of(text)] == places


def test_a_pooler_before_a_database_reaches_the_same_data() -> None:
    (direct,) = stores_of("postgresql://db.example:5432/shop")
    (pooled,) = stores_of("postgresql://db.example:6432/shop")
    (other,) = stores_of("postgresql://db.example:5432/shop_test")
    assert same_data(direct, pooled)
    assert not same_data(direct, other)


def test_two_databases_on_this_machine_are_told_apart_by_their_ports() -> None:
    (one,) = stores_of("postgresql://localhost:5432/shop")
    (two,) = stores_of("postgresql://localhost:5433/shop")
    assert not same_data(one, two)


def test_the_password_of_an_address_is_read_as_it_is_meant() -> None:
    assert password_of("redis://:p%40ss@cache") == "p@ss"
    assert password_of("redis://cache") is None
