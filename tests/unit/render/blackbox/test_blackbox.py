"""Which addresses are asked, by which module, and what cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, system
from tests.unit.render.written_systems import system_with, text_of

from outgrow.render.alerts.define import alerts_of
from outgrow.render.blackbox import TARGET
from outgrow.render.blackbox.probes import internal_probes, public_probes, store_probes
from outgrow.render.system.model import System

SHOP = """
web: {kind: frontend, build: {framework: vite}, talks_to: [api], public: true}
api: {kind: service, build: {}, needs: {health_path: /healthz}, talks_to: [db], public: true}
db: {kind: postgres}
"""
HOSTILE = 'https://shop.example.com/"\n    module: [x]\n# {{ $value }} ${HOME}'


def at(found: System, **urls: str) -> System:
    settings = found.settings.model_copy(update={"urls": urls})
    return replace(found, settings=settings)


def codes(found: System) -> set[str]:
    return {loss.code for loss in TARGET.render(found).losses}


def jobs(found: System) -> dict[str, Any]:
    read = yaml.safe_load(text_of(TARGET.render(found), "scrape.yml"))
    return {job["job_name"]: job for job in read["scrape_configs"]}


def test_a_public_address_is_asked_over_tls_and_for_its_redirect() -> None:
    found = at(system_with(SHOP), api="https://api.example.com")
    assert [(one.module, one.address) for one in public_probes(found)] == [
        ("https_2xx", "https://api.example.com/healthz"),
        ("http_redirects_to_https", "http://api.example.com/"),
    ]


def test_an_address_without_tls_is_asked_as_it_is() -> None:
    found = at(system_with(SHOP), web="http://localhost:8080/shop/")
    (probe,) = public_probes(found)
    assert (probe.module, probe.address) == ("http_2xx", "http://localhost:8080/shop/")


def test_containers_are_asked_within_their_network() -> None:
    found = system_with(SHOP)
    assert [one.address for one in internal_probes(found)] == [
        "http://web:8080/",
        "http://api:8000/healthz",
    ]
    assert [(one.module, one.address) for one in store_probes(found)] == [
        ("tcp_connect", "db:5432")
    ]


def test_what_runs_on_a_cluster_is_asked_by_the_cluster() -> None:
    assert internal_probes(system("nowry", "kubernetes")) == ()


def test_prometheus_asks_the_exporter_and_keeps_the_component() -> None:
    job = jobs(at(system_with(SHOP), api="https://api.example.com"))["probe-public-https-2xx"]
    assert job["params"] == {"module": ["https_2xx"]}
    assert job["static_configs"] == [
        {"targets": ["https://api.example.com/healthz"], "labels": {"component": "api"}}
    ]
    assert job["relabel_configs"][-1]["replacement"] == "blackbox:9115"


def test_what_is_public_without_an_address_is_said_in_the_file() -> None:
    text = text_of(TARGET.render(system_with(SHOP)), "scrape.yml")
    assert "has no address of them: web, api." in " ".join(text.replace("#", "").split())
    asked = at(system_with(SHOP), web="https://a.example", api="https://b.example")
    assert "has no address" not in text_of(TARGET.render(asked), "scrape.yml")


@pytest.mark.parametrize(
    "url",
    [
        HOSTILE,
        "shop.example.com",
        "ftp://shop.example.com",
        "https://user:password1@shop.example.com",
        "https://shop.example.com:99999",
        "https://shop example.com",
        "https://",
    ],
)
def test_what_is_no_address_is_a_loss_and_never_written(url: str) -> None:
    found = at(system_with(SHOP), web="https://a.example", api=url)
    assert "blackbox-address" in codes(found)
    text = text_of(TARGET.render(found), "scrape.yml")
    assert "module: [x]" not in text
    assert "password1" not in text


def test_a_hostile_health_path_is_a_loss_and_never_written() -> None:
    found = system_with(SHOP)
    parts = tuple(
        replace(p, health=p.health.model_copy(update={"path": '/"\n- x: {{y}}'}))
        if p.name == "api" and p.health
        else p
        for p in found.parts
    )
    broken = replace(found, parts=parts)
    assert "blackbox-address" in codes(broken)
    assert "{{y}}" not in text_of(TARGET.render(broken), "scrape.yml")


def test_it_is_rendered_where_prometheus_or_an_uptime_monitor_of_ones_own_asks() -> None:
    assert TARGET.applies(system("nexod", "production"))
    assert TARGET.applies(system("sample-app", "one-server"))  # its stack runs the exporter
    assert not TARGET.applies(system("sprint-one", "terraform"))  # UptimeRobot asks there
    own = system_with("up: {kind: uptime}", up={"offering": "self-hosted/docker"})
    assert TARGET.applies(own)
    assert TARGET.render(own).covers == {"up"}


def test_the_certificate_of_every_address_over_tls_has_an_alert() -> None:
    found = system("sample-app", "one-server")
    asked = {one.part for one in public_probes(found) if one.module == "https_2xx"}
    rules = alerts_of(found).rules
    assert asked
    assert asked <= {rule.part for rule in rules if rule.metric == "certificate_days_left"}


def test_any_system_can_be_asked_for_it() -> None:
    for name, found in all_systems():
        rendering = TARGET.render(found)
        assert [file.path for file in rendering.files] == ["blackbox.yml", "scrape.yml"], name
        assert rendering == TARGET.render(found), name
