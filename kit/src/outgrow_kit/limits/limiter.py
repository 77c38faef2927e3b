"""Decides on one request: which rule means it, who asks, and whether it may pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil
from typing import Literal

from starlette.types import Scope

from outgrow_kit.errors import InvalidSettings, StoreUnavailable
from outgrow_kit.limits.callers import Callers
from outgrow_kit.limits.counts import Algorithm, Count, Counts
from outgrow_kit.limits.local import LocalCounts
from outgrow_kit.settings.model import RateRule
from outgrow_kit.web.routes import RoutePattern, route_path


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule, ready to be matched."""

    rule: RateRule
    pattern: RoutePattern
    window_seconds: int

    @classmethod
    def of(cls, rule: RateRule) -> Limit:
        """Return the limit of a rule; parts of a second count as a whole one."""
        return cls(rule, RoutePattern(rule.route), max(1, ceil(rule.per_seconds)))

    def key(self, caller: str) -> str:
        """Return what is counted under: short, and without the caller's name or address."""
        rule = self.rule
        text = f"{rule.route}\0{rule.by}\0{rule.requests}\0{self.window_seconds}\0{caller}"
        return blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided. `outage` says that the store did not answer, and what was done then."""

    limit: Limit
    count: Count | None
    outage: Literal["open", "local", "closed"] | None = None

    @property
    def is_allowed(self) -> bool:
        """Return whether the request may pass."""
        return self.count.is_allowed if self.count else self.outage == "open"


class RateLimiter:
    """The rules and their counts. The first rule that means a request decides on it."""

    def __init__(
        self,
        rules: Sequence[RateRule],
        counts: Counts,
        *,
        callers: Callers | None = None,
        algorithm: Algorithm = "sliding_window",
        local: LocalCounts | None = None,
    ) -> None:
        self._limits = [Limit.of(rule) for rule in rules]
        self._counts = counts
        self._callers = callers or Callers()
        self._local = local or LocalCounts(algorithm)
        problems = [
            f"rate_limits: {rule.route!r} allows 0 requests; allow at least 1, or remove the route"
            for rule in rules
            if rule.requests < 1
        ]
        # It would limit nothing, and nobody would notice.
        problems += [
            f"rate_limits: {limit.rule.route!r} means no request; write `/path`, `POST /path` with "
            "the method in capitals, or `*`"
            for limit in self._limits
            if not limit.pattern.means_something
        ]
        if problems:
            raise InvalidSettings(problems)

    def limit_of(self, scope: Scope) -> Limit | None:
        """Return the first limit that means this request; None for an unlimited route."""
        if not self._limits:
            return None
        method, path = scope["method"], route_path(scope)
        for limit in self._limits:
            if limit.pattern.matches(method, path):
                return limit
        return None

    async def decide(self, scope: Scope) -> Verdict | None:
        """Count the request, and return what is decided; None when no rule means it."""
        limit = self.limit_of(scope)
        if limit is None:
            return None
        rule = limit.rule
        key = limit.key(await self._callers.name(rule.by, scope))
        try:
            return Verdict(limit, await self._counts.hit(key, rule.requests, limit.window_seconds))
        except StoreUnavailable:
            if rule.when_out != "local":
                return Verdict(limit, None, rule.when_out)
        count = await self._local.hit(key, rule.requests, limit.window_seconds)
        return Verdict(limit, count, "local")

    async def prepare(self) -> None:
        """Connect before the first request; a store that is out does not keep the app down."""
        if self._limits:
            try:
                await self._counts.prepare()
            except StoreUnavailable:
                return

    async def close(self) -> None:
        """Close the store's connections."""
        await self._counts.close()
