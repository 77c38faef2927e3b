"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request

from app.bodies import DevelopmentSignIn, Me, MemberOut, SignInOptions, TokenIn
from app.parts import Here, Reader
from outgrow_kit.auth import InvalidToken, KeysUnavailable
from outgrow_kit.sessions import log_in, log_out

router = APIRouter(tags=["session"])


@router.get("/sign-in")
async def options(here: Here) -> SignInOptions:
    """Return how one signs in."""
    return SignInOptions(issuer=here.sign_in.issuer, development=here.sign_in.is_development)


@router.post("/development/token")
async def development_token(wanted: DevelopmentSignIn, here: Here) -> TokenIn:
    """Return a token for anybody, where a development issuer is at work."""
    token = here.sign_in.development_token(wanted)
    if token is None:
        raise HTTPException(404, "There is no development issuer here.")
    return TokenIn(token=token)


@router.post("/session", status_code=201)
async def sign_in(given: TokenIn, request: Request, here: Here) -> Me:
    """Begin a session with a token of the issuer."""
    try:
        identity = await here.sign_in.identity(given.token)
    except InvalidToken as error:
        raise HTTPException(401, str(error)) from error
    except KeysUnavailable as error:
        raise HTTPException(503, "Sign-in cannot be checked now; try again shortly.") from error
    account, organization, is_new = await here.accounts.of(identity)
    session = await log_in(request, str(account.id))
    session["organization_id"] = str(organization.id)
    session["organization"] = organization.name
    session["name"] = account.name
    here.figures.sign_ins.inc()
    here.figures.organizations.inc(int(is_new))
    return Me(account_id=account.id, name=account.name, organization=organization.name)


@router.get("/session")
async def me(reader: Reader) -> Me:
    """Return who is signed in."""
    return Me(account_id=reader.account_id, name=reader.name, organization=reader.organization)


@router.delete("/session", status_code=204)
async def sign_out(request: Request) -> None:
    """End the session."""
    await log_out(request)


@router.get("/members")
async def members(here: Here, reader: Reader) -> list[MemberOut]:
    """Return everybody of one's organisation."""
    return await here.accounts.members(reader.organization_id)
