"""An issuer for local work: signs whom you name in, and never exists in production.

`python -m outgrow_kit.auth.development --port 9090` serves it, or an application mounts `app`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outgrow_kit.auth.keys import KeySet
from outgrow_kit.clock import WallClock, wall
from outgrow_kit.errors import KitError

_KID = "development"
_DAY_SECONDS = 86_400.0


class DevelopmentIssuer:
    """Makes tokens that a Verifier with `issuer` accepts.

    With `key_file` several processes share one key, made on first use and readable by its
    owner only. Raises KitError in production.
    """

    def __init__(
        self,
        issuer: str,
        *,
        environment: str = "development",
        audience: str | None = None,
        key_file: Path | None = None,
        clock: WallClock = wall,
    ) -> None:
        if environment.startswith("prod"):
            raise KitError(
                "A development issuer signs anybody in, so it does not start in production: "
                "set auth/issuer to the real one."
            )
        self.issuer = issuer
        self._audience = audience
        self._clock = clock
        self._key = _shared_key(key_file) if key_file else _new_key()

    def token(
        self,
        user_id: str,
        *,
        party: str | None = None,
        lasts_seconds: float = _DAY_SECONDS,
        claims: Mapping[str, object] | None = None,
    ) -> str:
        """Return a signed token for a user; `party` becomes `azp`, `claims` are added."""
        now = self._clock()
        named = {"aud": self._audience, "azp": party}
        body = {
            "iss": self.issuer, "sub": user_id, "iat": int(now), "exp": int(now + lasts_seconds),
            **{name: value for name, value in named.items() if value is not None},
            **(claims or {}),
        }  # fmt: skip
        return jwt.encode(body, self._key, algorithm="ES256", headers={"kid": _KID})

    def jwks(self) -> Mapping[str, object]:
        """Return the public key as a JSON Web Key Set."""
        public = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": _KID, "alg": "ES256", "use": "sig"}]}

    def keys(self) -> KeySet:
        """Return the key set for a Verifier in the same process, which then asks nobody."""
        return KeySet.of(self.issuer, self.jwks())

    def app(self) -> Starlette:
        """Return an application with the discovery document, the keys and `POST /token`.

        That takes `user_id`, and `party` and `org_id` (the organisation the user acts for).
        """

        async def configuration(_: Request) -> Response:
            base = self.issuer.rstrip("/")
            return JSONResponse(
                {"issuer": self.issuer, "jwks_uri": f"{base}/.well-known/jwks.json"}
            )

        async def keys(_: Request) -> Response:
            return JSONResponse(self.jwks())

        async def token(request: Request) -> Response:
            try:
                asked = await request.json()
                user, party, organization = (
                    asked["user_id"], asked.get("party"), asked.get("org_id"),
                )  # fmt: skip
            except (ValueError, KeyError, TypeError, AttributeError):
                return JSONResponse({"error": 'send {"user_id": "..."} as JSON'}, 400)
            claims = {"org_id": str(organization)} if organization is not None else None
            return JSONResponse({"token": self.token(str(user), party=party, claims=claims)})

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", configuration),
                Route("/.well-known/jwks.json", keys),
                Route("/token", token, methods=["POST"]),
            ]
        )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _shared_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key in a file; who comes first makes it, all others read that one."""
    if not file.exists():
        text = _new_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as aside:
            aside.write(text)
        try:
            os.link(aside.name, file)  # fails when another was quicker, and theirs then counts
        except FileExistsError:
            pass
        finally:
            Path(aside.name).unlink()
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    return cast(ec.EllipticCurvePrivateKey, key)


def main() -> None:
    """Serve the issuer on loopback until it is interrupted."""
    import uvicorn

    parser = argparse.ArgumentParser(description="Sign anybody in, for local work.")
    parser.add_argument("--port", type=int, default=9090)
    parser.add_argument("--audience", default=None)
    parser.add_argument("--key-file", type=Path, default=None)
    given = parser.parse_args()
    issuer = DevelopmentIssuer(
        f"http://127.0.0.1:{given.port}",
        environment=os.environ.get("OUTGROW_ENVIRONMENT", "development"),
        audience=given.audience,
        key_file=given.key_file,
    )
    uvicorn.run(issuer.app(), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
