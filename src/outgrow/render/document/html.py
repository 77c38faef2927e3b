"""The document as one HTML page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from outgrow.render.document.blocks import Meter, StrategyDocument
from outgrow.render.document.sources import source_anchor
from outgrow.render.document.svg_page import diagram_style

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_HERE = Path(__file__).parent
_LISTED_IN_FULL = frozenset({"phases"})


def to_html(document: StrategyDocument) -> str:
    """Return the whole page; the same document always gives the same bytes."""
    template = _environment().get_template("page.html.j2")
    page = template.render(
        document=document,
        style=(_HERE / "page.css").read_text("utf-8") + diagram_style(),
        deep=_LISTED_IN_FULL,
    )
    return page.lstrip() + "\n"


def _environment() -> Environment:
    # Jinja takes 60 ms to import, and only `outgrow docs` needs it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["filled"] = _filled
    environment.filters["source_anchor"] = source_anchor
    environment.filters["drawing"] = _drawing
    return environment


def _kind(value: object) -> str:
    return type(value).__name__.lower()


def _filled(meter: Meter) -> str:
    inside = min(max(meter.share, Decimal(0)), Decimal(1))
    return f"{inside * 100:.0f}"


def _drawing(svg: str) -> Markup:
    """Return a drawing as it is: `svg_page` has escaped every word in it."""
    from markupsafe import Markup

    return Markup(svg)
