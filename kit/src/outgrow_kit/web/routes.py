"""Which requests a rule means: `/api/*`, `POST /login`, or `*` for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_METHOD = re.compile(r"^([A-Z]+) +(.*)$")


class RoutePattern:
    """A path, `*` in it standing for any characters, perhaps with a method before it."""

    __slots__ = ("_methods", "_path", "_path_text", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        written = _METHOD.match(text.strip())
        method, path = written.groups() if written else ("", text.strip())
        self._path_text = path
        # Servers answer HEAD as they answer GET, so a rule for GET would be passed by with HEAD.
        self._methods = frozenset(("GET", "HEAD") if method == "GET" else [method] * bool(method))
        parts = [re.escape(part) for part in path.split("*")]
        self._path = re.compile(".*".join(parts), re.DOTALL)

    @property
    def means_something(self) -> bool:
        """Return whether any path can match: each begins with `/`."""
        return self._path_text.startswith(("/", "*"))

    def matches(self, method: str, path: str) -> bool:
        """Return whether the rule means a request with this method and (decoded) path."""
        if self._methods and method not in self._methods:
            return False
        return self._path.fullmatch(path) is not None


def route_path(scope: Mapping[str, Any]) -> str:
    """Return the path as the application's routes see it, without the prefix of a proxy."""
    path: str = scope["path"]
    prefix: str = scope.get("root_path", "")
    if prefix and path.startswith(f"{prefix}/"):
        return path[len(prefix) :]
    return path
