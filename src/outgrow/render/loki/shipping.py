"""Alloy's configuration: which lines it reads, what it takes out of them, and where they go.

Components and stages as in https://grafana.com/docs/alloy/latest/reference/components/ (Alloy
1.x). Promtail, which did this before, reached its end of life in March 2026.
"""

from __future__ import annotations

import re

from outgrow.render.loki.plan import LogPlan
from outgrow.render.system.model import System
from outgrow.render.writers.alloy_text import (
    AlloyBlock,
    Expression,
    Pattern,
    alloy_text,
)

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
SOCKET = "unix:///var/run/docker.sock"
LABELS = ("component", "environment")
_SERVICE = "__meta_docker_container_label_com_docker_compose_service"
_PROCESS = Expression("[loki.process.lines.receiver]")
# What the machine itself says that one wants beside the application's lines.
_MACHINE_UNITS = ("docker", "ssh", "sshd", "systemd-oomd")
# Each has one group: what stands in it is replaced.
SECRETS: tuple[tuple[str, str], ...] = (
    (
        r"(?i)authorization[\\\"']*\s*[:=]\s*[\\\"']*"
        r"(?:(?:bearer|basic|token|digest)\s+)?([^\s\\\"',}]+)",
        "Authorization headers.",
    ),
    (
        r"(?i)(?:password|passwd|secret|api[_-]?key|access[_-]?token|refresh[_-]?token)"
        r"[\\\"']*\s*[:=]\s*[\\\"']*([^\s\\\"',&}]+)",
        "Values under a name that says what they are.",
    ),
    (r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:([^\s@/]+)@", "Passwords in addresses of stores."),
    (r"(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+)", "JSON Web Tokens."),
    (r"((?:AKIA|ASIA)[0-9A-Z]{16})", "Access keys of AWS."),
)


def config_alloy(plan: LogPlan) -> str:
    """Return `config.alloy`."""
    system = plan.system
    blocks = [
        *(_docker(plan) if plan.containers else ()),
        *_journal(plan),
        _process(plan),
        _write(),
    ]
    where = system.where("phases", system.phase)
    header = (
        f"Logs of {system.name}, phase {system.phase} in {system.environment} ({where}), "
        "from this machine to Loki."
    )
    return alloy_text(blocks, header)


def _docker(plan: LogPlan) -> tuple[AlloyBlock, ...]:
    names = "|".join(part.name for part in plan.containers)
    keep = AlloyBlock(
        "rule",
        attributes={"source_labels": [_SERVICE], "regex": _ours(names), "action": "keep"},
        comment="Only what the strategy names: whatever else runs here adds no streams.",
    )
    name = AlloyBlock(
        "rule",
        attributes={
            "source_labels": [_SERVICE],
            "regex": _ours(names),
            "replacement": "$1",
            "target_label": "component",
        },
    )
    return (
        AlloyBlock("discovery.docker", "containers", {"host": SOCKET}),
        AlloyBlock(
            "discovery.relabel",
            "containers",
            {"targets": Expression("discovery.docker.containers.targets")},
            (keep, name),
        ),
        AlloyBlock(
            "loki.source.docker",
            "containers",
            {
                "host": SOCKET,
                "targets": Expression("discovery.relabel.containers.output"),
                "forward_to": _PROCESS,
                "labels": _environment(plan.system),
            },
        ),
    )


def _ours(names: str) -> Pattern:
    return Pattern(f"({names})(?:-migrate)?")


def _journal(plan: LogPlan) -> tuple[AlloyBlock, ...]:
    rules = [_unit_rule(rf"{part.name}(?:@.+)?\.service", part.name) for part in plan.units]
    machine = "|".join(_MACHINE_UNITS)
    rules.append(_unit_rule(rf"(?:{machine})\.service", "machine"))
    keep = AlloyBlock(
        "rule",
        attributes={
            "source_labels": ["component"],
            "regex": ".+",
            "action": "keep",
        },
    )
    return (
        AlloyBlock("loki.relabel", "units", {"forward_to": Expression("[]")}, (*rules, keep)),
        AlloyBlock(
            "loki.source.journal",
            "units",
            {
                "max_age": "12h",
                "relabel_rules": Expression("loki.relabel.units.rules"),
                "forward_to": _PROCESS,
                "labels": _environment(plan.system),
            },
        ),
    )


def _unit_rule(pattern: str, component: str) -> AlloyBlock:
    return AlloyBlock(
        "rule",
        attributes={
            "source_labels": ["__journal__systemd_unit"],
            "regex": Pattern(pattern),
            "replacement": component,
            "target_label": "component",
        },
    )


def _environment(system: System) -> dict[str, str]:
    return {"environment": system.environment}


def _process(plan: LogPlan) -> AlloyBlock:
    stages = [
        *_redactions(),
        _json(),
        *_health_checks(plan),
        AlloyBlock(
            "stage.structured_metadata",
            attributes={"values": {"level": "", "request_id": "", "trace_id": ""}},
            comment="Searchable without being labels: a label with many values makes Loki slow.",
        ),
        AlloyBlock(
            "stage.label_keep",
            attributes={"values": list(LABELS)},
            comment="Never a user, a request or a container as a label.",
        ),
    ]
    forward = Expression("[loki.write.loki.receiver]")
    return AlloyBlock("loki.process", "lines", {"forward_to": forward}, stages)


def _redactions() -> list[AlloyBlock]:
    return [
        AlloyBlock(
            "stage.replace",
            attributes={"expression": Pattern(pattern), "replace": "[redacted]"},
            comment=comment,
        )
        for pattern, comment in SECRETS
    ]


def _json() -> AlloyBlock:
    expressions = {
        "level": "level || severity || levelname",
        "request_id": "request_id || requestId",
        "trace_id": "trace_id || traceId",
        "path": "path || http.path",
        "status": "status || status_code || http.status",
    }
    return AlloyBlock(
        "stage.json",
        attributes={"expressions": expressions},
        comment="A line that is no JSON passes as it is.",
    )


def _health_checks(plan: LogPlan) -> list[AlloyBlock]:
    if not plan.health_paths:
        return []
    paths = "|".join(_exactly(path) for path in plan.health_paths)
    reason = "health_check"
    return [
        AlloyBlock(
            "stage.drop",
            attributes={
                "expression": Pattern(health_line(paths)),
                "drop_counter_reason": reason,
            },
            comment="Health checks that went well; one that failed stays.",
        ),
        AlloyBlock(
            "stage.drop",
            attributes={
                "source": "path,status",
                "separator": ";",
                "expression": Pattern(rf"^(?:{paths});2\d\d$"),
                "drop_counter_reason": reason,
            },
        ),
    ]


def health_line(paths: str) -> str:
    """Return the expression for a line of an access log about one of `paths` that went well."""
    return rf'"(?:GET|HEAD) (?:{paths})(?:\?\S*)? HTTP/[0-9.]+" 2\d\d(?:\s|$)'


def _exactly(text: str) -> str:
    """Return the expression that matches `text` only, in RE2's words and Python's."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _write() -> AlloyBlock:
    url = Expression('sys.env("LOKI_URL")')
    endpoint = AlloyBlock("endpoint", attributes={"url": url})
    return AlloyBlock("loki.write", "loki", blocks=(endpoint,))
