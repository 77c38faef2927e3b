"""Verify a token: its signature, who issued it, for whom, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import jwt
from jwt.types import Options

from outgrow_kit.auth.errors import InvalidToken
from outgrow_kit.auth.identity import Identity
from outgrow_kit.auth.keys import KeySet
from outgrow_kit.clock import WallClock, wall
from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.model import AuthSettings

# Only public-key algorithms: with a shared-key one, who can verify can forge.
_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
# Times are checked here and not by PyJWT, which reads the machine's clock by itself.
_UNCHECKED: Final[Options] = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip
_LONGEST_TOKEN = 16 * 1024


class Verifier:
    """Turns the tokens of one issuer into identities; one for the whole process.

    Raises InvalidSettings when neither an audience nor an authorized party is set: a token
    that the issuer made for another application would be accepted.
    """

    def __init__(
        self, settings: AuthSettings, keys: KeySet | None = None, *, clock: WallClock = wall
    ) -> None:
        if not (settings.audience or settings.authorized_parties):
            raise InvalidSettings(
                [
                    "auth: neither audience nor authorized_parties is set, so tokens made for "
                    "another application of the same issuer would pass; name one of them"
                ]
            )
        self._settings = settings
        self._keys = keys or KeySet(settings.issuer, settings.jwks_url)
        self._clock = clock

    @property
    def checks_party(self) -> bool:
        """Return whether a token must name the origin it was made for."""
        return bool(self._settings.authorized_parties)

    def verify(self, token: str) -> Identity:
        """Return who the token speaks of. Raises InvalidToken or KeysUnavailable."""
        return self._identity(token, self._keys.key(_kid(token)))

    async def averify(self, token: str) -> Identity:
        """Return what `verify` does; only a fetch of keys is waited for."""
        return self._identity(token, await self._keys.akey(_kid(token)))

    def _identity(self, token: str, key: jwt.PyJWK | None) -> Identity:
        if key is None:
            raise InvalidToken("key", "The token is signed with a key that its issuer has not.")
        claims = _signed_claims(token, key)
        self._check_issuer(claims)
        self._check_audience(claims)
        self._check_times(claims)
        return Identity.from_claims(claims)

    def _check_issuer(self, claims: Mapping[str, object]) -> None:
        if claims.get("iss") != self._settings.issuer:
            raise InvalidToken("issuer", f"The token is not of {self._settings.issuer}.")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise InvalidToken("subject", "The token names no user.")

    def _check_audience(self, claims: Mapping[str, object]) -> None:
        wanted, parties = self._settings.audience, self._settings.authorized_parties
        if wanted and not set(_texts(claims.get("aud"))) & set(wanted):
            raise InvalidToken("audience", "The token was made for another application.")
        # With an audience, `azp` may be absent; without one, it alone says for whom it is.
        party = claims.get("azp")
        if parties and party not in parties and not (wanted and party is None):
            raise InvalidToken("party", "The token was made for another origin.")

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now, leeway = self._clock(), self._settings.leeway_seconds
        expires = _time(claims, "exp")
        if expires is None:
            raise InvalidToken("expiry", "The token never expires, which is not accepted.")
        if now >= expires + leeway:
            raise InvalidToken("expired", "The token has expired; sign in again.")
        for name in ("nbf", "iat"):
            begins = _time(claims, name)
            if begins is not None and begins > now + leeway:
                raise InvalidToken("early", "The token is not valid yet; compare the clocks.")


def _kid(token: str) -> str:
    """Return the id of the key, read from a header that nothing vouches for yet."""
    if len(token) > _LONGEST_TOKEN:
        raise InvalidToken("form", "The token is too long to be one.")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, RecursionError) as error:
        raise InvalidToken("form", "What was sent is not a token.") from error
    kid, algorithm = header.get("kid"), header.get("alg")
    # Whoever invents a header may put a list there, which no set can look up.
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS or not isinstance(kid, str):
        raise InvalidToken("algorithm", "The token is not signed with a public key.")
    return kid


def _signed_claims(token: str, key: jwt.PyJWK) -> Mapping[str, object]:
    """Return the claims of a token whose signature holds; the key says with which algorithm."""
    allowed = key.algorithm_name
    try:
        claims: Mapping[str, object] = jwt.decode(
            token, key, algorithms=[allowed] if allowed in _ALGORITHMS else [], options=_UNCHECKED
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise InvalidToken("signature", "The signature of the token does not hold.") from error
    return claims


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _time(claims: Mapping[str, object], name: str) -> float | None:
    """Return a time in seconds; a claim that is not a number is refused, not passed over."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e11:
        raise InvalidToken("form", f"The claim {name} of the token is not a time.")
    return float(value)
