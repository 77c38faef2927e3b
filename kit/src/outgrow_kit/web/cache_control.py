"""What browsers and CDNs may keep, said per answer."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

# Set by HttpCacheMiddleware. One object a request, so that a copied scope still shares it.
SCOPE_KEY = "outgrow_kit.http_cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheControl:
    """How long an answer is fresh, and for whom; every time is in seconds.

    Private unless `public`: only then may a CDN or a proxy keep it. Stale is shown while it is
    fetched anew (`stale_while_revalidate_seconds`), or while the server fails
    (`stale_if_error_seconds`). `vary` names the request headers that change the answer.
    """

    seconds: int = 0
    public: bool = False
    shared_seconds: int | None = None
    stale_while_revalidate_seconds: int = 0
    stale_if_error_seconds: int = 0
    immutable: bool = False
    vary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        times = (
            self.seconds, self.shared_seconds or 0, self.stale_while_revalidate_seconds,
            self.stale_if_error_seconds,
        )  # fmt: skip
        if min(times) < 0:
            raise ValueError("times of CacheControl are seconds and not negative")
        if self.shared_seconds is not None and not self.public:
            raise ValueError("shared_seconds is for caches that many use: set public=True as well")

    def header(self) -> str:
        """Return the value of `Cache-Control`."""
        parts = ["public" if self.public else "private"]
        # Without a time, browsers guess one; no-cache keeps the answer but asks with its ETag.
        parts.append(f"max-age={self.seconds}" if self.seconds else "no-cache")
        if self.shared_seconds is not None:
            parts.append(f"s-maxage={self.shared_seconds}")
        if self.stale_while_revalidate_seconds:
            parts.append(f"stale-while-revalidate={self.stale_while_revalidate_seconds}")
        if self.stale_if_error_seconds:
            parts.append(f"stale-if-error={self.stale_if_error_seconds}")
        if self.immutable:
            parts.append("immutable")
        return ", ".join(parts)

    def kept_private(self) -> CacheControl:
        """Return the same for one browser only, which asks every time."""
        return CacheControl(vary=self.vary)


@dataclass(slots=True)
class Marks:
    """What the handler and other parts said about one request's answer."""

    control: CacheControl | None = None
    # The answer was made for one user, so it is private whatever else was said.
    is_personal: bool = False
    # The request headers that say for whom.
    vary: set[str] = field(default_factory=set)


def mark(scope: MutableMapping[str, Any], control: CacheControl) -> None:
    """Say how the answer to this request may be cached."""
    marks = scope.get(SCOPE_KEY)
    if marks is None:
        raise RuntimeError("no HttpCacheMiddleware is installed; add it to the application")
    marks.control = control


def mark_personal(scope: MutableMapping[str, Any], *vary: str) -> None:
    """Say that the answer is for one user: no shared cache may keep it, public or not.

    `vary` names the request headers that say which user.
    """
    marks = scope.get(SCOPE_KEY)
    if marks is not None:
        marks.is_personal = True
        marks.vary.update(vary)


def http_cache(
    seconds: int = 0,
    *,
    public: bool = False,
    shared_seconds: int | None = None,
    stale_while_revalidate_seconds: int = 0,
    stale_if_error_seconds: int = 0,
    immutable: bool = False,
    vary: tuple[str, ...] = (),
) -> Callable[[Request], None]:
    """Return a FastAPI dependency that marks a route's answers.

    `@app.get("/prices", dependencies=[Depends(http_cache(60, public=True))])`
    """
    control = CacheControl(
        seconds=seconds,
        public=public,
        shared_seconds=shared_seconds,
        stale_while_revalidate_seconds=stale_while_revalidate_seconds,
        stale_if_error_seconds=stale_if_error_seconds,
        immutable=immutable,
        vary=vary,
    )

    def marked(request: Request) -> None:
        mark(request.scope, control)

    return marked
