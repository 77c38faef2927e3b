"""The target `cloudwatch`: alarms and the agent, for those who do not use Terraform."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.cloudwatch import window_losses
from outgrow.render.alerts.coverage import has_cloudwatch, missing_metrics
from outgrow.render.aws.region import regions_of
from outgrow.render.cloudwatch.agent import agent_json
from outgrow.render.cloudwatch.alarms import COMPOSITES, alarm_files, variables
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering, Target

_AGENT = "amazon-cloudwatch-agent.json"


def render(system: System) -> Rendering:
    """Return the alarms of the home region, and the agent's configuration for its machines."""
    regions = regions_of(system)
    if not regions:
        return Rendering(files=())
    home = regions[0]
    alarms = tuple(RenderedFile(path, text) for path, text in alarm_files(system))
    machines = home.on("aws/ec2")
    agent = (RenderedFile(_AGENT, agent_json()),) if machines else ()
    names = variables(system)
    joined = any(file.path.startswith(COMPOSITES) for file in alarms)
    asked = (RenderedFile("variables.env.example", _variables_text(system, names)),)
    return Rendering(
        files=(*agent, *alarms, *(asked if alarms else ())),
        losses=(*missing_metrics(system, "cloudwatch"), *window_losses(system)),
        commands=tuple(
            _commands(home.region, names if alarms else (), has_agent=bool(agent), joined=joined)
        ),
    )


def _variables_text(system: System, names: tuple[str, ...]) -> str:
    lines = [
        f"# What the alarms of {system.name} in {system.environment} are about: ids that AWS gave.",
        "# `terraform output`, the console or `aws ... describe` know them. Copy this to",
        "# variables.env and fill it in.",
        *(f"{name}=" for name in names),
    ]
    return "\n".join(lines) + "\n"


def _commands(
    region: str, names: tuple[str, ...], *, has_agent: bool, joined: bool
) -> Iterator[str]:
    if has_agent:
        yield (
            "sudo /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl "
            f"-a fetch-config -m ec2 -s -c file:{_AGENT}"
        )
    if names:
        # envsubst is told the names: a dollar in a description is nothing but a dollar.
        known = " ".join(f"${{{name}}}" for name in names)
        yield "cp variables.env.example variables.env"
        yield "set -a; . ./variables.env; set +a"
        yield _put("alarms", "put-metric-alarm", region, known)
        if joined:
            yield _put(COMPOSITES, "put-composite-alarm", region, known)


def _put(folder: str, command: str, region: str, known: str) -> str:
    return (
        f"for alarm in {folder}/*.json; do envsubst '{known}' < \"$alarm\" > filled.json && "
        f"aws cloudwatch {command} --region {region} --cli-input-json "
        "file://filled.json; done"
    )


TARGET = Target("cloudwatch", "CloudWatch alarms and agent", has_cloudwatch, render)
