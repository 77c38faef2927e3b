"""The target `grafana`: dashboards, and what provisions and runs them."""

from __future__ import annotations

from outgrow.render.grafana.dashboard import dashboard_json
from outgrow.render.grafana.dashboards import dashboards_of
from outgrow.render.grafana.losses import losses_of
from outgrow.render.grafana.provisioning import compose_text, datasources_text, providers_text
from outgrow.render.grafana.queries import asks_prometheus
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.json_text import json_text
from outgrow.strategy.components import ComponentKind

_IGNORED = """\
# The password of Grafana's first user stays on this machine.
secrets/
"""


def render(system: System) -> Rendering:
    """Return the dashboards of everything that Prometheus or CloudWatch measures."""
    dashboards = dashboards_of(system)
    losses = losses_of(system, dashboards)
    if not dashboards:
        return Rendering(files=(), losses=losses)
    files = [
        RenderedFile("compose.yaml", compose_text(system)),
        RenderedFile("provisioning/datasources/outgrow.yml", datasources_text(system, dashboards)),
        RenderedFile("provisioning/dashboards/outgrow.yml", providers_text(system)),
        *(
            RenderedFile(f"dashboards/{one.name}.json", json_text(dashboard_json(system, one)))
            for one in dashboards
        ),
        RenderedFile(".gitignore", _IGNORED),
    ]
    return Rendering(
        files=tuple(files),
        losses=losses,
        covers=frozenset(part.name for part in system.parts if _is_grafana(part)),
        commands=(
            "mkdir -p -m 700 secrets",
            "openssl rand -hex 24 | tr -d '\\n' > secrets/admin_password",
            "docker compose up --detach",
        ),
    )


def _is_grafana(part: Part) -> bool:
    words = f"{part.spec.stack} {part.resource.offering_id}".lower()
    return part.kind is ComponentKind.MONITORING and "grafana" in words


TARGET = Target("grafana", "Grafana", asks_prometheus, render)
