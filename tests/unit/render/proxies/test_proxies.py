from __future__ import annotations

import pytest
from tests.systems import all_systems, system
from tests.unit.render.written_systems import LIMITED, written_system

from outgrow.render.haproxy import target as haproxy
from outgrow.render.nginx import target as nginx
from outgrow.render.own_proxy import slot_port
from outgrow.render.pgbouncer.budget import budgets
from outgrow.render.routes import routes, url_path
from outgrow.render.system.model import System
from outgrow.render.target import Target

PAGE_AND_API = """
components:
  lb: {kind: load_balancer, talks_to: [web, api, admin], public: true}
  web: {kind: frontend, build: {runtime: static}}
  api: {kind: service, needs: {longest_request_seconds: 180}}
  admin: {kind: service}
phases:
  one:
    use:
      lb: &ours {offering: self-hosted/docker}
      web: *ours
      api: *ours
      admin: *ours
"""


def text(target: Target, found: System) -> str:
    (file,) = target.render(found).files
    return file.text


def test_pages_have_the_root_and_services_a_path_below_it() -> None:
    found = routes(written_system(PAGE_AND_API))
    assert [(one.part.name, one.path) for one in found] == [
        ("admin", "/admin/"),
        ("api", "/api/"),
        ("web", "/"),
    ]


def test_a_proxy_waits_longer_than_the_longest_request() -> None:
    found = {one.part.name: one.timeout_seconds for one in routes(written_system(PAGE_AND_API))}
    assert found == {"api": 185, "admin": 60, "web": 60}


def test_every_slot_has_a_port_of_its_own_below_the_ephemeral_ones() -> None:
    ports = [
        slot_port(route, instance, colour)
        for route in range(5)
        for instance in range(50)
        for colour in ("blue", "green")
    ]
    assert len(set(ports)) == len(ports)
    assert max(ports) < 32768


def test_a_green_slot_is_out_of_rotation_until_a_deploy_enables_it() -> None:
    servers = [
        line.split() for line in text(haproxy.TARGET, written_system(LIMITED)).splitlines()
        if line.strip().startswith("server ")
    ]  # fmt: skip
    assert [line[1] for line in servers] == ["blue1", "green1"]
    assert "disabled" in servers[1]
    assert servers[1][servers[1].index("weight") + 1] == "0"


@pytest.mark.parametrize("target", [haproxy.TARGET, nginx.TARGET], ids=lambda one: one.name)
def test_a_limit_by_user_is_a_loss_and_not_a_limit_by_address(target: Target) -> None:
    found = written_system(LIMITED.replace("by: address", "by: user"))
    codes = [loss.code for loss in target.render(found).losses]
    assert f"{target.name}-rate-limit-by-user" in codes
    assert "429" not in text(target, found)


@pytest.mark.parametrize("target", [haproxy.TARGET, nginx.TARGET], ids=lambda one: one.name)
def test_a_limit_of_one_method_is_not_one_of_all_methods(target: Target) -> None:
    found = written_system(LIMITED.replace("/login", "POST /login"))
    codes = [loss.code for loss in target.render(found).losses]
    assert f"{target.name}-rate-limit-by-method" in codes
    assert "429" not in text(target, found)


@pytest.mark.parametrize("target", [haproxy.TARGET, nginx.TARGET], ids=lambda one: one.name)
@pytest.mark.parametrize("change", [("by: address", "by: user"), ("/login", "POST /login")])
def test_what_an_application_with_the_kit_holds_is_no_loss(
    target: Target, change: tuple[str, str]
) -> None:
    with_kit = LIMITED.replace(*change).replace("kind: service", "kind: service\n    kit: true")
    assert "kit: true" in with_kit
    assert list(target.render(written_system(with_kit)).losses) == []


@pytest.mark.parametrize("target", [haproxy.TARGET, nginx.TARGET], ids=lambda one: one.name)
def test_a_star_ends_the_path_that_a_proxy_limits(target: Target) -> None:
    starred = text(target, written_system(LIMITED.replace("/login", "/login/*")))
    assert "/login/" in starred
    assert "/login/*" not in starred


@pytest.mark.parametrize("target", [haproxy.TARGET, nginx.TARGET], ids=lambda one: one.name)
def test_a_route_cannot_add_a_line_of_its_own(target: Target) -> None:
    hostile = LIMITED.replace("/login", r'"/x }\n    bind :1\n include /etc/passwd; $a {"')
    plain = text(target, written_system(hostile))
    assert "bind :1\n" not in plain
    assert "include " not in plain
    assert url_path("/x }\n bind $a;{") == "/xbinda"


def test_stickiness_by_address_is_told_where_nginx_has_no_cookie() -> None:
    several = LIMITED.replace("api: {offering: self-hosted/docker}", _THREE)
    (loss,) = nginx.TARGET.render(written_system(several)).losses
    assert loss.code == "nginx-sticky-cookie"
    assert "ip_hash;" in text(nginx.TARGET, written_system(several))


_THREE = "api: {offering: self-hosted/docker, instances: {minimum: 3, maximum: 3}}"


def test_a_pool_fits_into_what_the_server_takes() -> None:
    (budget,) = budgets(system("nexod", "production", "production"))
    assert (budget.max_connections, budget.kept, budget.server_connections) == (100, 13, 87)
    assert budget.client_connections == 1000  # ten tasks with a pool of 100 each
    assert budget.pool_size == 87


def test_an_unstated_number_of_connections_is_the_default_of_postgresql() -> None:
    found = [one for _, each in all_systems() for one in budgets(each)]
    assumed = [one for one in found if "default" in one.source]
    assert assumed
    assert {one.max_connections for one in assumed} == {100}
