"""The target `alertmanager`: routes, receivers, inhibition, and readable messages."""

from __future__ import annotations

from outgrow.render.alertmanager.inhibition import inhibit_rules
from outgrow.render.alertmanager.losses import losses_of
from outgrow.render.alertmanager.receivers import receivers
from outgrow.render.alertmanager.routes import route
from outgrow.render.alertmanager.secrets import FOLDER, secret_commands
from outgrow.render.alertmanager.templates import SLACK_TEMPLATES
from outgrow.render.alerts.coverage import has_prometheus
from outgrow.render.kubernetes.placement import has_cluster
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Yaml, yaml_text
from outgrow.strategy.components import ComponentKind

_IGNORED = """\
# The addresses and keys of channels stay on this machine.
secrets/
"""


def render(system: System) -> Rendering:
    """Return alertmanager.yml and its templates, for everything that Prometheus sends."""
    text = _configuration(system)
    return Rendering(
        files=(
            RenderedFile("alertmanager.yml", text),
            RenderedFile("templates/outgrow.tmpl", SLACK_TEMPLATES),
            RenderedFile(".gitignore", _IGNORED),
        ),
        losses=losses_of(system),
        covers=frozenset(part.name for part in system.parts if _is_alertmanager(part)),
        commands=("amtool check-config alertmanager.yml", *secret_commands(system, text)),
    )


def applies(system: System) -> bool:
    """Return whether a Prometheus of our own raises alerts here."""
    return has_prometheus(system) or has_cluster(system)


def _is_alertmanager(part: Part) -> bool:
    return part.kind is ComponentKind.MONITORING and "alertmanager" in part.spec.stack.lower()


def _configuration(system: System) -> str:
    settings: dict[str, Yaml] = {
        "global": {"resolve_timeout": "5m"},
        "templates": [f"{FOLDER}/templates/*.tmpl"],
        "route": route(system),
        "inhibit_rules": inhibit_rules(system),
        "receivers": receivers(system),
    }
    header = (
        f"Who is told of an alert of {system.name}, {system.environment}. Secrets are in files: "
        "the commands of the README write them."
    )
    return yaml_text(settings, header=header)


TARGET = Target("alertmanager", "Alertmanager", applies, render)
