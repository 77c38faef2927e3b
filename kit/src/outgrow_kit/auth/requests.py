"""Who sends a request of Starlette or FastAPI: for `Depends(...)` or by hand."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from outgrow_kit.auth.errors import InvalidToken, KeysUnavailable
from outgrow_kit.auth.identity import Identity
from outgrow_kit.auth.tokens import Verifier
from outgrow_kit.web.cache_control import mark_personal

# Clerk's browser library keeps its session token in this cookie.
_CLERK_COOKIE = "__session"


class SignedIn:
    """`Depends(SignedIn(verifier))`: the identity of the caller, or the answer 401.

    With `optional` a request without any token gives None; one with a bad token is refused.
    The cookie is only believed where `azp` is checked, because a browser sends it by itself.
    The answer becomes private, whatever it was marked.
    """

    def __init__(
        self, verifier: Verifier, *, optional: bool = False, cookie: str | None = _CLERK_COOKIE
    ) -> None:
        self._verifier = verifier
        self._optional = optional
        self._cookie = cookie if verifier.checks_party else None

    async def __call__(self, request: HTTPConnection) -> Identity | None:
        """Return who sent the request. Raises HTTPException 401, or 503 without keys."""
        mark_personal(request.scope, "Authorization", *(["Cookie"] if self._cookie else []))
        token = self._token(request)
        if token is None:
            if self._optional:
                return None
            raise _refused("Sign in first.", "")
        try:
            return await self._verifier.averify(token)
        except InvalidToken as error:
            raise _refused(str(error), ', error="invalid_token"') from error
        except KeysUnavailable as error:
            text = "Sign-in cannot be checked at the moment."
            raise HTTPException(503, text, headers={"Retry-After": "30"}) from error

    def _token(self, request: HTTPConnection) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        return request.cookies.get(self._cookie) if self._cookie else None


def _refused(text: str, parameters: str) -> HTTPException:
    return HTTPException(401, text, headers={"WWW-Authenticate": f'Bearer realm="app"{parameters}'})
