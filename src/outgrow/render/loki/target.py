"""The target `loki`: logs of one's own, shipped from containers and units of one's own."""

from __future__ import annotations

from outgrow.render.loki.configuration import loki_yaml
from outgrow.render.loki.losses import losses_of
from outgrow.render.loki.plan import keeps_its_own_logs, log_part, log_plan
from outgrow.render.loki.shipping import config_alloy
from outgrow.render.loki.stack import env_example, stack_yaml
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering, Target


def render(system: System) -> Rendering:
    """Return Loki's and Alloy's configuration, and a Compose file that runs both."""
    plan, logs = log_plan(system), log_part(system)
    return Rendering(
        files=(
            RenderedFile("loki.yaml", loki_yaml(plan)),
            RenderedFile("config.alloy", config_alloy(plan)),
            RenderedFile("compose.yaml", stack_yaml(plan)),
            RenderedFile(".env.example", env_example(plan)),
            RenderedFile(".gitignore", ".env\n"),
        ),
        losses=losses_of(plan),
        covers=frozenset({logs.name} if logs is not None else ()),
        commands=("cp .env.example .env", "docker compose up --detach"),
    )


TARGET = Target("loki", "Loki and log shipping", keeps_its_own_logs, render)
