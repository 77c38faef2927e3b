"""The target `blackbox`: what a user would notice, asked every half minute."""

from __future__ import annotations

from outgrow.render.alerts.coverage import has_prometheus
from outgrow.render.blackbox.modules import blackbox_yml
from outgrow.render.blackbox.probes import unreadable
from outgrow.render.blackbox.scrape import scrape_yml
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Loss, Rendering, Target
from outgrow.strategy.components import ComponentKind


def applies(system: System) -> bool:
    """Return whether Prometheus or an uptime monitor of one's own asks what is public here.

    The stack of the target `prometheus` runs the exporter on this folder.
    """
    return has_prometheus(system) or any(_is_own_uptime(part) for part in system.parts)


def render(system: System) -> Rendering:
    """Return the exporter's modules and Prometheus' jobs."""
    return Rendering(
        files=(
            RenderedFile("blackbox.yml", blackbox_yml(system)),
            RenderedFile("scrape.yml", scrape_yml(system)),
        ),
        losses=_losses(system),
        covers=frozenset(part.name for part in system.parts if _is_own_uptime(part)),
        commands=(
            "blackbox_exporter --config.check --config.file=blackbox.yml",
            "promtool check config scrape.yml",
        ),
    )


def _is_own_uptime(part: Part) -> bool:
    return part.kind is ComponentKind.UPTIME and part.provider == "self-hosted"


def _losses(system: System) -> tuple[Loss, ...]:
    return tuple(
        Loss(
            "blackbox-address",
            one.path,
            f"probes of {one.part.component}",
            "its address or health path is not one that can be asked",
            "write https://HOST and a path without blanks, queries and passwords",
        )
        for one in unreadable(system)
    )


TARGET = Target("blackbox", "Blackbox probes", applies, render)
