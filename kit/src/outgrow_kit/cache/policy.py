"""How long a value is fresh, how long a stale one is better than none, and when to renew it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from outgrow_kit.settings.model import CacheRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """Seconds from now: when to renew ahead, when the value turns stale, and when it is gone."""

    renew: float
    fresh: float
    kept: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What `@cached` was told.

    `seconds` is how long a value is fresh; for `stale_seconds` more it is answered while it is
    being renewed, or while that fails. `none_seconds` is for None (nothing found). During the
    last `refresh_ahead` share of `seconds` a hit renews the value before it turns stale.
    `jitter` is the share by which a lifetime may be shorter, so that values stored together
    do not end together. `behind` says whether renewing waits for no caller, `replicas` whether
    the function may read from copies of the database that are behind.
    """

    seconds: float
    stale_seconds: float = 0.0
    none_seconds: float | None = None
    refresh_ahead: float = 0.0
    jitter: float = 0.05
    behind: bool = True
    replicas: bool = False

    def __post_init__(self) -> None:
        for name in ("refresh_ahead", "jitter"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is a share: from 0 to below 1")
        for name in ("seconds", "stale_seconds", "none_seconds"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} is not negative")

    def under(self, rule: CacheRule | None) -> Policy:
        """Return this policy with what the settings say instead."""
        if rule is None:
            return self
        return replace(self, seconds=rule.seconds, stale_seconds=rule.stale_seconds)

    def lifetime(self, value: object, chance: float) -> Lifetime | None:
        """Return the lifetime of `value`; None when it is not kept. `chance` is from 0 to 1."""
        seconds, stale = self.seconds, self.stale_seconds
        if value is None and self.none_seconds is not None:
            seconds, stale = min(seconds, self.none_seconds), 0.0
        if seconds <= 0:
            return None
        fresh = seconds * (1 - self.jitter * chance)
        return Lifetime(renew=fresh * (1 - self.refresh_ahead), fresh=fresh, kept=fresh + stale)
