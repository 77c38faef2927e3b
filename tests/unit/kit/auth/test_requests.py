"""Who sends a request, as an application of FastAPI sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import Depends, FastAPI

from outgrow_kit import KitError
from outgrow_kit.auth import Identity, KeySet, Verifier
from outgrow_kit.auth.development import DevelopmentIssuer
from outgrow_kit.auth.requests import SignedIn
from outgrow_kit.settings import AuthSettings, HttpSettings
from outgrow_kit.web import http_cache, web_middleware

ISSUER = "http://127.0.0.1:9090"
ORIGIN = "http://localhost:5173"


def application(verifier: Verifier) -> FastAPI:
    app = FastAPI()
    signed_in, perhaps = SignedIn(verifier), SignedIn(verifier, optional=True)

    @app.get("/me")
    async def me(who: Identity = Depends(signed_in)) -> dict[str, str]:  # noqa: B008
        return {"user": who.user_id}

    @app.get("/hello")
    async def hello(who: Identity | None = Depends(perhaps)) -> dict[str, str]:  # noqa: B008
        return {"user": who.user_id if who else "stranger"}

    return app


def get(
    app: FastAPI, path: str, headers: dict[str, str] | None = None, cookie: str | None = None
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        cookies = {"__session": cookie} if cookie else None
        async with httpx.AsyncClient(
            transport=transport, base_url="http://app", cookies=cookies
        ) as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def by(issuer: DevelopmentIssuer, **settings: tuple[str, ...]) -> Verifier:
    return Verifier(AuthSettings(issuer=ISSUER, **settings), issuer.keys())  # type: ignore[arg-type]


def test_a_bearer_token_or_clerks_cookie_signs_in() -> None:
    issuer = DevelopmentIssuer(ISSUER)
    app = application(by(issuer, authorized_parties=(ORIGIN,)))
    token = issuer.token("user_1", party=ORIGIN)
    assert get(app, "/me", {"Authorization": f"Bearer {token}"}).json() == {"user": "user_1"}
    assert get(app, "/me", cookie=token).json() == {"user": "user_1"}


def test_without_a_token_the_answer_is_401_and_says_how() -> None:
    answer = get(application(by(DevelopmentIssuer(ISSUER), audience=("api",))), "/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_an_optional_sign_in_lets_strangers_pass_and_refuses_forgers() -> None:
    app = application(by(DevelopmentIssuer(ISSUER), authorized_parties=(ORIGIN,)))
    forged = DevelopmentIssuer(ISSUER).token("user_1", party=ORIGIN)
    assert get(app, "/hello").json() == {"user": "stranger"}
    answer = get(app, "/hello", {"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_cookie_is_not_believed_where_no_origin_is_checked() -> None:
    issuer = DevelopmentIssuer(ISSUER, audience="api")
    app = application(by(issuer, audience=("api",)))
    assert get(app, "/me", cookie=issuer.token("user_1")).status_code == 401


def test_without_the_issuers_keys_the_answer_is_503() -> None:
    def down(url: str) -> dict[str, object]:
        raise httpx.ConnectError("refused")

    keys = KeySet(ISSUER, fetch=down)
    app = application(Verifier(AuthSettings(issuer=ISSUER, audience=("api",)), keys))
    token = DevelopmentIssuer(ISSUER).token("user_1")
    answer = get(app, "/me", {"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_a_development_issuer_does_not_start_in_production() -> None:
    with pytest.raises(KitError, match="production"):
        DevelopmentIssuer(ISSUER, environment="production")


def test_processes_share_the_key_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "issuer.pem"
    first = DevelopmentIssuer(ISSUER, audience="api", key_file=file)
    second = DevelopmentIssuer(ISSUER, audience="api", key_file=file)
    token = first.token("user_1")
    assert by(second, audience=("api",)).verify(token).user_id == "user_1"
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in file.parent.iterdir()] == ["issuer.pem"]


@pytest.mark.parametrize("optional", [True, False])
def test_an_answer_to_somebody_who_signed_in_is_never_public(optional: bool) -> None:
    issuer = DevelopmentIssuer(ISSUER)
    signed_in = SignedIn(by(issuer, authorized_parties=(ORIGIN,)), optional=optional)
    app = FastAPI(middleware=web_middleware(HttpSettings()))
    shared = Depends(http_cache(60, public=True, vary=("Accept-Language",)))
    mine = Depends(http_cache(60))

    @app.get("/public", dependencies=[shared])
    @app.get("/private", dependencies=[mine])
    async def me(who: Identity | None = Depends(signed_in)) -> str:  # noqa: B008
        return who.user_id if who else "stranger"

    headers = {"Authorization": f"Bearer {issuer.token('user_1', party=ORIGIN)}"}
    answer = get(app, "/public", headers)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Accept-Language, Authorization, Cookie"
    assert get(app, "/private", headers).headers["cache-control"] == "private, max-age=60"
    assert "public" not in get(app, "/public").headers["cache-control"]
