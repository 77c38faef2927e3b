"""How Grafana finds its data sources and dashboards, and a container that runs it."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.render.grafana.dashboard import Dashboard, datasource_uids
from outgrow.render.grafana.panel import Backend
from outgrow.render.grafana.queries import asks_prometheus
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

IMAGE = "grafana/grafana:11.4.0"
_FOLDER = "/etc/grafana/dashboards"


def datasources_text(system: System, dashboards: Sequence[Dashboard]) -> str:
    """Return the data sources that `dashboards` ask, with the uids that they use."""
    asked = {backend for one in dashboards for backend in one.backends}
    order: tuple[Backend, ...] = ("prometheus", "cloudwatch")
    uids = datasource_uids(system)
    listed = [_datasource(system, one, uids[one]) for one in order if one in asked]
    return yaml_text(
        {"apiVersion": 1, "prune": True, "datasources": listed},
        header="Dashboards name these by their uid, so the uids stay as they are.",
    )


def _datasource(system: System, backend: Backend, uid: str) -> Yaml:
    common: dict[str, Yaml] = {"uid": uid, "type": backend, "access": "proxy", "editable": False}
    if backend == "prometheus":
        return {
            "name": "Prometheus",
            **common,
            "url": "http://prometheus:9090",
            "isDefault": True,
            "jsonData": {
                "httpMethod": "POST",
                "timeInterval": Commented("15s", "How often Prometheus asks."),
            },
        }
    note = "The role of the machine or task that Grafana runs on; no key lies here."
    return {
        "name": "CloudWatch",
        **common,
        "isDefault": not asks_prometheus(system),
        "jsonData": {
            "authType": Commented("default", note),
            "defaultRegion": system.region,
        },
    }


def providers_text(system: System) -> str:
    """Return where Grafana reads dashboards from."""
    provider: dict[str, Yaml] = {
        "name": f"{system.name}-{system.environment}",
        "type": "file",
        "folder": f"{system.name} {system.environment}",
        "allowUiUpdates": False,
        "disableDeletion": True,
        "options": {"path": _FOLDER},
    }
    return yaml_text(
        {"apiVersion": 1, "providers": [provider]},
        header="Change a dashboard here, not in the browser: what is saved there is lost.",
    )


def compose_text(system: System) -> str:
    """Return the compose file that runs Grafana beside Prometheus."""
    network = f"{system.name}-{system.environment}-monitoring"
    grafana: dict[str, Yaml] = {
        "image": IMAGE,
        "restart": "unless-stopped",
        "environment": {
            "GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/admin_password",
            "GF_USERS_ALLOW_SIGN_UP": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
        },
        "secrets": Flow(["admin_password"]),
        "volumes": [
            "./provisioning:/etc/grafana/provisioning:ro",
            f"./dashboards:{_FOLDER}:ro",
            "grafana:/var/lib/grafana",
        ],
        "ports": Commented(
            ["127.0.0.1:3000:3000"], "On this machine only: TLS and sign-in stand in front of it."
        ),
        "mem_limit": "512m",
        "cpus": Commented("0.5", "Assumed: enough for a small team."),
        "security_opt": ["no-new-privileges:true"],
        "cap_drop": ["ALL"],
    }
    document: dict[str, Yaml] = {
        "services": {"grafana": grafana},
        "volumes": {"grafana": {}},
        "secrets": {"admin_password": {"file": "./secrets/admin_password"}},
    }
    if asks_prometheus(system):
        document["networks"] = {"default": {"name": network, "external": True}}
    return yaml_text(document, header="docker compose up -d, beside Prometheus.")
