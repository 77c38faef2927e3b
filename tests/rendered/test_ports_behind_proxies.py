"""The ports of HAProxy and nginx against those of the Compose file of the same machine.

All of them stand for one load balancer, and each file is written by a renderer of its own: what
a proxy sends requests to has to be what the Compose file opens, and no port can be two programs'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
import yaml
from tests.systems import all_systems

from outgrow.render.registry import target
from outgrow.render.system.model import System

_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")
_NAMED = re.compile(r"(?:backend|upstream) (\S+)")
_SERVER = re.compile(r'server (blue1 )?(\S+):(\d+)[ ;]')  # fmt: skip
_HAPROXY_BIND = re.compile(r"^\s+bind (\S+)", re.M)
_NGINX_LISTEN = re.compile(r"^\s+listen (\d+)", re.M)
_COMPOSE_PROXY_LISTEN = re.compile(r"^\s+listen (\d+);", re.M)
_COMPOSE_PROXY_TARGET = re.compile(r"http://([a-z0-9-]+):(\d+)")


def texts(found: System, name: str) -> dict[str, str]:
    return {file.path: file.text for file in target(name).render(found).files}


def with_a_proxy() -> dict[str, tuple[str, System]]:
    """Every system of the examples that has a Compose file and one of the two proxies."""
    return {
        f"{name}-{proxy}": (proxy, one)
        for name, one in all_systems()
        for proxy in ("haproxy", "nginx")
        if target("compose").applies(one) and target(proxy).applies(one)
    }


SYSTEMS = with_a_proxy()


def plain(text: str) -> str:
    """Return `text` with the default of every variable in its place."""
    return _DEFAULT.sub(r"\1", text)


def services(found: System) -> dict[str, dict[str, object]]:
    document = yaml.safe_load(plain(texts(found, "compose")["compose.yaml"]))
    written: dict[str, dict[str, object]] = document["services"]
    return written


def opened(found: System) -> dict[str, dict[int, int]]:
    """Return for each service the ports of its container by those of the machine."""
    return {
        name: {int(host): int(inside) for host, inside in _published(service)}
        for name, service in services(found).items()
    }


def _published(service: Mapping[str, object]) -> list[list[str]]:
    ports = service.get("ports", [])
    assert isinstance(ports, list)
    return [str(port).split("/")[0].rsplit(":", 2)[-2:] for port in ports]


def forwarded(proxy: str, found: System) -> dict[str, tuple[str, int]]:
    """Return the address and port that the traffic of each part is sent to."""
    (text,) = (one for path, one in texts(found, proxy).items() if "." in path)
    sent: dict[str, tuple[str, int]] = {}
    part = ""
    for line in plain(text.replace('"', "")).splitlines():
        if named := _NAMED.match(line.strip()):
            part = named[1].replace("_", "-")
        elif (server := _SERVER.search(line)) and (proxy == "nginx" or server[1]):
            sent[part] = (server[2], int(server[3]))
    return sent


def listened(proxy: str, found: System) -> set[int]:
    text = plain(next(iter(texts(found, proxy).values())).replace('"', ""))
    if proxy == "nginx":
        return {int(port) for port in _NGINX_LISTEN.findall(text)}
    return {int(bind.rsplit(":", 1)[-1]) for bind in _HAPROXY_BIND.findall(text)}


def test_both_proxies_meet_a_compose_file_in_the_examples() -> None:
    assert {proxy for proxy, _ in SYSTEMS.values()} == {"haproxy", "nginx"}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_proxy_sends_requests_to_what_the_compose_file_opens(name: str) -> None:
    proxy, found = SYSTEMS[name]
    sent, ports = forwarded(proxy, found), opened(found)
    assert sent
    for part, (address, port) in sent.items():
        listens = next(one.listens for one in found.parts if one.name == part)
        assert address == "127.0.0.1"
        assert ports[part].get(port) == listens, f"{part}: {port} is not among {ports[part]}"


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_port_of_the_machine_belongs_to_two(name: str) -> None:
    proxy, found = SYSTEMS[name]
    taken = [port for ports in opened(found).values() for port in ports]
    assert len(set(taken)) == len(taken)
    assert listened(proxy, found)
    assert not listened(proxy, found) & set(taken)


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_stands_in_for_the_proxy_in_the_compose_file_asks_the_same_parts(name: str) -> None:
    proxy, found = SYSTEMS[name]
    files = texts(found, "compose")
    (path,) = (path for path in files if path.endswith("/nginx.conf"))
    conf, service = files[path], path.split("/")[0]
    inside = {int(port) for port in _COMPOSE_PROXY_LISTEN.findall(conf)}
    assert set(opened(found)[service].values()) == inside
    asked = {part: int(port) for part, port in _COMPOSE_PROXY_TARGET.findall(conf)}
    assert asked == {one.name: one.listens for one in found.parts if one.name in asked}
    assert set(asked) == set(forwarded(proxy, found))
