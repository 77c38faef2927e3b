"""A compose file that became a strategy and was rendered again, beside the first one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from tests.unit.discovery.trees import Texts

from outgrow.catalog.load import load_catalog
from outgrow.discovery.combine import discover
from outgrow.discovery.compose_fields import published
from outgrow.discovery.compose_files import find_compose_files
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.draft import draft_strategy
from outgrow.discovery.tree import Sources
from outgrow.render.registry import target
from outgrow.render.strategy_file import strategy_file
from outgrow.render.system.build import build_system
from outgrow.render.system.defaults import safe_name
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.yaml_nodes import to_data

Service = Mapping[str, Any]


def first_and_second(tree: Texts) -> tuple[dict[str, Service], dict[str, Service]]:
    """Return the services of a tree's compose file, and those rendered from its strategy."""
    file = find_compose_files(Sources(tree))[0]
    first = {safe_name(name): to_data(entry.node) for name, entry in file.services.items()}
    loaded = parse_strategy(strategy_file(draft_strategy(discover(tree), {})))
    locate = loaded.source.locate
    system = build_system(loaded.strategy, load_catalog(), "launch", None, locate)
    files = target("compose").render(system).files
    text = next(one.text for one in files if one.path.endswith("compose.yaml"))
    values = dict(file.values)
    return {n: _resolved(s, values) for n, s in first.items()}, {
        n: _resolved(s, values | {"PROJECT_FOLDER": "."})
        for n, s in yaml.safe_load(text)["services"].items()
    }


def _resolved(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {k: _resolved(v, values) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolved(v, values) for v in value]
    return read_variables(value, values, keep_open=True).text if isinstance(value, str) else value


def differences(first: Mapping[str, Service], second: Mapping[str, Service]) -> Iterator[str]:
    """Yield what the second says otherwise; what it says beyond the first is not a difference."""
    for name, was in first.items():
        now = second.get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        for what, of in _ASPECTS.items():
            before, after = of(was), of(now)
            if before and not _holds(after, before):
                yield f"{name}.{what}: {before} became {after}"


def _holds(after: Any, before: Any) -> bool:
    if isinstance(before, set):
        return before <= after
    return bool(after == before)


def _image(service: Service) -> str:
    return "" if "build" in service else str(service.get("image", ""))


def _build(service: Service) -> tuple[str, ...]:
    build = service.get("build")
    if build is None:
        return ()
    if isinstance(build, str):
        build = {"context": build}
    context = _path(str(build.get("context", ".")))
    return (
        context,
        str(build.get("dockerfile", "Dockerfile")).removeprefix("./"),
        str(build.get("target", "")),
    )


def _path(text: str) -> str:
    return re.sub(r"^\./|/$", "", text) or "."


def _words(key: str) -> Any:
    def of(service: Service) -> str:
        value = service.get(key) or ""
        return " ".join(map(str, value)) if isinstance(value, list) else str(value).strip()

    return of


def _keys(service: Service) -> set[str]:
    value = service.get("environment") or {}
    return {str(one).partition("=")[0] for one in value}


def _ports(service: Service) -> set[tuple[object, object]]:
    found = set()
    for one in service.get("ports") or []:
        # A port of the rendered file can be moved by a variable; its default counts.
        text = re.sub(r"\$\{\w+:-(\d*)\}", r"\1", one) if isinstance(one, str) else one
        found |= {(port.get("host"), port["container"]) for port in published(text) or []}
    return found


def _volumes(service: Service) -> set[str]:
    found = set()
    for one in service.get("volumes") or []:
        if isinstance(one, dict):
            source, inside = str(one.get("source", "")), str(one["target"])
        else:
            source, _, inside = str(one).partition(":")
            source, inside = (source, inside.split(":")[0]) if inside else ("", source)
        found.add(f"{_path(source) if source[:1] in './' else source}:{inside}")
    return found


def _order(service: Service) -> set[str]:
    value = service.get("depends_on") or []
    if isinstance(value, list):
        return {f"{safe_name(one)} service_started" for one in value}
    return {f"{safe_name(k)} {v.get('condition', 'service_started')}" for k, v in value.items()}


def _labels(service: Service) -> set[str]:
    value = service.get("labels") or []
    if isinstance(value, dict):
        return {f"{k}={v}" for k, v in value.items()}
    return set(map(str, value))


def _hosts(service: Service) -> set[str]:
    return set(map(str, service.get("extra_hosts") or []))


def _test(service: Service) -> str:
    test = (service.get("healthcheck") or {}).get("test") or ""
    words = [str(one) for one in test] if isinstance(test, list) else [str(test)]
    return " ".join(words[1:] if words[0] in ("CMD", "CMD-SHELL") else words)


_ASPECTS = {
    "image": _image, "build": _build, "command": _words("command"),
    "entrypoint": _words("entrypoint"), "environment": _keys, "ports": _ports,
    "labels": _labels,
    "extra_hosts": _hosts,
    "volumes": _volumes, "depends_on": _order, "healthcheck": _test,
    "working_dir": _words("working_dir"), "user": _words("user"), "profiles": _words("profiles"),
}  # fmt: skip
