"""The two containers: Loki where logs are kept, Alloy on every machine that has some."""

from __future__ import annotations

from outgrow.render.loki.configuration import LOKI_PORT
from outgrow.render.loki.plan import LogPlan
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

_LOKI_IMAGE = "grafana/loki:3.4.2"
_ALLOY_IMAGE = "grafana/alloy:v1.7.5"
_CLOSED: dict[str, Yaml] = {
    "read_only": True,
    "tmpfs": Flow(["/tmp"]),
    "security_opt": ["no-new-privileges:true"],
    "cap_drop": ["ALL"],
}


def stack_yaml(plan: LogPlan) -> str:
    """Return `compose.yaml`."""
    system = plan.system
    network = f"{system.name}-{system.environment}-monitoring"
    document: dict[str, Yaml] = {
        "services": {"loki": _loki(plan), "alloy": _alloy(plan)},
        "volumes": {"loki": {}, "alloy": {}},
        "networks": {
            "default": Commented({"name": network}, "Grafana reads Loki on this network.")
        },
    }
    header = (
        "On the machine that watches: docker compose up --detach\n"
        "On every other machine with containers: docker compose up --detach --no-deps alloy"
    )
    return yaml_text(document, header=header)


def env_example(plan: LogPlan) -> str:
    """Return `.env.example`: the variables of the two containers."""
    lines = [
        "# Copy to .env. Loki has no password: let it listen on a private address only.",
        "LOKI_ADDRESS=127.0.0.1",
        "# Where Alloy sends lines; on other machines the private address of the one with Loki.",
        f"LOKI_URL=http://loki:{LOKI_PORT}/loki/api/v1/push",
    ]
    if plan.bucket is not None:
        lines += [
            "# A bucket for logs alone. The role of the machine may list it and read, write and",
            "# delete its objects.",
            "LOKI_BUCKET=",
        ]
    return "\n".join(lines) + "\n"


def _loki(plan: LogPlan) -> Yaml:
    command = ["-config.file=/etc/loki/loki.yaml"]
    environment: dict[str, Yaml] = {}
    if plan.bucket is not None:
        command.append("-config.expand-env=true")
        environment = {"environment": {"LOKI_BUCKET": "${LOKI_BUCKET:?set it in .env}"}}
    return {
        "image": _LOKI_IMAGE,
        "restart": "unless-stopped",
        "command": list(command),
        **environment,
        "volumes": ["./loki.yaml:/etc/loki/loki.yaml:ro", "loki:/loki"],
        "ports": [
            Commented(
                f"${{LOKI_ADDRESS:-127.0.0.1}}:{LOKI_PORT}:{LOKI_PORT}",
                "For Alloy on other machines. Anyone who reaches it reads every line.",
            )
        ],
        **_CLOSED,
    }


def _alloy(plan: LogPlan) -> Yaml:
    service: dict[str, Yaml] = {
        "image": _ALLOY_IMAGE,
        "restart": "unless-stopped",
        "command": [
            "run",
            "--server.http.listen-addr=127.0.0.1:12345",
            "--storage.path=/data",
            "--disable-reporting",
            "/etc/alloy/config.alloy",
        ],
        "environment": {"LOKI_URL": "${LOKI_URL:?set it in .env}"},
        "volumes": [
            "./config.alloy:/etc/alloy/config.alloy:ro",
            "alloy:/data",
            *_sources(plan),
        ],
        **_CLOSED,
    }
    return service


def _sources(plan: LogPlan) -> list[Yaml]:
    journal: list[Yaml] = [
        "/var/log/journal:/var/log/journal:ro",
        "/run/log/journal:/run/log/journal:ro",
        "/etc/machine-id:/etc/machine-id:ro",
    ]
    if not plan.containers:
        return journal
    socket = Commented(
        "/var/run/docker.sock:/var/run/docker.sock:ro",
        "Whoever controls this container controls Docker, so it opens no port.",
    )
    return [socket, *journal]
