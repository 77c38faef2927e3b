"""Which route answered a request: its template, whatever was included or mounted where."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Scope

UNMATCHED = "unmatched"
# Callers may send any word as a method, and each would be a series of its own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route with its whole template, the prefixes of its routers and mounts included.

    `is_public` is False for what the application leaves out of its own documentation.
    """

    template: str
    methods: tuple[str, ...]
    success: int
    is_public: bool
    keys: tuple[int, ...]


class Endpoints:
    """The endpoints of an application, and which of them a request went to."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self.all = tuple(_endpoints(routes, ""))
        # One function may serve several routes; where nothing else tells, it is its first.
        self._templates: dict[int, str] = {}
        for endpoint in self.all:
            for key in endpoint.keys:
                self._templates.setdefault(key, endpoint.template)

    def of(self, scope: Scope) -> str:
        """Return the template of the route that a request went to."""
        included = scope.get("fastapi")
        if included is not None:
            context = included.get("effective_route_context")
            # Below a mount the context does not know the whole path.
            if context is not None and not scope.get("root_path"):
                return str(context.path)
        found = self._templates.get(id(scope.get("route")))
        return found or self._templates.get(id(scope.get("endpoint"))) or UNMATCHED


def _endpoints(routes: Iterable[BaseRoute], prefix: str) -> Iterator[Endpoint]:
    for route, path, methods, function in _flat(routes):
        if isinstance(route, Mount):
            yield from _endpoints(route.routes, prefix + route.path)
        elif function is not None:
            yield Endpoint(
                template=prefix + path,
                methods=tuple(sorted(methods)),
                success=getattr(route, "status_code", None) or 200,
                is_public=bool(getattr(route, "include_in_schema", True)),
                keys=(id(route), id(function)),
            )


def _flat(
    routes: Iterable[BaseRoute],
) -> Iterator[tuple[BaseRoute, str, Iterable[str], object | None]]:
    """Yield routes with path, methods and function; FastAPI tells those of included routers."""
    listed = list(routes)
    fastapi = sys.modules.get("fastapi.routing")
    contexts = getattr(fastapi, "iter_route_contexts", None)
    if contexts is not None:
        for one in contexts(listed):
            yield one.original_route, one.path or "", one.methods or (), _function(one)
        return
    for route in listed:
        if isinstance(route, Route):
            yield route, route.path, route.methods or (), route.endpoint
        else:
            yield route, "", (), None


def _function(context: object) -> object | None:
    """Return the function of a route of FastAPI; a mount or a websocket has none to count."""
    is_counted = bool(getattr(context, "methods", None))
    return getattr(context, "endpoint", None) if is_counted else None
