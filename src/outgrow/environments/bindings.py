"""Which credential belongs to which endpoint, remembered without the credential itself.

A keyed hash of each credential is kept with the host that first accepted it. The key is random
and never leaves the machine, so that the record gives nothing away.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from outgrow.environments.addresses import Address, address_of, allowed, password_of, stores_of
from outgrow.environments.problems import Code, Problem
from outgrow.environments.profile import Bound, Kind
from outgrow.environments.resolving import Resolved

Digest = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Binding:
    """A credential, as its keyed hash, and the host with port that it belongs to."""

    digest: str
    place: str
    environment: str
    key: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """A credential of a profile with the address that it would be sent to."""

    bound: Bound
    credential: str = field(repr=False)
    address: Address
    stated: bool  # the strategy itself says the address


def keyed_digest(key: bytes, text: str, purpose: str = "credential") -> str:
    """Return the keyed hash of `text`; another `purpose` gives another hash."""
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def pairs_of(resolved: Resolved) -> tuple[Pair, ...]:
    """Return every credential of a profile that has both a value and an address."""
    return tuple(pair for one in resolved.profile.bound if (pair := _pair(resolved, one)))


def endpoint_problems(resolved: Resolved) -> Iterator[Problem]:
    """Yield what is wrong with the addresses that credentials go to, and with their hosts."""
    for bound in resolved.profile.bound:
        if resolved.text(bound.key):
            yield from _endpoint_problems(resolved, bound)
    for key, hosts in resolved.profile.hosts.items():
        if key not in {one.terms.endpoint for one in resolved.profile.bound}:
            yield from _host_problems(key, resolved.text(key), hosts)


def record_problems(
    pairs: Iterable[Pair], known: Sequence[Binding], digest: Digest
) -> Iterator[Problem]:
    """Yield each credential that was accepted by another host before."""
    for pair in pairs:
        hashed = digest(pair.credential)
        for one in known:
            if one.digest == hashed and one.place != pair.address.place:
                yield Problem(
                    Code.OTHER_ENDPOINT,
                    pair.bound.key,
                    f"{pair.bound.key} belongs to {one.place} ({one.key} of {one.environment} "
                    f"since {one.since:%Y-%m-%d}), and would go to {pair.address.place}",
                    "Put the key of that endpoint in its place. If this key has moved: "
                    f"--rebind {pair.bound.key}.",
                )
                break


def crossing_problems(
    environment: str, pairs: Sequence[Pair], others: Mapping[str, Sequence[Pair]]
) -> Iterator[Problem]:
    """Yield each credential that stands in two places with two endpoints.

    `others` are the pairs of the other environments, as far as their values lie on this machine.
    """
    elsewhere = [(environment, one) for one in pairs]
    elsewhere += [(name, one) for name, found in others.items() for one in found]
    for pair in pairs:
        for name, other in elsewhere:
            same = other.credential == pair.credential
            if same and other.address.place != pair.address.place:
                yield Problem(
                    Code.SAME_ELSEWHERE,
                    pair.bound.key,
                    f"{pair.bound.key} would go to {pair.address.place}, and the same value goes "
                    f"to {other.address.place} as {other.bound.key} of {name}",
                    "One of them is in the wrong place: a credential has one endpoint.",
                )
                break


def _pair(resolved: Resolved, bound: Bound) -> Pair | None:
    text = resolved.text(bound.key)
    stated = "://" in bound.terms.endpoint
    written = bound.terms.endpoint if stated else resolved.text(bound.terms.endpoint)
    if not text or not written:
        return None
    within = bound.terms.endpoint == bound.key
    credential = password_of(text) if within else text
    address = _address(written)
    if not credential or address is None:
        return None
    entry = resolved.profile.entry(bound.terms.endpoint)
    plain = entry is not None and entry.kind is Kind.PLAIN
    return Pair(bound, credential, address, stated or plain)


def _address(text: str) -> Address | None:
    """Return the one address of `text`; None where there are several, or none that is plain."""
    stores = stores_of(text)
    if len(stores) > 1:
        return None
    return stores[0] if stores else address_of(text)


def _endpoint_problems(resolved: Resolved, bound: Bound) -> Iterator[Problem]:
    endpoint, key = bound.terms.endpoint, bound.key
    stated = "://" in endpoint
    text = endpoint if stated else resolved.text(endpoint)
    if text is None:
        if resolved.profile.entry(endpoint) is None:
            reason = f"{key} belongs to {endpoint}, which {bound.component} does not have here"
            yield Problem(Code.NO_ADDRESS, key, reason, f"Give {endpoint} a value.")
        return
    address = _address(text)
    if address is None:
        reason = f"{endpoint} is no address with one host, and {key} would go there"
        yield Problem(Code.NO_ADDRESS, endpoint, reason, "Write https://host/path.")
        return
    if endpoint == key and password_of(text) is None:
        reason = f"{key} has no password in it, and is bound by it"
        yield Problem(Code.NO_ADDRESS, key, reason, "Write scheme://user:password@host/name.")
        return
    pair = _pair(resolved, bound)
    hosts = resolved.profile.hosts.get(endpoint)
    if hosts is not None:
        yield from _host_problems(endpoint, text, hosts)
    elif pair is not None and not pair.stated:
        environment = resolved.profile.environment
        yield Problem(
            Code.HOSTS_NOT_SAID,
            endpoint,
            f"nothing says to which hosts {key} may go in {environment}",
            f"Write under environments/{environment}: `hosts: {{{endpoint}: [HOST]}}`.",
        )
    yield from _unencrypted(resolved, bound, address)


def _unencrypted(resolved: Resolved, bound: Bound, address: Address) -> Iterator[Problem]:
    rule = allowed(address, resolved.profile.hosts.get(bound.terms.endpoint, ()))
    if address.is_encrypted or address.is_loopback or (rule is not None and rule.unencrypted):
        return
    yield Problem(
        Code.UNENCRYPTED,
        bound.terms.endpoint,
        f"{bound.key} would go to {address.place} without encryption",
        f"Use https, or write `http://{address.place}` under `hosts` if that network is yours.",
    )


def _host_problems(key: str, text: str | None, hosts: Sequence[str]) -> Iterator[Problem]:
    if not text:
        return
    addresses = stores_of(text) or tuple(one for one in (address_of(text),) if one)
    if not addresses:
        reason = f"{key} is no address, and `hosts` speaks of it"
        yield Problem(Code.NO_ADDRESS, key, reason, "Write https://host/path.")
    for address in addresses:
        if allowed(address, hosts) is None:
            named = ", ".join(hosts) or "none"
            reason = f"{key} names {address.place}, which is none of its hosts here"
            yield Problem(Code.HOST_NOT_ALLOWED, key, reason, f"`hosts` allows: {named}.")
