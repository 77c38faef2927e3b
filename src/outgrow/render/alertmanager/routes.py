"""The routing tree: a branch for each channel, and in it a manner for each severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outgrow.render.alertmanager.severities import MANNERS
from outgrow.render.alertmanager.text import exactly
from outgrow.render.alerts.rule import Severity
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml
from outgrow.strategy.targets import Channel

NOBODY = "nobody"


def route(system: System) -> Yaml:
    """Return `route`: everything that Prometheus sends ends at one of its branches."""
    channels = system.strategy.channels
    root: dict[str, Yaml] = {
        "receiver": receiver_of("warn", channels),
        "group_by": Flow(["alertname", "component"]),
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "12h",
    }
    if channels:
        root["routes"] = [_unaddressed(channels), *(_channel(system, name) for name in channels)]
    return root


def receiver_of(severity: Severity, channels: Mapping[str, Channel]) -> str:
    """Return who is told of an alert that names no channel.

    A page goes to the first channel that wakes somebody, anything else to the first that
    does not; either takes what there is.
    """
    wanted = [
        name for name, one in channels.items() if (one.kind == "page") == (severity == "page")
    ]
    return next(iter([*wanted, *channels]), NOBODY)


def _unaddressed(channels: Mapping[str, Channel]) -> Yaml:
    return Commented(
        {
            "matchers": [_equals("channels", "")],
            "receiver": receiver_of("warn", channels),
            "routes": [
                Commented(_severity(one, receiver_of(one, channels)), manner.why)
                for one, manner in MANNERS.items()
            ],
        },
        "Alerts that name no channel (`to`), and those that outgrow adds.",
    )


def _channel(system: System, name: str) -> Yaml:
    return Commented(
        {
            # Prometheus joins the channels of an alert with commas.
            "matchers": [f'channels=~"(.*,)?{exactly(name)}(,.*)?"'],
            "receiver": name,
            "continue": Commented(True, "An alert may name several channels."),
            "routes": [_severity(one, name) for one in MANNERS],
        },
        f"{system.where('channels', name)}.",
    )


def _severity(severity: Severity, receiver: str) -> Yaml:
    manner = MANNERS[severity]
    return {
        "matchers": [_equals("severity", severity)],
        "receiver": receiver,
        "group_by": Flow(manner.group_by),
        "group_wait": manner.group_wait,
        "group_interval": manner.group_interval,
        "repeat_interval": manner.repeat_interval,
    }


def _equals(label: str, value: str) -> str:
    return f'{label}="{value}"'


def one_of(label: str, values: Iterable[str]) -> str:
    """Return a matcher for a label that has one of `values`."""
    return f'{label}=~"{"|".join(map(exactly, values))}"'
