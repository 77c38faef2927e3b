"""The alerts that nobody evaluates and no target tells of: a phase on managed services."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.diagnostics import Path
from outgrow.render.alerts.coverage import has_cloudwatch, has_prometheus, missing_metrics
from outgrow.render.aws.region import regions_of
from outgrow.render.digitalocean.losses import losses
from outgrow.render.digitalocean.site import Site
from outgrow.render.digitalocean.watching import stated_alerts
from outgrow.render.registry import UNWATCHED
from outgrow.render.system.model import System
from outgrow.render.target import Loss


def untold_alerts(system: System) -> tuple[Loss, ...]:
    """Return a loss for every stated alert that no target evaluates and none tells of.

    Prometheus tells of those it cannot evaluate, and CloudWatch where there is none. Without
    both an alert would be rendered nowhere, and its silence would look as if all were well.
    """
    if has_prometheus(system) or (has_cloudwatch(system) and regions_of(system)):
        return ()
    known = frozenset(_of_droplets(system))
    return tuple(one for one in missing_metrics(system, UNWATCHED) if one.path not in known)


def _of_droplets(system: System) -> Iterator[Path]:
    """Yield the alerts that DigitalOcean evaluates, or tells that it does not."""
    site = Site(system)
    yield from (("alerts", name) for name in stated_alerts(site))
    yield from (one.path for one in losses(site))
