"""The target `blackbox`: what a user would notice, asked every half minute."""

from __future__ import annotations

from outgrow.render.blackbox.modules import blackbox_yml
from outgrow.render.blackbox.probes import public_probes, unreadable
from outgrow.render.blackbox.scrape import scrape_yml
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, Role, System
from outgrow.render.target import Loss, Rendering, Target
from outgrow.strategy.components import ComponentKind


def applies(system: System) -> bool:
    """Return whether Prometheus or an uptime monitor of one's own asks what is public here."""
    return any(_watches(part) for part in system.parts)


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


def _watches(part: Part) -> bool:
    return _is_own_uptime(part) or (
        part.kind is ComponentKind.MONITORING
        and "prometheus" in f"{part.resource.offering_id} {part.spec.stack}".lower()
    )


def _is_own_uptime(part: Part) -> bool:
    return part.kind is ComponentKind.UPTIME and part.provider == "self-hosted"


def _losses(system: System) -> tuple[Loss, ...]:
    broken = [
        Loss(
            "blackbox-address",
            one.path,
            f"probes of {one.part.component}",
            "its address or health path is not one that can be asked",
            "write https://HOST and a path without blanks, queries and passwords",
        )
        for one in unreadable(system)
    ]
    probed = {probe.part for probe in public_probes(system)}
    hidden = [
        Loss(
            "blackbox-no-url",
            part.path,
            f"probes of {part.component} from outside",
            f"{system.environment} has no address for it",
            f"write it under environments/{system.environment}/urls",
        )
        for part in system.parts
        if part.public and part.role in (Role.APPLICATION, Role.EDGE)
        if part.name not in probed and part.component not in system.settings.urls
        if not probed & set(part.linked_from)
    ]
    return (*broken, *hidden)


TARGET = Target("blackbox", "Blackbox probes", applies, render)
