"""Who is asking: the address, the user or the key that a rule counts by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from inspect import isawaitable
from ipaddress import IPv6Address, ip_network
from typing import Any, cast

from starlette.types import Scope

from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.settings.model import LimitedBy
from outgrow_kit.web.address import parsed_address

# Says who is asking, or None. Only what has been verified may be told: whoever can invent a
# name is never limited by it.
Identify = Callable[[Scope], "str | Awaitable[str | None] | None"]


def user_of(scope: Scope) -> str | None:
    """Return the user whom Starlette's AuthenticationMiddleware found, if it ran before."""
    user = scope.get("user")
    if user is None or not getattr(user, "is_authenticated", False):
        return None
    for name in ("identity", "id", "username"):
        # `BaseUser.identity` raises where an application does not define it.
        with_value = _attribute(user, name)
        if with_value:
            return with_value
    return None


def _attribute(user: object, name: str) -> str | None:
    try:
        value = getattr(user, name, None)
    except NotImplementedError:
        return None
    return None if value is None else str(value)


class Callers:
    """Names callers. Who has no user or no key is counted by address."""

    def __init__(self, user: Identify = user_of, key: Identify | None = None) -> None:
        self._identify: dict[LimitedBy, Identify | None] = {"user": user, "key": key}

    async def name(self, by: LimitedBy, scope: Scope) -> str:
        """Return a text that is one caller's own: `user:7`, `address:10.1.2.3`."""
        found = await self._found(by, scope)
        if found:
            return f"{by}:{found}"
        client = scope.get("client")
        return network_of(client[0] if client else "")

    async def _found(self, by: LimitedBy, scope: Scope) -> str | None:
        identify = self._identify.get(by)
        if identify is None:
            return None
        try:
            found: Any = identify(scope)
            return cast("str | None", await found if isawaitable(found) else found)
        except StoreUnavailable:
            # Who it is stands in a session that cannot be read now.
            return None


@lru_cache(maxsize=4096)
def network_of(peer: str) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address.

    A home or a server is given at least a /64, so its single addresses cost nothing to change.
    """
    address = parsed_address(peer)
    if isinstance(address, IPv6Address):
        return f"address:{ip_network((address, 64), strict=False)}"
    return f"address:{address or peer}"
