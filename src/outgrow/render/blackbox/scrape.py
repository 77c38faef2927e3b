"""The part of Prometheus' configuration that lets the exporter ask."""

from __future__ import annotations

from itertools import groupby

from outgrow.render.blackbox.probes import (
    Probe,
    internal_probes,
    public_probes,
    store_probes,
    unasked,
)
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

EXPORTER = "blackbox:9115"
_HEADER = """\
For a Prometheus that has no probes yet:

scrape_config_files:
  - blackbox/scrape.yml

What the target `prometheus` renders asks one address of each part already. Take from here
what it leaves out: redirects, stores, and what only the containers' network reaches."""
_COMMENTS = {
    "http_redirects_to_https": "Whoever types the address without https still gets there safely.",
}


def scrape_yml(system: System) -> str:
    """Return `scrape.yml`, a job for each group of addresses and way of asking."""
    groups = (
        ("public", public_probes(system), "As users see it."),
        ("internal", internal_probes(system), "Health endpoints, within the containers' network."),
        ("store", store_probes(system), "Whether the stores accept connections."),
    )
    jobs = [
        _job(name, module, list(probes), _COMMENTS.get(module, comment))
        for name, found, comment in groups
        for module, probes in groupby(sorted(found, key=_module), _module)
    ]
    return yaml_text({"scrape_configs": jobs}, header=_HEADER + _silence(system))


def _silence(system: System) -> str:
    names = ", ".join(part.name for part in unasked(system))
    if not names:
        return ""
    return (
        "\n\nNothing asks for these from outside, as "
        f"environments/{system.environment}/urls has no address of them: {names}."
    )


def _module(probe: Probe) -> str:
    return probe.module


def _job(group: str, module: str, probes: list[Probe], comment: str) -> Yaml:
    steps: list[Yaml] = [
        {"source_labels": Flow(["__address__"]), "target_label": "__param_target"},
        {"source_labels": Flow(["__param_target"]), "target_label": "instance"},
        {"target_label": "__address__", "replacement": EXPORTER},
    ]
    return Commented(
        {
            "job_name": f"probe-{group}-{module.replace('_', '-')}",
            "metrics_path": "/probe",
            "scrape_interval": "30s",
            "scrape_timeout": "12s",
            "params": {"module": Flow([module])},
            "static_configs": [_target(one) for one in probes],
            "relabel_configs": steps,
        },
        comment,
    )


def _target(probe: Probe) -> Yaml:
    return Commented(
        {"targets": [probe.address], "labels": {"component": probe.part}}, f"{probe.source}"
    )
