"""The target `prometheus`: configuration, rules, their tests, and a stack that runs it all."""

from __future__ import annotations

from outgrow.render.alerts.coverage import has_prometheus, missing_metrics
from outgrow.render.alerts.scraped import scrapes_application
from outgrow.render.prometheus.rules import alerts_text, recordings_text, tests_text
from outgrow.render.prometheus.scrape_configs import scrape_configs
from outgrow.render.prometheus.stack import needed_variables, project_name, stack_text
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Yaml, yaml_text
from outgrow.strategy.components import ComponentKind


def render(system: System) -> Rendering:
    """Return prometheus.yml, its rules with tests, and the compose file that runs it."""
    files = {
        "prometheus.yml": _configuration(system),
        "rules/recordings.yml": recordings_text(system),
        "rules/alerts.yml": alerts_text(system),
        "tests/alerts.test.yml": tests_text(system),
        "compose.yaml": stack_text(system),
    }
    return Rendering(
        files=tuple(RenderedFile(path, text) for path, text in files.items()),
        losses=missing_metrics(system, "prometheus"),
        covers=frozenset(part.name for part in system.parts if _is_prometheus(part)),
        commands=(
            "promtool check config prometheus.yml",
            "promtool test rules tests/alerts.test.yml",
            *(_targets_command(system, part) for part in system.parts if _is_on_aws(part)),
            *_environment(system),
            f"docker compose --project-name {project_name(system)} up --detach",
        ),
    )


def _configuration(system: System) -> str:
    settings: dict[str, Yaml] = {
        "global": {
            "scrape_interval": "15s",
            "scrape_timeout": "10s",
            "evaluation_interval": "15s",
            "external_labels": {
                "system": system.name,
                "environment": system.environment,
                "phase": system.phase,
                "region": system.region,
            },
        },
        "rule_files": ["rules/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]},
        "scrape_configs": scrape_configs(system),
    }
    return yaml_text(settings, header=f"Prometheus of {system.name}, {system.environment}.")


def _environment(system: System) -> tuple[str, ...]:
    """Return how the exporters learn where the stores are: a file that stays on the machine."""
    names = needed_variables(system)
    if not names:
        return ()
    return (f"printf '%s=\\n' {' '.join(names)} > .env && chmod 600 .env && ${{EDITOR:-vi}} .env",)


def _is_on_aws(part: Part) -> bool:
    return scrapes_application(part) and part.service in ("aws/fargate", "aws/ec2")


def _targets_command(system: System, part: Part) -> str:
    """Return a command that writes the addresses of the instances of `part` into a file."""
    prefix, port = f"{system.name}-{system.environment}", part.listens
    if part.service == "aws/ec2":
        listed = (
            f"aws ec2 describe-instances --region {system.region} --filters"
            f" Name=tag:Component,Values={part.name} Name=instance-state-name,Values=running"
            " --query 'Reservations[].Instances[].PrivateIpAddress' --output json"
        )
    else:
        listed = (
            f"aws ecs describe-tasks --region {system.region} --cluster {prefix} --tasks"
            f" $(aws ecs list-tasks --region {system.region} --cluster {prefix}"
            f" --service-name {part.name} --query 'taskArns[]' --output text)"
            " --query 'tasks[].containers[].networkInterfaces[].privateIpv4Address' --output json"
        )
    shaped = f"jq '[{{targets: map(. + \":{port}\")}}]' > targets/{part.name}.json"
    return f"mkdir -p targets && {listed} | {shaped}"


def _is_prometheus(part: Part) -> bool:
    words = f"{part.spec.stack} {part.resource.offering_id}".lower()
    return part.kind is ComponentKind.MONITORING and "prometheus" in words


TARGET = Target("prometheus", "Prometheus", has_prometheus, render)
