"""A dashboard as Grafana 11 reads it: panels, variables, annotations, links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outgrow.render.grafana.layout import Group, Placed, placed
from outgrow.render.grafana.panel import Backend, JsonObject, Panel, datasource, panel_json
from outgrow.render.grafana.text import uid
from outgrow.render.system.model import System
from outgrow.render.writers.json_text import Json

SCHEMA_VERSION = 39  # of Grafana 11
_GRAFANA: JsonObject = {"type": "grafana", "uid": "-- Grafana --"}


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard: `name` becomes its file and part of its uid, `components` its variable."""

    name: str
    title: str
    groups: tuple[Group, ...]
    components: tuple[str, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Return every panel in its order."""
        return tuple(panel for group in self.groups for panel in group.panels)

    @property
    def backends(self) -> frozenset[Backend]:
        """Return the kinds of data sources that its panels ask."""
        return frozenset(query.backend for panel in self.panels for query in panel.queries)


def datasource_uids(system: System) -> dict[Backend, str]:
    """Return the uid of each data source, which the provisioning file gives to it."""
    prefix = (system.name, system.environment)
    return {"prometheus": uid(*prefix, "prometheus"), "cloudwatch": uid(*prefix, "cloudwatch")}


def dashboard_json(system: System, dashboard: Dashboard) -> JsonObject:
    """Return `dashboard` as the document that Grafana provisions."""
    uids = datasource_uids(system)
    return {
        "uid": uid(system.name, system.environment, dashboard.name),
        "title": f"{system.name} {system.environment}: {dashboard.title}",
        "tags": [system.name, system.environment],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "links": [_link(system)],
        "annotations": {"list": list(_annotations(system, dashboard, uids))},
        "templating": {"list": list(_variables(system, dashboard, uids))},
        "panels": [_panel(one, uids) for one in placed(dashboard.groups)],
    }


def _panel(one: Placed, uids: dict[Backend, str]) -> JsonObject:
    return panel_json(one.panel, one.number, one.x, one.y, uids)


def _link(system: System) -> JsonObject:
    return {
        "title": "Dashboards",
        "type": "dashboards",
        "icon": "external link",
        "tooltip": "",
        "url": "",
        "tags": [system.name, system.environment],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }


def _annotations(
    system: System, dashboard: Dashboard, uids: dict[Backend, str]
) -> Iterator[JsonObject]:
    # What the pipeline posts to /api/annotations with these tags.
    yield {
        "name": "Deploys",
        "datasource": _GRAFANA,
        "enable": True,
        "hide": False,
        "iconColor": "blue",
        "target": {
            "type": "tags",
            "tags": ["deploy", system.name, "$environment"],
            "matchAny": False,
            "limit": 100,
        },
    }
    if "prometheus" in dashboard.backends and dashboard.components:
        # A new version is a new process: the moment of its start is a series of its own.
        yield {
            "name": "Starts",
            "datasource": datasource("prometheus", uids),
            "enable": True,
            "hide": False,
            "iconColor": "purple",
            "expr": 'process_start_time_seconds{component=~"$component"} * 1000',
            "step": "1m",
            "useValueForTime": True,
            "titleFormat": "{{component}} started",
        }


def _variables(
    system: System, dashboard: Dashboard, uids: dict[Backend, str]
) -> Iterator[JsonObject]:
    yield _choice("environment", (system.environment,), several=False)
    if dashboard.components:
        yield _choice("component", dashboard.components, several=True)
    seen = set()
    for panel in dashboard.panels:
        for variable in (v for query in panel.queries for v in query.variables):
            if variable.name not in seen:
                seen.add(variable.name)
                yield {**variable.model, "datasource": datasource("cloudwatch", uids)}


def _choice(name: str, values: Sequence[str], *, several: bool) -> JsonObject:
    every: Json = {"selected": True, "text": "All", "value": "$__all"}
    first: Json = {"selected": True, "text": values[0], "value": values[0]}
    options: list[Json] = [
        {"selected": not several and value == values[0], "text": value, "value": value}
        for value in values
    ]
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "custom",
        "query": ",".join(values),
        "current": every if several else first,
        "options": [every, *options] if several else options,
        "multi": several,
        "includeAll": several,
        "hide": 0,
    }
