"""What all services of one Compose file share: who is in it, and on which ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.compose.selection import Selection
from outgrow.render.compose.values import upper
from outgrow.render.own_proxy import ports_behind_proxy
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.containers import Publish

PROXY_PORT = 8080


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A port of a container that the machine opens, and the variable that changes it.

    `proxied` says that a proxy on the machine sends requests there.
    """

    container: int
    host: int | None
    variable: str
    address: str
    protocol: str = "tcp"
    proxied: bool = False

    @property
    def text(self) -> str:
        """Return it as `ports` of a service lists it."""
        suffix = "" if self.protocol == "tcp" else f"/{self.protocol}"
        host = f"${{{self.variable}:-{self.host}}}" if self.host is not None else ""
        return f"{self.address}:{host}:{self.container}{suffix}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One Compose file: its parts, what they open, and how large a machine may be.

    `host_vcpu` is how many processors the machine has; Docker starts no container that may
    take more. None: a container gets what its part has.
    """

    system: System
    selection: Selection
    ports: Mapping[str, tuple[OpenPort, ...]]
    local: bool
    host_vcpu: Decimal | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts that run, in the strategy's order."""
        return self.selection.parts

    def part(self, name: str) -> Part | None:
        """Return the part called `name` if it runs here."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def stores(self) -> tuple[Part, ...]:
        """Return the databases and caches that run here."""
        return tuple(part for part in self.parts if part.role is Role.STORE)


def plan_of(
    system: System, selection: Selection, *, local: bool, host_vcpu: Decimal | None = None
) -> Plan:
    """Return the plan of a Compose file for `selection`."""
    behind = {} if local else ports_behind_proxy(system)
    return Plan(system, selection, _ports(selection.parts, behind), local, host_vcpu)


def is_proxy(part: Part) -> bool:
    """Return whether a part is a load balancer, which nginx stands for here."""
    return part.kind is ComponentKind.LOAD_BALANCER and not part.run.as_written


def _ports(
    parts: tuple[Part, ...], behind: Mapping[str, int]
) -> Mapping[str, tuple[OpenPort, ...]]:
    """Return what each part opens; `behind` are the ports that the machine's own proxy asks."""
    taken = {publish.host for part in parts for publish in part.run.publish if publish.host}
    found: dict[str, tuple[OpenPort, ...]] = {}
    fronted = {name for part in parts if is_proxy(part) for name in part.links}
    for part in parts:
        if part.run.publish:
            found[part.name] = tuple(_as_written(part, one) for one in part.run.publish)
            continue
        container = PROXY_PORT if is_proxy(part) else part.listens
        proxied = part.name in behind
        if container is None or not (proxied or _opens(part, fronted)):
            continue
        usual = container if container >= 1024 else PROXY_PORT
        host = behind[part.name] if proxied else _free(usual, taken)
        taken.add(host)
        variable = f"{upper(part.name)}_PORT"
        found[part.name] = (OpenPort(container, host, variable, _address(part), proxied=proxied),)
    return found


def _opens(part: Part, fronted: set[str]) -> bool:
    """Return whether people or other programs of the machine come to this part themselves."""
    if is_proxy(part):
        return True
    if part.run.as_written:
        return False
    asked = part.kind in (ComponentKind.SERVICE, ComponentKind.FRONTEND)
    return asked and (part.public or part.name not in fronted)


def _address(part: Part) -> str:
    return "${PROXY_ADDRESS:-127.0.0.1}" if is_proxy(part) else "127.0.0.1"


def _as_written(part: Part, publish: Publish) -> OpenPort:
    several = len(part.run.publish) > 1
    suffix = f"_{publish.container}_{publish.protocol.upper()}" if several else ""
    return OpenPort(
        publish.container,
        publish.host,
        f"{upper(part.name)}_PORT{suffix}",
        publish.address or "127.0.0.1",
        publish.protocol,
    )


def _free(port: int, taken: set[int]) -> int:
    while port in taken:
        port += 1
    return port
