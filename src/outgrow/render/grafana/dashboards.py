"""Which dashboards a system has: an overview, one for each store, machines, business."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.grafana.business import demand_panels, metric_panels
from outgrow.render.grafana.dashboard import Dashboard
from outgrow.render.grafana.layout import Group
from outgrow.render.grafana.panel import FULL_WIDTH, Panel
from outgrow.render.grafana.queries import INTERVAL, asks_prometheus, promql, query_of
from outgrow.render.grafana.signals import MACHINE, SERVICE, STORE, panels_of, watched_besides
from outgrow.render.grafana.text import literal
from outgrow.render.system.model import Part, Role, System


def dashboards_of(system: System) -> tuple[Dashboard, ...]:
    """Return every dashboard that has at least one panel, the overview first."""
    found = (_overview(system), *_stores(system), _machines(system), _business(system))
    return tuple(one for one in found if any(panel.queries for panel in one.panels))


def served(system: System) -> tuple[Part, ...]:
    """Return the parts of the overview: what runs our code, and what stands before it."""
    return system.parts_of(Role.APPLICATION, Role.EDGE)


def machines(system: System) -> tuple[Part, ...]:
    """Return the machines whose processor, memory and disk are the team's to watch."""
    return tuple(p for p in system.parts if p.role is Role.MACHINE or p.service == "aws/ec2")


def _overview(system: System) -> Dashboard:
    groups = [_of_part(system, part) for part in served(system)]
    groups += [_rest(system, part) for part in _others(system)]
    named = tuple(part.name for part in served(system))
    return Dashboard("overview", "overview", (_summary(system), *groups), named)


def _others(system: System) -> Iterator[Part]:
    """Yield the parts with no row and no dashboard of their own: what tracks errors, say."""
    elsewhere = (*served(system), *system.parts_of(Role.STORE), *machines(system))
    return (part for part in system.parts if part not in elsewhere)


def _of_part(system: System, part: Part) -> Group:
    return _with_rest(system, part, literal(part.component), panels_of(system, part, SERVICE))


def _rest(system: System, part: Part) -> Group:
    return _with_rest(system, part, literal(part.component), ())


def _with_rest(system: System, part: Part, title: str, panels: tuple[Panel, ...]) -> Group:
    drawn = frozenset(one for panel in panels for one in panel.draws)
    return Group(title, (*panels, *watched_besides(system, part, drawn)))


def _summary(system: System) -> Group:
    """Return how many instances of each service answer, and requests by component."""
    asked = [
        query
        for part in served(system)
        if (query := query_of(system, part, "healthy_instances", part.name)) is not None
    ]
    panels = []
    if asked:
        panels.append(
            Panel(
                "Instances that answer",
                tuple(asked),
                kind="stat",
                width=FULL_WIDTH,
                height=4,
            )
        )
    if asks_prometheus(system):
        panels += [_requests(), _errors()]
    return Group("", tuple(panels))


def _requests() -> Panel:
    return _by_component("Requests a second", 'component=~"$component"')


def _errors() -> Panel:
    return _by_component("Failed requests a second", 'component=~"$component",status=~"5.."')


def _by_component(title: str, labels: str) -> Panel:
    rate = f"rate(http_requests_total{{{labels}}}[{INTERVAL}])"
    query = promql(f"sum by (component) ({rate})", "{{component}}")
    return Panel(f"{title}, by component", (query,), unit="reqps", width=12)


def _stores(system: System) -> Iterator[Dashboard]:
    for part in system.parts_of(Role.STORE):
        group = _with_rest(system, part, "", panels_of(system, part, STORE))
        yield Dashboard(
            f"store-{part.name}", literal(part.component), (group,), (part.name, *part.linked_from)
        )


def _machines(system: System) -> Dashboard:
    found = machines(system)
    groups = tuple(
        _with_rest(system, part, literal(part.component), panels_of(system, part, MACHINE))
        for part in found
    )
    return Dashboard("machines", "machines", groups, tuple(part.name for part in found))


def _business(system: System) -> Dashboard:
    parts = [system.part(m.component) for m in system.strategy.metrics.values() if m.component]
    names = tuple(dict.fromkeys(part.name for part in parts if part is not None))
    groups = (
        Group("What the application counts", tuple(metric_panels(system))),
        Group("Demand", tuple(demand_panels(system))),
    )
    return Dashboard("business", "business", groups, names)
