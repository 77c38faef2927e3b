"""A proof aims at what the strategy says is the team's own, where the rules allow it."""

from __future__ import annotations

import pytest

from outgrow.deploy.load_target import LoadTarget, load_target
from outgrow.errors import InputError
from outgrow.strategy.deploys import DeployHost, DeployProxy
from outgrow.strategy.environments import Environment


def test_the_proxy_of_this_machine_is_asked_for_the_name_of_the_component() -> None:
    settings = Environment(
        machines={"here": DeployHost()},
        proxy=DeployProxy(listen="127.0.0.1:8080"),
        urls={"api": "https://api.shop.example/v1"},
    )

    found = load_target(settings, "staging", "api")

    assert found == LoadTarget("127.0.0.1", 8080, "api.shop.example", tls=False)


def test_machines_without_a_proxy_have_outgrows_own_one_here() -> None:
    found = load_target(Environment(machines={"a": DeployHost()}), "staging", "api")

    assert found == LoadTarget("127.0.0.1", 80, "localhost", tls=False)


def test_a_proxy_on_another_machine_is_asked_at_its_address() -> None:
    settings = Environment(
        machines={"edge": DeployHost(ssh="deploy@edge", address="10.0.0.7")},
        proxy=DeployProxy(host="edge", listen=":443", certificates="/etc/certs"),
    )

    assert load_target(settings, "staging", "api") == LoadTarget("10.0.0.7", 443, "localhost", True)


def test_without_machines_the_address_of_the_component_is_asked() -> None:
    settings = Environment(urls={"api": "https://api.shop.example", "web": "http://shop:8080/"})

    assert load_target(settings, "staging", "api") == LoadTarget(
        "api.shop.example", 443, "api.shop.example", tls=True
    )
    assert load_target(settings, "staging", "web") == LoadTarget("shop", 8080, "shop:8080", False)


def test_a_user_name_in_an_address_goes_nowhere() -> None:
    settings = Environment(urls={"api": "https://ann:secret@api.shop.example"})

    assert load_target(settings, "staging", "api").name == "api.shop.example"


def test_nothing_is_asked_that_the_strategy_does_not_name() -> None:
    with pytest.raises(InputError, match="does not say where users of api come in"):
        load_target(Environment(urls={"web": "https://shop.example"}), "staging", "api")


def test_an_address_of_no_site_is_refused() -> None:
    with pytest.raises(InputError, match="no address of a site"):
        load_target(Environment(urls={"api": "ftp://shop.example"}), "staging", "api")


def test_a_proxy_that_listens_at_no_port_is_refused() -> None:
    with pytest.raises(InputError, match="no port"):
        load_target(Environment(proxy=DeployProxy(listen="/run/shop.sock")), "staging", "api")
