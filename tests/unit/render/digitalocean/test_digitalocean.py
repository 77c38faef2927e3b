"""What of a strategy stands on DigitalOcean, and what the files say of it."""

from __future__ import annotations

import re
from functools import cache

from tests.commands import REPOSITORY
from tests.systems import system

from outgrow.operations.opened import open_strategy
from outgrow.render.digitalocean import TARGET
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System


@cache
def shop() -> System:
    opened = open_strategy(str(REPOSITORY / "tests/data/digitalocean_strategy.yaml"))
    locate = opened.loaded.source.locate
    return build_system(opened.strategy, opened.catalog, "one", None, locate)


@cache
def files() -> dict[str, str]:
    return {file.path: file.text for file in TARGET.render(shop()).files}


def block(file: str, header: str) -> str:
    found = re.search(rf"^{re.escape(header)} {{\n.*?^}}$", files()[file], re.M | re.S)
    assert found, header
    return found.group()


def test_each_instance_is_a_droplet_of_its_own() -> None:
    names = re.findall(r'"digitalocean_droplet" "(\w+)"', files()["droplets.tf"])
    assert names == ["api_1", "api_2", "worker"]
    assert 'size              = "s-2vcpu-4gb"' in block(
        "droplets.tf", 'resource "digitalocean_droplet" "api_1"'
    )


def test_users_reach_the_application_by_the_load_balancer_only() -> None:
    firewall = block("network.tf", 'resource "digitalocean_firewall" "api"')
    inbound = firewall.split("outbound_rule")[0]
    assert "0.0.0.0/0" not in inbound
    assert "source_load_balancer_uids = [digitalocean_loadbalancer.balancer.id]" in inbound


def test_a_public_machine_without_a_load_balancer_keeps_its_address() -> None:
    rendered = TARGET.render(system("sprint-one", "compose", "production"))
    text = "\n".join(file.text for file in rendered.files)
    assert 'resource "digitalocean_reserved_ip_assignment" "server"' in text
    assert "prevent_destroy = true" in text


def test_databases_admit_only_the_droplets_that_use_them() -> None:
    rules = block("databases.tf", 'resource "digitalocean_database_firewall" "mysql"')
    assert re.findall(r"droplet\.(\w+)\.id", rules) == ["api_1", "api_2"]


def test_a_store_that_survives_a_node_has_two() -> None:
    cluster = block("databases.tf", 'resource "digitalocean_database_cluster" "mysql"')
    assert re.search(r"node_count\s+= 2", cluster)


def test_an_assumed_size_is_said_to_be_one() -> None:
    assert "names no size: this is the smallest" in files()["databases.tf"]


def test_sticky_sessions_and_the_health_path_arrive() -> None:
    balancer = block("load-balancer.tf", 'resource "digitalocean_loadbalancer" "balancer"')
    assert 'type               = "cookies"' in balancer
    assert '"/healthz"' in balancer
    assert "certificate_name = digitalocean_certificate.main.name" in balancer


def test_a_data_centre_is_literal_and_another_providers_region_a_variable() -> None:
    assert 'region   = "fra1"' in files()["network.tf"]
    rendered = TARGET.render(system("sprint-one", "compose", "production"))
    text = {file.path: file.text for file in rendered.files}
    assert "region   = var.region" in text["network.tf"]
    assert 'default     = "nyc3"' in text["variables.tf"]


def test_the_strategys_own_level_is_taken_and_its_line_named() -> None:
    alert = block("alerts.tf", 'resource "digitalocean_monitor_alert" "api_cpu"')
    assert re.search(r"value\s+= 75", alert)
    assert re.search(r'window\s+= "10m"', alert)


def test_what_cannot_be_said_is_a_loss() -> None:
    codes = {loss.code for loss in TARGET.render(shop()).losses}
    assert codes == {"digitalocean-autoscaling", "digitalocean-alert"}


def test_nothing_of_the_strategys_text_is_evaluated() -> None:
    text = "\n".join(files().values())
    assert "hostile" not in text
    assert "%{ if" not in text
    assert re.sub(r"\$\{path\.module\}/user-data|\$\{var\.domain\}", "", text).count("${") == 0


def test_twice_is_the_same() -> None:
    assert TARGET.render(shop()) == TARGET.render(shop())
