"""Refuses requests over the limit, and tells every caller what is left.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11: `RateLimit-Policy` names the
rule with its quota and window, `RateLimit` says what remains and for how long.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.limits.limiter import Limit, RateLimiter, Verdict
from outgrow_kit.web.problems import Header, send_problem

SCOPE_KEY = "outgrow_kit.rate_limit"
_PROBLEMS = "https://iana.org/assignments/http-problem-types#"
_OUTAGE_RETRY_SECONDS = 5


class RateLimitMiddleware:
    """Answers 429 to requests over their limit, and 503 where a rule is closed in an outage.

    `scope["outgrow_kit.rate_limit"]` holds the `Verdict` of a request that a rule means. Opens
    and closes the store with the application.
    """

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self.app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; WebSockets are not limited."""
        if scope["type"] == "http":
            await self._limited(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._limiter.prepare()
            try:
                await self.app(scope, receive, send)
            finally:
                await self._limiter.close()
        else:
            await self.app(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        verdict = await self._limiter.decide(scope)
        if verdict is None:
            await self.app(scope, receive, send)
            return
        scope[SCOPE_KEY] = verdict
        headers = rate_limit_headers(verdict)
        if not verdict.is_allowed:
            await _refuse(verdict, headers, send)
        elif not headers:
            await self.app(scope, receive, send)
        else:

            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message.get("headers", ()), *headers]}
                await send(message)

            await self.app(scope, receive, with_headers)


def rate_limit_headers(verdict: Verdict) -> list[Header]:
    """Return what is left, as headers; nothing when it is not known."""
    count = verdict.count
    if count is None:
        return []
    name = policy_name(verdict.limit)
    # A client waits until then, so a part of a second is told as a whole one.
    seconds = int(count.reset_seconds if count.is_allowed else count.retry_seconds) + 1
    policy = f"{name};q={verdict.limit.rule.requests};w={verdict.limit.window_seconds}"
    headers = [
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", f"{name};r={count.remaining};t={seconds}".encode()),
    ]
    if not count.is_allowed:
        headers.append((b"retry-after", str(seconds).encode()))
    return headers


def policy_name(limit: Limit) -> str:
    """Return the route as a string of HTTP's structured fields: quoted ASCII."""
    text = limit.rule.route.encode("ascii", "replace").decode()
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def _refuse(verdict: Verdict, headers: list[Header], send: Send) -> None:
    rule = verdict.limit.rule
    violated = {"violated-policies": [rule.route]}
    if verdict.count is None:
        retry = (b"retry-after", str(_OUTAGE_RETRY_SECONDS).encode())
        await send_problem(
            send, 503, "Service Unavailable",
            f"Requests to {rule.route} cannot be counted at the moment; try again later.",
            kind=f"{_PROBLEMS}temporary-reduced-capacity", headers=[retry], extra=violated,
        )  # fmt: skip
        return
    seconds = int(verdict.count.retry_seconds) + 1
    await send_problem(
        send, 429, "Too Many Requests",
        f"At most {rule.requests} requests to {rule.route} in {verdict.limit.window_seconds} s; "
        f"try again in {seconds} s.",
        kind=f"{_PROBLEMS}quota-exceeded", headers=headers, extra=violated,
    )  # fmt: skip
