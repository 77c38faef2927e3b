"""Prometheus scrapes each slot of a deploy by its name, where it can reach the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from tests.systems import system
from tests.unit.render.written_systems import text_of

from outgrow.render.haproxy.target import TARGET as HAPROXY
from outgrow.render.prometheus.target import TARGET
from outgrow.render.system.model import System
from outgrow.strategy.deploys import DeployHost, DeployProxy


def on_machines(*addresses: str) -> System:
    found = system("sample-app", "one-server")
    machines = {f"m{number}": DeployHost(address=one) for number, one in enumerate(addresses)}
    added = {"machines": machines, "proxy": DeployProxy(first_port=22000)}
    return replace(found, settings=found.settings.model_copy(update=added))


def job(found: System) -> dict[str, Any]:
    read = yaml.safe_load(text_of(TARGET.render(found), "prometheus.yml"))
    (one,) = [job for job in read["scrape_configs"] if job["job_name"] == "api"]
    return dict(one)


def test_a_slot_is_scraped_where_haproxy_finds_it() -> None:
    found = on_machines("10.0.0.5")
    scraped = {
        one["labels"]["slot"]: one["targets"][0].replace("10.0.0.5:22", "127.0.0.1:20")
        for one in job(found)["static_configs"]
    }
    assert set(scraped) >= {"blue1", "green1"}
    proxy = "\n".join(file.text for file in HAPROXY.render(found).files)
    for slot, address in scraped.items():
        assert f'server {slot} "${{API_HOST-127.0.0.1}}":{address.partition(":")[2]}' in proxy
    assert all(one["labels"]["component"] == "api" for one in job(found)["static_configs"])


def test_a_machine_that_only_reaches_itself_is_left_to_dns() -> None:
    for found in (on_machines("10.0.0.5", "127.0.0.1"), system("sample-app", "one-server")):
        assert "static_configs" not in job(found)
        assert job(found)["dns_sd_configs"]
