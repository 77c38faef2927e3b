"""Errors to Sentry, with the sampling of the strategy and without anybody's secrets."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Final

from outgrow_kit.settings.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_HIDDEN: Final = "[hidden]"
# An address with a password, wherever a driver puts it into a text.
_CREDENTIALS: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*://)([^\s/@:]*):([^\s/@]+)@", re.IGNORECASE)
# `token=...` in the query of an address, `password=...` in a text for libpq.
_PAIR: Final = re.compile(
    r"([\w.%-]*(?:passw|secret|token|api[_-]?key|signature|credential|session)[\w.%-]*=)"
    r"(?![\s'\"&]|\[hidden\])[^\s&#;,'\")]+",
    re.IGNORECASE,
)
_SECRET_NAMES: Final = re.compile(
    r"(passw|secret|token|api[_-]?key|authorization|cookie|session|credential|dsn|_url$)",
    re.IGNORECASE,
)
# Health checks and metrics would be most of all traces, and say nothing.
_UNTRACED: Final = frozenset({"/livez", "/readyz", "/metrics", "/healthz", "/health"})


def start_errors(settings: Settings, *, trust_sentry_trace: bool = False) -> bool:
    """Send unhandled errors to Sentry; return False where the phase has no DSN.

    Which requests are traced the strategy says, and a caller only with `trust_sentry_trace`,
    for services that nobody else calls. Integrations of FastAPI, Starlette, SQLAlchemy and Redis
    begin by themselves.
    """
    dsn = settings.tracing.sentry_dsn
    if dsn is None:
        return False
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn.reveal(),
        environment=settings.environment,
        release=settings.version or None,
        sample_rate=settings.tracing.errors_sample_share,
        traces_sampler=traces_sampler(
            settings.tracing.traces_sample_share, trust_sentry_trace=trust_sentry_trace
        ),
        send_default_pii=False,
        max_request_body_size="never",
        before_send=_without_secrets,
        before_send_transaction=_without_secrets,
    )
    sentry_sdk.set_tags({"service": settings.service, "phase": settings.phase})
    return True


def traces_sampler(
    share: float, *, trust_sentry_trace: bool = False, chance: Callable[[], float] = random.random
) -> Callable[[Mapping[str, object]], float]:
    """Return which share (0 to 1) of traces to keep, for Sentry's `traces_sampler`.

    A caller's `sentry-trace` decides only with `trust_sentry_trace`.
    """

    def kept(context: Mapping[str, object]) -> float:
        scope = context.get("asgi_scope")
        if isinstance(scope, Mapping) and scope.get("path") in _UNTRACED:
            return 0.0
        if trust_sentry_trace:
            parent = context.get("parent_sampled")
            return share if parent is None else float(bool(parent))
        # Sentry compares the share with a number that the caller's baggage may bring, or that
        # follows from the caller's trace id. So the number is drawn here.
        return float(chance() < share) if _is_continued(context) else share

    return kept


def _is_continued(context: Mapping[str, object]) -> bool:
    """Return whether a caller's headers had any part in the trace."""
    made = context.get("transaction_context")
    if isinstance(made, Mapping) and made.get("parent_span_id"):
        return True
    scope, environ = context.get("asgi_scope"), context.get("wsgi_environ")
    headers: Iterable[object] = ()
    if isinstance(scope, Mapping):
        headers = [name.lower() for name, _ in scope.get("headers", ())]
    elif isinstance(environ, Mapping):
        headers = environ
    return any(name in headers for name in (b"baggage", "HTTP_BAGGAGE"))


def _without_secrets(event: Event, _: Hint) -> Event:
    """Return the event with every value under a telling name, and every password, hidden."""
    _hide(event)
    return event


def _hide(value: object) -> None:
    if isinstance(value, MutableMapping):
        for key in value:
            value[key] = _hidden(str(key), value[key])
    elif isinstance(value, list):
        for place, one in enumerate(value):
            value[place] = _hidden("", one)


def _hidden(name: str, value: object) -> object:
    if isinstance(value, str):
        if _SECRET_NAMES.search(name):
            return _HIDDEN
        return _PAIR.sub(rf"\1{_HIDDEN}", _CREDENTIALS.sub(rf"\1\2:{_HIDDEN}@", value))
    if isinstance(value, tuple):
        value = list(value)
    _hide(value)
    return value
