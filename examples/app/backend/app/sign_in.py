"""From an issuer's token to an account, and the development issuer for a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.bodies import DevelopmentSignIn, MemberOut
from app.data import Data
from app.models import Account, Organization
from outgrow_kit.auth import Identity, Verifier
from outgrow_kit.auth.development import DevelopmentIssuer
from outgrow_kit.settings import AuthSettings, Settings


class SignIn:
    """Tokens of the strategy's issuer; `DEVELOPMENT_KEY_FILE` makes one of our own.

    All workers share the key in that file. The kit refuses such an issuer in production.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        auth = settings.auth or AuthSettings(issuer="http://localhost", audience=("projects",))
        self.issuer = auth.issuer
        self._party = next(iter(auth.authorized_parties), None)
        self._development: DevelopmentIssuer | None = None
        if key_file := environ.get("DEVELOPMENT_KEY_FILE"):
            self._development = DevelopmentIssuer(
                auth.issuer,
                environment=settings.environment,
                audience=next(iter(auth.audience), None),
                key_file=Path(key_file),
            )
        self._verifier = Verifier(auth, self._development.keys() if self._development else None)

    @property
    def is_development(self) -> bool:
        """Return whether anybody may sign in as anybody."""
        return self._development is not None

    def development_token(self, wanted: DevelopmentSignIn) -> str | None:
        """Return a token for a name; None where there is no development issuer."""
        if self._development is None:
            return None
        claims = {
            "name": wanted.name,
            "org_id": wanted.organization,
            "org_name": wanted.organization,
        }
        return self._development.token(wanted.name, party=self._party, claims=claims)

    async def identity(self, token: str) -> Identity:
        """Return whom a token speaks of; raises InvalidToken or KeysUnavailable."""
        return await self._verifier.averify(token)


class Accounts:
    """The accounts of the main database."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def of(self, identity: Identity) -> tuple[Account, Organization, bool]:
        """Return the account and its organisation, made on the first sign-in.

        The last value says whether the organisation is new. Who belongs to none has one alone.
        """
        issued_as = identity.organization_id or f"alone:{identity.user_id}"
        name = _claim(identity, "name") or identity.user_id
        async with self._data.main.write() as session:
            called = _claim(identity, "org_name") or name
            organization, is_new = await self._organization(session, issued_as, called)
            account = await self._account(session, organization, identity.user_id, name)
        return account, organization, is_new

    async def members(self, organization_id: int) -> list[MemberOut]:
        """Return everybody of an organisation, by name, from a replica where there is one."""
        wanted = select(Account).where(Account.organization_id == organization_id)
        async with self._data.main.read() as session:
            rows = await session.scalars(wanted.order_by(Account.name, Account.id))
            return [MemberOut.model_validate(row) for row in rows]

    async def _organization(
        self, session: AsyncSession, issued_as: str, name: str
    ) -> tuple[Organization, bool]:
        added = await session.execute(
            insert(Organization)
            .values(id=await self._data.new_id(issued_as), issued_as=issued_as, name=name)
            .on_conflict_do_nothing()
            .returning(Organization.id)
        )
        is_new = added.first() is not None
        found = select(Organization).where(Organization.issued_as == issued_as)
        return (await session.scalars(found)).one(), is_new

    async def _account(
        self, session: AsyncSession, organization: Organization, subject: str, name: str
    ) -> Account:
        added = insert(Account).values(
            id=await self._data.new_id(organization.id),
            organization_id=organization.id,
            subject=subject,
            name=name,
        )
        known = [Account.organization_id, Account.subject]
        renamed = added.on_conflict_do_update(index_elements=known, set_={"name": name})
        return (await session.scalars(renamed.returning(Account))).one()


def _claim(identity: Identity, name: str) -> str:
    value = identity.claims.get(name)
    return value if isinstance(value, str) else ""
