"""The document of `OUTGROW_KIT`: what a phase offers to an application, as outgrow-kit reads it.

It names variables and holds no secret. The phase decides everything: the same code gets another
document in another phase. docs/kit/settings.md describes every key.
"""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.render.kit.stores import cache, database, mongodb
from outgrow.render.kit.text import one_line
from outgrow.render.kit.variables import KitVariables
from outgrow.render.kit.watching import metrics, tracing
from outgrow.render.kit.web import http, rate_limits, sign_in
from outgrow.render.kit.workers import workers_of
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind

VERSION = 1

Json = Mapping[str, object]


def kit_settings(system: System, part: Part, variables: KitVariables) -> str:
    """Return the settings of `part` as one line of JSON, in ASCII and without a `$`."""
    return one_line(kit_document(system, part, variables))


def kit_document(system: System, part: Part, variables: KitVariables) -> Json:
    """Return the settings of `part`; what the phase does not have is left out."""
    web = part.kind is not ComponentKind.WORKER
    written = {
        "version": VERSION,
        "service": part.name,
        "phase": system.phase,
        "environment": system.environment,
        "region": part.resource.region or system.region,
        "workers": workers_of(part),
        "database": database(system, part, variables),
        "mongodb": mongodb(system, part, variables),
        "cache": cache(system, part, variables),
        "rate_limits": rate_limits(system, part) if web else [],
        "auth": sign_in(system, variables) if web else {},
        "http": http(system, part) if web else {},
        "metrics": metrics(system, part),
        "tracing": tracing(system, part, variables),
    }
    return {key: value for key, value in written.items() if value not in ({}, [])}
