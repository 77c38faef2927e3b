"""The containers that watch: Prometheus, Alertmanager, the probes and the exporters."""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.render.alerts.scraped import exporter_of
from outgrow.render.compose.target import applies as compose_applies
from outgrow.render.system.model import Part, System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

_IMAGES = {
    "prometheus": "prom/prometheus:v2.55.1",
    "alertmanager": "prom/alertmanager:v0.27.0",
    "blackbox": "prom/blackbox-exporter:v0.25.0",
    "node": "prom/node-exporter:v1.8.2",
    "postgres": "prometheuscommunity/postgres-exporter:v0.16.0",
    "redis": "oliver006/redis_exporter:v1.66.0",
    "mongodb": "percona/mongodb_exporter:0.42.0",
}
_DEFAULT_RETENTION_DAYS = 15
_ADDRESSES = {"postgres": "DATA_SOURCE_NAME", "redis": "REDIS_ADDR", "mongodb": "MONGODB_URI"}


def stack_text(system: System) -> str:
    """Return the compose file of Prometheus and what it asks."""
    services: dict[str, Yaml] = {
        "prometheus": _prometheus(system),
        "alertmanager": _with_files("alertmanager", "../alertmanager:/etc/alertmanager:ro"),
        "blackbox": _with_files("blackbox", "../blackbox:/etc/blackbox_exporter:ro"),
    }
    if any(exporter_of(p) == "node" and p.provider != "aws" for p in system.parts):
        services["node-exporter"] = _node()
    for part in system.parts:
        exporter = exporter_of(part)
        if exporter is not None and exporter != "node":
            services[f"{part.name}-exporter"] = _exporter(part, exporter)
    networks = _networks(system)
    if networks:
        services = {name: _joined(one, networks) for name, one in services.items()}
    document: dict[str, Yaml] = {
        "services": services,
        "volumes": {"prometheus": {}},
        "networks": {
            "default": Commented({"name": project_name(system)}, "Grafana and Loki join it."),
            **networks,
        },
    }
    return yaml_text(document, header="What watches; the README has the command that starts it.")


def needed_variables(system: System) -> tuple[str, ...]:
    """Return the variables with the addresses of the stores that exporters ask."""
    stores = [part for part in system.parts if exporter_of(part) not in (None, "node")]
    return tuple(_variable(part) for part in stores)


def project_name(system: System) -> str:
    """Return the Compose project of the containers that watch."""
    return f"{system.name}-{system.environment}-monitoring"


def _joined(service: Yaml, networks: Mapping[str, Yaml]) -> Yaml:
    """Return a service that is in the networks of the application as well."""
    if isinstance(service, Commented):
        return Commented(_joined(service.value, networks), service.comment)
    assert isinstance(service, Mapping)
    return {**service, "networks": Flow(["default", *networks])}


def _networks(system: System) -> dict[str, Yaml]:
    """Return the networks of the application's own Compose file, where there is one."""
    if not compose_applies(system):
        return {}
    project = f"{system.name}-{system.environment}"
    front: Yaml = {"external": True, "name": f"${{APPLICATION:-{project}}}_front"}
    back: Yaml = {"external": True, "name": f"${{APPLICATION:-{project}}}_back"}
    note = "Those of the application's Compose file: what is scraped is found in them by name."
    return {"front": Commented(front, note), "back": back}


def _prometheus(system: System) -> Yaml:
    days = system.strategy.retention.metrics_days
    place = system.where("retention", "metrics_days") if days else "Prometheus' own default"
    return {
        "image": _IMAGES["prometheus"],
        "restart": "unless-stopped",
        "command": [
            "--config.file=/etc/prometheus/prometheus.yml",
            Commented(
                f"--storage.tsdb.retention.time={days or _DEFAULT_RETENTION_DAYS}d", f"{place}."
            ),
        ],
        "volumes": [".:/etc/prometheus:ro", "prometheus:/prometheus"],
        "ports": ["127.0.0.1:9090:9090"],
        **_CLOSED,
    }


_CLOSED: dict[str, Yaml] = {
    "read_only": True,
    "security_opt": ["no-new-privileges:true"],
    "cap_drop": ["ALL"],
}


def _with_files(name: str, mount: str) -> Yaml:
    files = {
        "alertmanager": "--config.file=/etc/alertmanager/alertmanager.yml",
        "blackbox": "--config.file=/etc/blackbox_exporter/blackbox.yml",
    }
    command: list[Yaml] = [files[name]]
    if name == "alertmanager":
        command.append("--storage.path=/tmp/alertmanager")
    service: dict[str, Yaml] = {
        "image": _IMAGES[name],
        "restart": "unless-stopped",
        "command": command,
        "volumes": [mount],
        **_CLOSED,
    }
    return service | ({"tmpfs": Flow(["/tmp"])} if name == "alertmanager" else {})


def _node() -> Yaml:
    return Commented(
        {
            "image": _IMAGES["node"],
            "restart": "unless-stopped",
            "command": ["--path.rootfs=/host"],
            "pid": "host",
            "volumes": ["/:/host:ro,rslave"],
            **_CLOSED,
        },
        "It reports the machine, so it sees the machine's processes and disks, read-only.",
    )


def _exporter(part: Part, exporter: str) -> Yaml:
    variable = _variable(part)
    address = f"${{{variable}:?the address of {part.name}, with a user that may only read}}"
    service: dict[str, Yaml] = {
        "image": _IMAGES[exporter],
        "restart": "unless-stopped",
        "environment": {_ADDRESSES[exporter]: address},
        **_CLOSED,
    }
    if exporter == "postgres":
        service["command"] = ["--collector.stat_statements"]
    if exporter == "mongodb":
        service["command"] = ["--collect-all"]
    return service


def _variable(part: Part) -> str:
    return f"{part.name.replace('-', '_').upper()}_URL"
