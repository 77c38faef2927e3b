"""Whose request it is, when it comes through proxies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from starlette.types import ASGIApp, Receive, Scope, Send

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.model import HttpSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNIX = "unix"


class TrustedProxies:
    """The networks whose `X-Forwarded-For` is believed.

    `unix` among them trusts whoever connects through a Unix socket, where there is no address.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: list[Network] = []
        self._trusts_unix = False
        problems = [problem for text in networks if (problem := self._add(text))]
        if problems:
            raise InvalidSettings(problems)
        self._is_trusted = lru_cache(maxsize=1024)(self._contains)

    def _add(self, text: str) -> str | None:
        if text == UNIX:
            self._trusts_unix = True
            return None
        try:
            self._networks.append(ip_network(text, strict=False))
        except ValueError:
            return f"http/trusted_proxies: {text!r} is no network; write it as `10.0.0.0/8`"
        return None

    def _contains(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def trusts(self, peer: str | None) -> bool:
        """Return whether what the peer says of others is believed."""
        if not peer:
            return self._trusts_unix
        address = parsed_address(peer)
        return address is not None and self._is_trusted(address)

    def client(self, peer: str | None, forwarded: Iterable[str]) -> str | None:
        """Return the address nearest to us that no trusted proxy has.

        `forwarded` are the values of `X-Forwarded-For` in their order. Each proxy writes at the
        right whom it talked to, so it is read from the right; what stands left of an address
        that is not trusted may be invented. None for a Unix socket that is not trusted.
        """
        if not self.trusts(peer):
            return normal(peer)
        nearest = normal(peer)
        for text in reversed(",".join(forwarded).split(",")):
            address = parsed_address(text)
            if address is None:
                break
            nearest = str(address)
            if not self._is_trusted(address):
                break
        return nearest


@lru_cache(maxsize=4096)
def parsed_address(text: str) -> Address | None:
    """Return the address in `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; None in other texts.

    An IPv4 address written as IPv6 (`::ffff:1.2.3.4`) comes back as IPv4.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def normal(peer: str | None) -> str | None:
    """Return an address in its shortest form; other texts (a test client's name) as they are."""
    address = parsed_address(peer) if peer else None
    return str(address) if address else peer or None


class ClientAddressMiddleware:
    """Puts the client's own address, and the scheme it used, where the proxy's would be.

    Then `request.client.host` is right everywhere. Without trusted proxies nothing is believed.
    """

    def __init__(self, app: ASGIApp, settings: HttpSettings) -> None:
        self.app = app
        self._proxies = TrustedProxies(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as if it had come without proxies."""
        if scope["type"] in ("http", "websocket"):
            scope = self._direct(scope)
        await self.app(scope, receive, send)

    def _direct(self, scope: Scope) -> Scope:
        client = scope.get("client")
        peer = client[0] if client else None
        if not self._proxies.trusts(peer):
            return scope
        forwarded = _values(scope, b"x-forwarded-for")
        address = self._proxies.client(peer, forwarded)
        changed = {**scope}
        if forwarded and address:
            # Nobody says which port the client used.
            changed["client"] = (address, 0)
        scheme = ",".join(_values(scope, b"x-forwarded-proto")).rpartition(",")[2].strip()
        if scheme in ("http", "https"):
            secure = scheme == "https"
            names = ("https", "http") if scope["type"] == "http" else ("wss", "ws")
            changed["scheme"] = names[0] if secure else names[1]
        return changed


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
