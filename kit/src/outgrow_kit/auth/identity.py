"""Who a verified token speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user; `claims` are those of the token, as its issuer wrote them.

    `organization_id` and `session_id` are None where the issuer does not name them.
    """

    user_id: str
    issuer: str
    expires_at: datetime
    claims: Mapping[str, object]
    session_id: str | None = None
    organization_id: str | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, object]) -> Identity:
        """Return the user of claims whose `sub`, `iss` and `exp` were checked."""
        return cls(
            user_id=str(claims["sub"]),
            issuer=str(claims["iss"]),
            expires_at=datetime.fromtimestamp(float(str(claims["exp"])), UTC),
            claims=claims,
            session_id=_text(claims.get("sid")),
            organization_id=_organization(claims),
        )


def _organization(claims: Mapping[str, object]) -> str | None:
    """Return the active organisation: Clerk's `o.id` (version 2) or `org_id` (version 1)."""
    current = claims.get("o")
    if isinstance(current, Mapping):
        return _text(current.get("id"))
    return _text(claims.get("org_id"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
