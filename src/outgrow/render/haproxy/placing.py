"""Where a HAProxy listens and keeps its files, and what waits in its slots at the start."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.own_proxy import FIRST_SLOT_PORT


@dataclass(frozen=True, slots=True)
class Placing:
    """Addresses and folders as the file has them; by default the machine's variables say.

    `secured` are the addresses with TLS; None where the strategy says whether there is any.
    `hosts` are the machines of the instances, in turn; none leaves that to a variable.
    `empty` says that nothing runs yet, so that no slot takes requests by itself.
    """

    socket: str = '"${HAPROXY_SOCKET-/run/haproxy/admin.sock}" mode 660'
    state_file: str = '"${HAPROXY_STATE-/var/lib/haproxy/server-state}"'
    plain: tuple[str, ...] = ('"${HAPROXY_HTTP-:80}"',)
    secured: tuple[str, ...] | None = None
    certificates: str = '"${HAPROXY_CERTIFICATES-/etc/haproxy/certs}"'
    metrics: str | None = '"${HAPROXY_METRICS-127.0.0.1:8404}"'
    first_port: int = FIRST_SLOT_PORT
    hosts: tuple[str, ...] = ()
    empty: bool = False


IN_THE_ENVIRONMENT = Placing()


def listening(listen: str, certificates: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the plain addresses and those with TLS that `listen` (`:80`) means.

    With certificates, 80 and 443 come together; any other port has TLS itself.
    """
    if not certificates:
        return (listen,), ()
    host, _, port = listen.rpartition(":")
    if port in ("80", "443"):
        return (f"{host}:80",), (f"{host}:443",)
    return (), (listen,)
