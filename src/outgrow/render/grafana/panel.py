"""A panel before it has a place: what it asks, of whom, in which unit, with which lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from outgrow.render.writers.json_text import Json

Backend = Literal["prometheus", "cloudwatch"]
Kind = Literal["timeseries", "stat", "text", "row"]
FULL_WIDTH = 24
JsonObject = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a dashboard, already in Grafana's own words."""

    name: str
    model: JsonObject


@dataclass(frozen=True, slots=True)
class Query:
    """What a panel asks for one or several of its lines.

    `targets` are Grafana's, without `refId` and `datasource`; `variables` are those that they
    read.
    """

    backend: Backend
    targets: tuple[JsonObject, ...]
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A level that a value must not pass, drawn as a line."""

    value: Decimal
    colour: Literal["orange", "red"]
    above: bool
    said: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel, `width` of 24 columns wide and `height` rows high."""

    title: str
    queries: tuple[Query, ...] = ()
    unit: str = "short"
    levels: tuple[Level, ...] = ()
    description: str = ""
    kind: Kind = "timeseries"
    width: int = 6
    height: int = 8
    content: str = ""
    draws: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def panel_json(panel: Panel, number: int, x: int, y: int, uids: dict[Backend, str]) -> JsonObject:
    """Return `panel` as Grafana has it, at its place and with its number."""
    place = {"h": panel.height, "w": panel.width, "x": x, "y": y}
    base: dict[str, Json] = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "gridPos": place,
    }
    if panel.kind == "row":
        return {**base, "collapsed": False, "panels": []}
    if panel.description:
        base["description"] = panel.description
    if panel.kind == "text":
        return {**base, "options": _plain_text(panel.content)}
    backend = panel.queries[0].backend
    return {
        **base,
        "datasource": datasource(backend, uids),
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "targets": _targets(panel, uids),
    }


def datasource(backend: Backend, uids: dict[Backend, str]) -> JsonObject:
    """Return the reference to a data source."""
    return {"type": backend, "uid": uids[backend]}


def _targets(panel: Panel, uids: dict[Backend, str]) -> list[Json]:
    asked = [(query.backend, one) for query in panel.queries for one in query.targets]
    return [
        {"refId": _letter(i), "datasource": datasource(backend, uids), **one}
        for i, (backend, one) in enumerate(asked)
    ]


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else f"A{_letter(index - 26)}"


def _plain_text(content: str) -> JsonObject:
    # Neither Markdown nor HTML: what the strategy says is shown as it stands.
    return {
        "mode": "code",
        "code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False},
        "content": content,
    }


def _defaults(panel: Panel) -> JsonObject:
    defaults: dict[str, Json] = {"unit": panel.unit}
    if panel.unit == "percent":
        defaults |= {"min": 0}
    defaults["color"] = {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"}
    defaults["thresholds"] = {"mode": "absolute", "steps": steps(panel.levels)}
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 5,
            "showPoints": "never",
            "spanNulls": False,
            "axisSoftMin": 0,
            "thresholdsStyle": {"mode": "dashed" if panel.levels else "off"},
        }
    return defaults


def _options(panel: Panel) -> JsonObject:
    if panel.kind == "stat":
        return {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area",
            "textMode": "value_and_name",
        }
    return {
        "legend": {
            "displayMode": "list",
            "placement": "bottom",
            "showLegend": True,
            "calcs": ["lastNotNull"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def steps(levels: Sequence[Level]) -> list[Json]:
    """Return the steps of thresholds: green where all is well, and a colour past each level."""
    above = sorted((one for one in levels if one.above), key=lambda one: one.value)
    below = sorted((one for one in levels if not one.above), key=lambda one: one.value)
    if above or not below:
        base: list[Json] = [{"color": "green", "value": None}]
        return base + [{"color": one.colour, "value": one.value} for one in above]
    colours = [*(one.colour for one in below), "green"]
    values = [None, *(one.value for one in below)]
    return [{"color": c, "value": v} for c, v in zip(colours, values, strict=True)]
