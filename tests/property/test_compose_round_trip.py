"""Any compose file of the supported kind comes back from its strategy saying the same."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.discovery.rendered_again import differences, first_and_second
from tests.unit.discovery.trees import tree

NAMES = ("api", "jobs", "store", "proxy")
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_=./ ", min_size=1, max_size=12).filter(
    # YAML 1.1 reads `0e1` as a word and YAML 1.2 as a number: nobody writes it without quotes.
    lambda text: (
        text == text.strip()
        and not text.startswith("-")
        and not re.fullmatch(r"[0-9._]+e[0-9]+", text)
    )
)
_SWITCH = st.just(True)
_SECONDS = st.integers(1, 600).map(lambda one: f"{one}s")
_MIB = st.integers(64, 4096).map(lambda one: f"{one}m")
_IMAGES = (
    "postgres:16",
    "redis:7-alpine",
    "nginx:1.27",
    "ghcr.io/acme/api:1.4",
    "mongo:7",
    "mysql:8.4",
)
_NETWORKS = ("inner", "outer")
_CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")


def _environments() -> st.SearchStrategy[dict[str, str]]:
    keys = st.sampled_from(["MODE", "LEVEL", "DATABASE_URL", "API_TOKEN", "POSTGRES_DB"])
    return st.dictionaries(keys, _WORDS, max_size=3).map(_with_a_token_of_its_own)


def _with_a_token_of_its_own(variables: dict[str, str]) -> dict[str, str]:
    """Return variables whose secret is no word of a command: there it would become a variable."""
    return {key: f"token-{one}" if key == "API_TOKEN" else one for key, one in variables.items()}


def _checks() -> st.SearchStrategy[dict[str, Any]]:
    test = st.one_of(st.just(["CMD", "true"]), _WORDS.map(lambda one: ["CMD-SHELL", one]))
    times = {"interval": _SECONDS, "timeout": _SECONDS, "start_period": _SECONDS,
             "retries": st.integers(1, 30)}  # fmt: skip
    return st.fixed_dictionaries({"test": test}, optional=times)


@st.composite
def _service(draw: st.DrawFn, number: int) -> dict[str, Any]:
    earlier = NAMES[:number]
    found: dict[str, Any] = draw(st.fixed_dictionaries({}, optional={
        "command": st.lists(_WORDS, min_size=2, max_size=3),
        "entrypoint": st.lists(_WORDS, min_size=2, max_size=3),
        "environment": _environments(),
        "env_file": st.just([".env"]),
        "ports": st.sampled_from([["8080:80"], ["127.0.0.1:53:53/udp"], ["9000"]]),
        "volumes": st.sampled_from([["data:/data"], ["./conf:/conf:ro"], ["/cache"], ["/s:/s"]]),
        "healthcheck": _checks(),
        "restart": st.sampled_from(["no", "always", "on-failure", "unless-stopped"]),
        "user": st.sampled_from(["1000:1000", "node"]),
        "working_dir": st.just("/srv"),
        "profiles": st.just(["extra"]),
        "labels": st.just({"team": "core"}),
        "extra_hosts": st.just(["host.docker.internal:host-gateway"]),
        "mem_limit": _MIB,
        "cpus": st.sampled_from([0.5, 1, 2]),
        "stop_grace_period": _SECONDS,
        "privileged": _SWITCH, "init": _SWITCH, "tty": _SWITCH, "stdin_open": _SWITCH,
        "read_only": _SWITCH, "platform": st.just("linux/amd64"), "hostname": st.just("box"),
        "shm_size": st.just("256m"), "cap_add": st.just(["NET_ADMIN"]),
        "dns": st.just(["1.1.1.1"]), "devices": st.just(["/dev/fuse:/dev/fuse"]),
        "sysctls": st.just({"net.core.somaxconn": "1024"}),
        "ulimits": st.just({"nofile": 65536}), "tmpfs": st.just(["/run"]),
        "cap_drop": st.just(["ALL"]),
    }))  # fmt: skip
    if draw(st.booleans()):
        found["build"] = {"context": draw(st.sampled_from([".", "./api"])), "args": {"V": "3"}}
    else:
        found["image"] = draw(st.sampled_from(_IMAGES))
    if earlier and draw(st.booleans()):
        condition = draw(st.sampled_from(_CONDITIONS))
        found["depends_on"] = {draw(st.sampled_from(earlier)): {"condition": condition}}
    where = draw(st.sampled_from(["default", "named", "host"]))
    if where == "named":
        found["networks"] = draw(st.lists(st.sampled_from(_NETWORKS), min_size=1, unique=True))
    elif where == "host":
        found["network_mode"] = "host"
    return found


@st.composite
def _files(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, len(NAMES)))
    services = {NAMES[n]: draw(_service(n)) for n in range(count)}
    return {
        "services": services,
        "networks": {name: {} for name in _NETWORKS},
        "volumes": {"data": {}},
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_files())
def test_a_compose_file_comes_back_saying_the_same(document: dict[str, Any]) -> None:
    files = {"compose.yaml": yaml.safe_dump(document), "api/Dockerfile": "FROM scratch\n"}
    first, second = first_and_second(tree({**files, "Dockerfile": "FROM scratch\n"}))
    assert list(differences(first, second)) == []
