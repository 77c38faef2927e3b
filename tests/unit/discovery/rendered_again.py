"""A compose file that became a strategy and was rendered again, beside the first one."""

from __future__ import annotations

import itertools
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from tests.unit.discovery.trees import Texts

from outgrow.catalog.load import load_catalog
from outgrow.discovery.combine import discover
from outgrow.discovery.compose_fields import gib, published, seconds
from outgrow.discovery.compose_files import find_compose_files
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.draft import draft_strategy
from outgrow.discovery.secret_values import is_secret, is_secret_key
from outgrow.discovery.tree import Sources
from outgrow.render.registry import target
from outgrow.render.strategy_file import strategy_file
from outgrow.render.system.build import build_system
from outgrow.render.system.defaults import safe_name
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.yaml_nodes import to_data

Service = Mapping[str, Any]
Document = Mapping[str, Any]
_CATALOG = load_catalog()


def first_and_second(tree: Texts) -> tuple[Document, Document]:
    """Return a tree's compose file and the one that is rendered from its strategy.

    Variables with a default have it, those without are left as they stand.
    """
    file = find_compose_files(Sources(tree))[0]
    services = {safe_name(name): to_data(entry.node) for name, entry in file.services.items()}
    text = tree.contents[file.path].decode()
    top = yaml.safe_load(text) or {}
    located = {name: _located(one, file.folder) for name, one in services.items()}
    _build_what_another_builds(located)
    first = {"services": located, "networks": top.get("networks") or {}}
    second = rendered(tree)
    values = dict(file.values)
    return _resolved(first, values), _resolved(second, values | {"PROJECT_FOLDER": "."})


def _build_what_another_builds(services: Mapping[str, Any]) -> None:
    """Give a service that uses the image of another one the build of that image."""
    builds = {one["image"]: one["build"] for one in services.values()
              if isinstance(one, dict) and "image" in one and "build" in one}  # fmt: skip
    for one in services.values():
        if isinstance(one, dict) and "build" not in one and one.get("image") in builds:
            one["build"] = builds[one["image"]]


def rendered(tree: Texts) -> Document:
    """Return the compose file that the phase `launch` of a tree's first draft is."""
    loaded = parse_strategy(strategy_file(draft_strategy(discover(tree), {})))
    locate = loaded.source.locate
    system = build_system(loaded.strategy, _CATALOG, "launch", None, locate)
    files = target("compose").render(system).files
    text = next((one.text for one in files if one.path.endswith("compose.yaml")), "{}")
    found: Document = yaml.safe_load(text)
    return found


def _located(service: Any, folder: str) -> Any:
    """Return a service with its paths as the top of the repository sees them."""
    if not folder or not isinstance(service, dict):
        return service

    def below(path: str) -> str:
        return "./" + posixpath.normpath(posixpath.join(folder, path))

    found = dict(service)
    build = found.get("build")
    if isinstance(build, str):
        found["build"] = below(build)
    elif isinstance(build, dict):
        found["build"] = build | {"context": below(str(build.get("context", ".")))}
    if isinstance(volumes := found.get("volumes"), list):
        found["volumes"] = [
            below(one.partition(":")[0]) + ":" + one.partition(":")[2]
            if isinstance(one, str) and one.startswith(".")
            else one
            for one in volumes
        ]
    files = found.get("env_file") or []
    if files:
        listed = files if isinstance(files, list) else [files]
        found["env_file"] = [
            below(str(one["path"] if isinstance(one, dict) else one)) for one in listed
        ]
    return found


def _resolved(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {_resolved(k, values): _resolved(v, values) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolved(v, values) for v in value]
    if not isinstance(value, str):
        return value
    text = read_variables(value, values, keep_open=True).text
    return (
        re.sub(r"\$\{(\w+)(?::?\?[^}]*)?\}", r"${\1}", text).replace("$$", "\0").replace("\0", "$")
    )


def differences(first: Document, second: Document) -> Iterator[str]:
    """Yield what the second says otherwise."""
    services, now_services = first["services"], second.get("services") or {}
    for name, was in services.items():
        now = now_services.get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        secrets = _secrets_of_commands(was, now)
        for what, of in _ASPECTS.items():
            before, after = _with_literals(of(was), secrets), _with_literals(of(now), secrets)
            if before != after and not _is_given_by_us(what, before, after):
                yield f"{name}.{what}: {before} became {after}"
        yield from _environments(name, was, now, frozenset(secrets))
    for name in now_services:
        if name not in services:
            yield f"{name} is new"
    yield from _made_one(services, now_services)
    yield from _reach(first, second)


def _made_one(services: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield the variables that stand for several values of the first file."""
    values: dict[str, set[str]] = {}
    for name in services.keys() & now.keys():
        before, after = _environment(services[name]), _environment(now[name])
        for key in before.keys() & after.keys():
            if after[key].startswith("${") and not before[key].startswith("${"):
                values.setdefault(after[key], set()).add(before[key])
    for variable, several in sorted(values.items()):
        if len(several) > 1:
            yield f"{variable} is one for {sorted(several)}"


def _is_given_by_us(what: str, before: Any, after: Any) -> bool:
    """Return whether outgrow fills in what the first file leaves open."""
    return what in _FILLED_IN and not before


def _secrets_of_commands(was: Service, now: Service) -> dict[str, str]:
    """Return the literals that became variables of the container, each by its variable."""
    before, after = _environment(was), _environment(now)
    found: dict[str, str] = {}
    for key, value in after.items():
        if not (match := re.fullmatch(r"\$\{(\w+)\}", value)):
            continue
        old = before[key] if key in before else _literal_in(was, now, {key, match[1]})
        if old is not None:
            found |= {key: old, match[1]: old}
    return found


def _literal_in(was: Service, now: Service, variables: set[str]) -> str | None:
    """Return what stands in a command where the second file has a variable."""
    for of in (_words("command"), _words("entrypoint"), _check):
        old, new = of(was), of(now)
        pairs = zip(_flat(old), _flat(new), strict=False)
        for left, right in pairs:
            for variable in variables:
                head, found, tail = right.partition(f"${{{variable}}}")
                if found and left.startswith(head) and left.endswith(tail):
                    return left[len(head) : len(left) - len(tail)]
    return None


def _flat(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for one in value for text in _flat(one)]
    return [str(value)]


def _with_literals(value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_with_literals(one, secrets) for one in value)
    if not isinstance(value, str):
        return value
    return re.sub(r"\$\{(\w+)\}", lambda found: secrets.get(found[1], found[0]), value)


def _environments(name: str, was: Service, now: Service, secrets: frozenset[str]) -> Iterator[str]:
    before, after = _environment(was), _environment(now)
    odd = {key for key in set(before) ^ set(after) if key in before or key not in secrets}
    if odd:
        yield f"{name}.environment: {sorted(odd)}"
    for key in set(before) & set(after):
        old, new = before[key], after[key]
        secret = is_secret(key, old) or is_secret_key(key)
        if old != new and not (secret and new.startswith("${")):
            yield f"{name}.environment.{key}: {old!r} became {new!r}"


def _environment(service: Service) -> dict[str, str]:
    value = service.get("environment") or {}
    if isinstance(value, dict):
        pairs = {str(k): v for k, v in value.items()}
    else:
        pairs = {str(o).partition("=")[0]: str(o).partition("=")[2] if "=" in str(o) else None
                 for o in value}  # fmt: skip
    return {k: f"${{{k}}}" if v is None else _plain(v) for k, v in pairs.items()}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reach(first: Document, second: Document) -> Iterator[str]:
    """Yield the pairs that can reach each other in one of the files only.

    A file with one network for all says nothing about who may reach whom: there the second
    may keep apart what no link joins.
    """
    before, after = _pairs(first), _pairs(second)
    names = list(first["services"])
    every = {frozenset(p) for p in itertools.combinations(names, 2)}
    inside = {p for p in every if all("network_mode" not in first["services"][n] for n in p)}
    needed = before if before != inside else {p for p in before if _linked(first, p)}
    allowed = before
    for pair in (needed - after) | (after - allowed):
        yield f"reach: {sorted(pair)} {'no longer' if pair in needed else 'now'}"


def _linked(document: Document, pair: frozenset[str]) -> bool:
    one, other = sorted(pair)
    services = document["services"]
    return any(
        re.search(rf"(?<![\w-]){re.escape(b)}(?![\w-])", str(services[a]))
        for a, b in ((one, other), (other, one))
    )


def _pairs(document: Document) -> set[frozenset[str]]:
    services = document.get("services") or {}
    named = {name: _networks(document, one) for name, one in services.items()}
    return {
        frozenset(pair) for pair in itertools.combinations(services, 2)
        if named[pair[0]] & named[pair[1]]
    }  # fmt: skip


def _networks(document: Document, service: Service) -> set[str]:
    if service.get("network_mode"):
        return set()
    value = service.get("networks")
    return set(value) if value else {"default"}


def _outside(service: Service) -> Any:
    return service.get("network_mode") or ""


def _image(service: Service) -> str:
    return "" if "build" in service else str(service.get("image", ""))


def _build(service: Service) -> Any:
    build = service.get("build")
    if build is None:
        return ()
    if isinstance(build, str):
        build = {"context": build}
    args = build.get("args") or {}
    if isinstance(args, list):
        args = dict(str(one).partition("=")[::2] for one in args)
    return (
        _path(str(build.get("context", "."))),
        str(build.get("dockerfile") or "Dockerfile").removeprefix("./"),
        str(build.get("target") or ""),
        {str(k): _plain(v) for k, v in args.items()},
    )


def _path(text: str) -> str:
    return re.sub(r"^\./|/$", "", text) or "."


def _words(key: str) -> Any:
    def of(service: Service) -> Any:
        value = service.get(key)
        if value is None:
            return []
        return [str(one) for one in value] if isinstance(value, list) else shlex.split(str(value))

    return of


def _text(key: str) -> Any:
    def of(service: Service) -> Any:
        value = service.get(key)
        return "" if value is None else _plain(value)

    return of


def _listed(key: str) -> Any:
    def of(service: Service) -> Any:
        value = service.get(key) or []
        if isinstance(value, dict):
            return {f"{k}={_plain(v)}" for k, v in value.items()}
        return {_plain(one) for one in (value if isinstance(value, list) else [value])}

    return of


def _env_files(service: Service) -> list[str]:
    value = service.get("env_file") or []
    listed = value if isinstance(value, list) else [value]
    return [_path(str(one["path"] if isinstance(one, dict) else one)) for one in listed]


def _ports(service: Service) -> Any:
    found = set()
    for one in service.get("ports") or []:
        for port in published(one) or [{"lost": str(one)}]:
            address = port.get("address") or "0.0.0.0"
            found.add(
                (str(address), port.get("host"), port.get("container"), port.get("protocol", "tcp"))
            )
    return found


def _volumes(service: Service) -> set[tuple[str, str, bool]]:
    found = set()
    for one in service.get("volumes") or []:
        if isinstance(one, dict):
            source, inside = str(one.get("source") or ""), str(one["target"])
            read_only = bool(one.get("read_only"))
        else:
            parts = str(one).split(":")
            source, inside = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
            read_only = len(parts) > 2 and "ro" in parts[2].split(",")
        found.add((_path(source) if source[:1] == "." else source, inside, read_only))
    return found


def _order(service: Service) -> set[str]:
    value = service.get("depends_on") or []
    if isinstance(value, list):
        return {f"{safe_name(one)} service_started" for one in value}
    return {f"{safe_name(k)} {v.get('condition', 'service_started')}" for k, v in value.items()}


def _check(service: Service) -> Any:
    check = service.get("healthcheck") or {}
    if check.get("disable"):
        return "disabled"
    test = check.get("test") or ""
    if isinstance(test, str):
        test = ["CMD-SHELL", test] if test else []
    test = [str(one) for one in test]
    if len(test) == 2 and " " not in test[1]:
        test[0] = "CMD"  # one word is the same with a shell and without
    times = {k: seconds(check.get(k)) for k in ("interval", "timeout", "start_period")}
    times = {k: v for k, v in times.items() if v is not None}
    return (tuple(test), times, str(check.get("retries") or "")) if test or times else ()


def _restart(service: Service) -> str:
    return str(service.get("restart") or "").partition(":")[0].replace("False", "no")


def _tmpfs(service: Service) -> Any:
    value = service.get("tmpfs") or []
    return {str(one).partition(":")[0] for one in (value if isinstance(value, list) else [value])}


def _limits(service: Service) -> Any:
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    memory, cpus = (
        limits.get("memory", service.get("mem_limit")),
        limits.get("cpus", service.get("cpus")),
    )
    return (
        None if memory is None else round(float(gib(str(memory)) or 0), 2),
        None if cpus is None else float(cpus),
    )


_ASPECTS = {
    "image": _image, "build": _build, "command": _words("command"),
    "entrypoint": _words("entrypoint"), "env_file": _env_files, "ports": _ports,
    "volumes": _volumes, "depends_on": _order, "healthcheck": _check, "restart": _restart,
    "user": _text("user"), "working_dir": _text("working_dir"), "profiles": _listed("profiles"),
    "labels": _listed("labels"), "extra_hosts": _listed("extra_hosts"), "limits": _limits,
    "network_mode": _outside, "privileged": _text("privileged"), "init": _text("init"),
    "tty": _text("tty"), "stdin_open": _text("stdin_open"), "platform": _text("platform"),
    "hostname": _text("hostname"), "shm_size": _text("shm_size"), "ulimits": _listed("ulimits"),
    "cap_add": _listed("cap_add"), "devices": _listed("devices"), "sysctls": _listed("sysctls"),
    "dns": _listed("dns"), "tmpfs": _tmpfs, "read_only": _text("read_only"),
    "cap_drop": _listed("cap_drop"),
    "stop_grace_period": lambda one: seconds(one.get("stop_grace_period")),
}  # fmt: skip
# What a compose file leaves open, outgrow says: how often to restart, how much a container may
# take, how long it may take to end, which rights it gives up.
_FILLED_IN = frozenset({"restart", "stop_grace_period", "cap_drop", "read_only", "tmpfs"})
