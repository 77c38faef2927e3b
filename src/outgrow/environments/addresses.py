"""Addresses in variables: which host is meant, and which hosts a strategy lets them name.

Neither a password nor a user name of an address is kept here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

WEB = frozenset({"http", "https"})
_PORTS = {
    "http": 80,
    "https": 443,
    "postgresql": 5432,
    "mysql": 3306,
    "mongodb": 27017,
    "redis": 6379,
    "rediss": 6379,
}
_STORES = frozenset(
    {"postgresql", "mysql", "mongodb", "redis", "rediss", "mssql", "clickhouse", "amqp", "amqps"}
)
_ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "mongodb+srv": "mongodb"}
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
# Programs disagree on what a backslash or a blank in an address means, so none may be there.
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f\\]")
_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBERS_ONLY = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")
_SETTING = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is reached; `name` is the database, "" where there is none."""

    scheme: str
    host: str
    port: int | None
    path: str = ""
    name: str = ""

    @property
    def place(self) -> str:
        """Return the host with its port: what a credential is bound to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Return whether it is on this machine."""
        if self.host in _LOOPBACK_NAMES or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_encrypted(self) -> bool:
        """Return whether what is sent there over the web is encrypted; others see to it."""
        return self.scheme != "http"

    @property
    def is_store(self) -> bool:
        """Return whether it is a database, a cache or a queue."""
        return self.scheme in _STORES


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that an address may name: `api.example.com`, `*.example.net:8443`.

    Without a port each port is meant; `unencrypted` allows plain HTTP beyond this machine.
    """

    host: str
    port: int | None
    unencrypted: bool

    def names(self, address: Address) -> bool:
        """Return whether `address` is on this host."""
        if self.port is not None and self.port != address.port:
            return False
        if self.host.startswith("*."):
            return address.host.endswith(self.host[1:])
        return address.host == self.host


def address_of(text: str) -> Address | None:
    """Return the address that `text` is; None for anything that could be read in two ways."""
    if _SUSPICIOUS.search(text):
        return None
    try:
        parts = urlsplit(text.removeprefix("jdbc:"))
        port = parts.port
    except ValueError:
        return None
    host = _host(parts.hostname or "")
    if host is None or "://" not in text:
        return None
    scheme = _scheme(parts.scheme)
    name = unquote(parts.path.strip("/").split("/")[0]) if scheme in _STORES else ""
    return Address(scheme, host, port or _PORTS.get(scheme), parts.path, name)


def stores_of(text: str) -> tuple[Address, ...]:
    """Return every database that `text` reaches: an address, several hosts, or settings.

    What the query of an address says (`?host=...`) counts more than the address, as it does for
    the programs that connect.
    """
    if "://" not in text:
        return _from_settings(text)
    try:
        parts = urlsplit(text.strip().removeprefix("jdbc:"))
    except ValueError:
        return ()
    scheme = _scheme(parts.scheme)
    if scheme not in _STORES:
        return ()
    return tuple(_stores(scheme, parts))


def password_of(text: str) -> str | None:
    """Return the password inside an address; None where there is none."""
    try:
        found = urlsplit(text).password
    except ValueError:
        return None
    return unquote(found) if found else None


def host_rule(text: str) -> HostRule | None:
    """Return the rule that `text` writes; None when it names no host, or nearly every host."""
    scheme, separator, rest = text.strip().rpartition("://")
    if separator and scheme not in WEB:
        return None
    wild = rest.startswith("*.")
    address = address_of(f"https://{rest.removeprefix('*.')}")
    if address is None or (wild and "." not in address.host):
        return None
    written = urlsplit(f"https://{rest.removeprefix('*.')}").port
    return HostRule(f"*.{address.host}" if wild else address.host, written, scheme == "http")


def allowed(address: Address, hosts: Iterable[str]) -> HostRule | None:
    """Return the rule of `hosts` that lets `address` be, None when there is none.

    One that also lets it be unencrypted comes first.
    """
    rules = [rule for one in hosts if (rule := host_rule(one)) and rule.names(address)]
    return max(rules, key=lambda one: one.unencrypted, default=None)


def same_data(one: Address, other: Address) -> bool:
    """Return whether two databases hold the same data, as far as their addresses tell.

    A pooler before a database has another port, so the port counts on this machine only.
    """
    if one.host != other.host or (one.is_loopback and one.port != other.port):
        return False
    return one.name == other.name or not one.name or not other.name


def _scheme(written: str) -> str:
    scheme = written.lower()
    return _ALIASES.get(scheme) or _ALIASES.get(scheme.split("+")[0]) or scheme.split("+")[0]


def _host(written: str) -> str | None:
    host = written.rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    # `127.1` and `0x7f000001` are 127.0.0.1 to some programs and a name to others.
    if _NUMBERS_ONLY.fullmatch(host) or not _LABELS.fullmatch(host):
        return None
    return host


def _stores(scheme: str, parts: SplitResult) -> Iterator[Address]:
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    path = unquote(parts.path.strip("/").split("/")[0])
    name = query.get("dbname") or query.get("database") or path
    written = parts.netloc.rpartition("@")[2]
    hosts = query.get("hostaddr") or query.get("host") or written
    ports = query.get("port", "").split(",")
    for at, one in enumerate(hosts.split(",")):
        host, port = _split_port(one)
        stated = ports[min(at, len(ports) - 1)]
        number = int(stated) if stated.isdigit() else port or _PORTS.get(scheme)
        yield Address(scheme, _host(host) or host.lower(), number, "", name)


def _split_port(written: str) -> tuple[str, int | None]:
    if written.startswith("["):
        host, _, rest = written[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = written.partition(":")
    return unquote(host), int(port) if port.isdigit() else None


def _from_settings(text: str) -> tuple[Address, ...]:
    found: Mapping[str, str] = {
        key.lower(): value.strip("'") for key, value in _SETTING.findall(text)
    }
    hosts = found.get("hostaddr") or found.get("host")
    if not hosts or not ({"dbname", "user", "port"} & found.keys()):
        return ()
    port = found.get("port", "")
    number = int(port) if port.isdigit() else _PORTS["postgresql"]
    return tuple(
        Address("postgresql", _host(one) or one.lower(), number, "", found.get("dbname", ""))
        for one in hosts.split(",")
    )
