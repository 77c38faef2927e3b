"""What Prometheus scrapes: our services, the exporters beside the stores, the probes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outgrow.render.alerts.scraped import (
    BLACKBOX,
    EXPORTER_PORTS,
    exporter_of,
    probe_of,
    scrapes_application,
)
from outgrow.render.own_proxy import SLOT_LABEL, slot_addresses
from outgrow.render.system.model import Part, System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml


def scrape_configs(system: System) -> list[Yaml]:
    """Return a scrape configuration for each thing that can be asked."""
    jobs: list[Yaml] = [_static("prometheus", "prometheus", "localhost:9090", "Prometheus itself.")]
    for part in system.parts:
        if scrapes_application(part):
            jobs.append(_application(system, part))
        exporter = exporter_of(part)
        if exporter is not None:
            jobs.append(_exporter(system, part, exporter))
    probes = list(_probes(system))
    return [*jobs, _blackbox(probes)] if probes else jobs


def exporter_host(part: Part, exporter: str) -> str:
    """Return the name and port of the exporter that speaks for `part`."""
    port = EXPORTER_PORTS[exporter]
    return f"node-exporter:{port}" if exporter == "node" else f"{part.name}-exporter:{port}"


def _application(system: System, part: Part) -> Yaml:
    comment = f"{part.name}: {system.where(*part.path)}."
    job: dict[str, Yaml] = {"job_name": part.name, "metrics_path": "/metrics"}
    if part.service in ("aws/fargate", "aws/ec2"):
        job["file_sd_configs"] = [
            {"files": [f"targets/{part.name}.json"], "refresh_interval": "1m"}
        ]
        job["relabel_configs"] = [{"target_label": "component", "replacement": part.name}]
        comment += " Its instances come and go; the README's command writes their addresses."
    elif slots := slot_addresses(system, part):
        job["static_configs"] = [
            {"targets": [address], "labels": {"component": part.name, SLOT_LABEL: slot}}
            for slot, address in slots.items()
        ]
        comment += " A version is in one colour of the slots; the other one is down or waits."
    else:
        job["dns_sd_configs"] = [
            {
                "names": [part.name],
                "type": "A",
                "port": part.listens or 80,
                "refresh_interval": "15s",
            }
        ]
        job["relabel_configs"] = [{"target_label": "component", "replacement": part.name}]
    return Commented(job, comment)


def _exporter(system: System, part: Part, exporter: str) -> Yaml:
    place = system.where(*part.resource.path)
    job = f"{part.name}-{exporter}"
    if exporter == "node" and part.provider == "aws":
        return Commented(_ec2(system, part, job), f"The machines of {part.name}: {place}.")
    host = exporter_host(part, exporter)
    return _static(job, part.name, host, f"{part.name}, by {exporter}_exporter: {place}.")


def _ec2(system: System, part: Part, job: str) -> Mapping[str, Yaml]:
    return {
        "job_name": job,
        "ec2_sd_configs": [
            {
                "region": system.region,
                "port": EXPORTER_PORTS["node"],
                "filters": [
                    {"name": "tag:Component", "values": [part.component]},
                    {"name": "tag:Environment", "values": [system.environment]},
                    {"name": "instance-state-name", "values": ["running"]},
                ],
            }
        ],
        "relabel_configs": [{"target_label": "component", "replacement": part.name}],
    }


def _static(job: str, component: str, host: str, comment: str) -> Yaml:
    return Commented(
        {
            "job_name": job,
            "static_configs": [{"targets": [host], "labels": {"component": component}}],
        },
        comment,
    )


def _probes(system: System) -> Iterator[tuple[str, str]]:
    for part in system.parts:
        address = probe_of(system, part)
        if address is not None:
            yield part.name, address


def _blackbox(probes: list[tuple[str, str]]) -> Yaml:
    steps: list[Yaml] = [
        {"source_labels": Flow(["__address__"]), "target_label": "__param_target"},
        {"source_labels": Flow(["__param_target"]), "target_label": "instance"},
        {"target_label": "__address__", "replacement": BLACKBOX},
    ]
    return Commented(
        {
            "job_name": "blackbox",
            "metrics_path": "/probe",
            "params": {"module": ["http_2xx"]},
            "static_configs": [
                {"targets": [address], "labels": {"component": name}} for name, address in probes
            ],
            "relabel_configs": steps,
        },
        "As users see it: the blackbox exporter asks, Prometheus asks the exporter.",
    )
