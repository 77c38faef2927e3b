"""From a strategy to the fleet of one of its components; nothing is connected to yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.clients.docker_api import DockerApi
from outgrow.clients.files import read_text
from outgrow.clients.kept_programs import ProgramKeeper, Supervised
from outgrow.clients.listeners import listeners
from outgrow.clients.own_host import Here, OwnHost
from outgrow.clients.ssh import SshHost
from outgrow.clients.systemd import Units
from outgrow.deploy.ports import Resolver
from outgrow.deploy.values import Colour
from outgrow.errors import InputError
from outgrow.operations.deploying.configuration import secrets_among
from outgrow.operations.deploying.own_hosts.containers import Containers
from outgrow.operations.deploying.own_hosts.fleet import OwnHosts
from outgrow.operations.deploying.own_hosts.machine import Machine
from outgrow.operations.deploying.own_hosts.programs import Programs
from outgrow.operations.deploying.own_hosts.proxy import FrontProxy, KeptProxy, their_socket
from outgrow.operations.deploying.own_hosts.runner import Recipe, Runner, Slot
from outgrow.operations.deploying.own_hosts.workers import OwnWorkers
from outgrow.operations.env import bound_variables, process_environment
from outgrow.operations.environments.sources import Sources
from outgrow.operations.local_run.values import parse_env
from outgrow.operations.opened import Opened
from outgrow.render.haproxy.configuration import configuration
from outgrow.render.haproxy.placing import Placing, listening
from outgrow.render.own_proxy import haproxy_of, slot_port
from outgrow.render.routes import Route, routes
from outgrow.render.system.model import Part, System
from outgrow.store.store import STATE_FOLDER, Store
from outgrow.strategy.deploys import DeployHost, DeployKind, DeployProxy

_HERE = "here"
_START_SECONDS = 60.0
_MORE_RELEASES = 5  # than versions that can be gone back to: some never got traffic
_COLOURS: tuple[Colour, ...] = ("blue", "green")


@dataclass(frozen=True, slots=True)
class Site:
    """Where an environment runs: its machines and its proxy, with every default filled in.

    `folder` is the one of the strategy. `hosts` are in the strategy's order.
    """

    folder: Path
    system: System
    hosts: Mapping[str, DeployHost]
    proxy: DeployProxy

    @property
    def home(self) -> Path:
        """Return the folder on this machine for everything of this environment."""
        return self.folder / STATE_FOLDER / "deploy" / self.system.environment

    def own_host(self, name: str | None) -> OwnHost:
        """Return a machine by its name; None is this one."""
        if name is not None and name not in self.hosts:
            raise InputError(
                f"the proxy is said to be on {name!r}, which is none of the hosts",
                f"There are: {', '.join(self.hosts)}.",
            )
        said = self.hosts[name].ssh if name is not None else None
        if said is None:
            return Here(self.home)
        return SshHost(said, f"{STATE_FOLDER}/deploy/{self.system.name}-{self.system.environment}")


def build(
    opened: Opened, system: System, part: Part, _state: Store, _kind: DeployKind | None = None
) -> OwnHosts | OwnWorkers:
    """Return where `part` runs. Raises InputError for what the strategy does not say."""
    return _place(opened, system, part)


def resolver(opened: Opened, system: System, part: Part) -> Resolver:
    """Return what knows which artifact a reference means there."""
    return _place(opened, system, part)


def _place(opened: Opened, system: System, part: Part) -> OwnHosts | OwnWorkers:
    site, bound = site_of(opened, system), recipe_of(opened, system, part)
    if part.listens is None:
        return build_workers(site, part, bound)
    return build_fleet(site, part, bound)


def site_of(opened: Opened, system: System) -> Site:
    """Return the machines and the proxy of an environment."""
    settings = system.settings
    folder = Path(opened.path).resolve().parent
    hosts = settings.machines or {_HERE: DeployHost()}
    return Site(folder, system, hosts, settings.proxy or DeployProxy())


@dataclass(frozen=True, slots=True)
class Bound:
    """The recipe of a component, the variables without a value, and the values to hide."""

    recipe: Recipe
    missing: tuple[str, ...] = field(default=())
    secrets: tuple[str, ...] = field(default=(), repr=False)


def build_fleet(site: Site, part: Part, bound: Bound) -> OwnHosts:
    """Return the fleet of `part` at `site`."""
    index, route = _route(site.system, part)
    machines = {name: _machine(site, name, bound.recipe) for name in site.hosts}
    return OwnHosts(
        machines=machines,
        slots=_slots(site, index, part),
        proxy=proxy_of(site),
        backend=route.name,
        health_path=part.health.path if part.health else None,
        health_command=_health_command(part),
        has_websockets=route.tunnel_seconds is not None,
        missing=bound.missing,
        secrets=bound.secrets,
    )


def build_workers(site: Site, part: Part, bound: Bound) -> OwnWorkers:
    """Return where `part`, which no request reaches, runs at `site`."""
    deploy = site.system.strategy.deploy
    return OwnWorkers(
        machines={name: _machine(site, name, bound.recipe) for name in site.hosts},
        slots=tuple(_slots(site, None, part)),
        missing=bound.missing,
        clock=monotonic_seconds,
        start_seconds=float(deploy.health_gate_seconds or _START_SECONDS),
        health_command=_health_command(part),
        secrets=bound.secrets,
    )


def _health_command(part: Part) -> tuple[str, ...]:
    """Return the command of a health check; `$$` is how Compose files write a dollar sign."""
    health = part.health
    if health is None or health.disabled or not health.command:
        return ()
    return tuple(word.replace("$$", "$") for word in health.command)


def proxy_of(site: Site) -> FrontProxy:
    """Return the proxy in front: the team's where it names a socket, else one that is kept."""
    host = site.own_host(site.proxy.host)
    if site.proxy.socket:
        return their_socket(host, site.proxy.socket)
    found = routes(site.system, haproxy_of(site.system))
    text = configuration(site.system, found, _placing(site))
    runner = site.hosts[site.proxy.host].runner if site.proxy.host else "processes"
    return KeptProxy(host, _keeper(site, host, runner), text, wait_seconds)


def _placing(site: Site) -> Placing:
    said = site.proxy
    plain, secured = listening(said.listen, said.certificates)
    certificates = _certificates(site) if said.certificates else ""
    return Placing(
        socket="unix@admin.sock mode 600",
        state_file="state",
        plain=plain,
        secured=secured,
        certificates=certificates,
        metrics=None,
        first_port=said.first_port,
        hosts=tuple(host.address for host in site.hosts.values()),
        empty=True,
    )


def _certificates(site: Site) -> str:
    """Return the folder of the certificates on the machine of the proxy."""
    said = Path(site.proxy.certificates or "")
    there = site.hosts[site.proxy.host].ssh if site.proxy.host else None
    if there and not said.is_absolute():
        raise InputError(
            f"the certificates lie at {said}, which is no whole path on {site.proxy.host}",
            "Write where they lie on that machine: /etc/haproxy/certs.",
        )
    return str(site.folder / said)


def _slots(site: Site, route_index: int | None, part: Part) -> tuple[Slot, ...]:
    names = list(site.hosts)
    found = []
    for instance in range(max(part.instances.expected, 1)):
        host = names[instance % len(names)]
        for colour in _COLOURS:
            port = (
                slot_port(route_index, instance, colour, site.proxy.first_port)
                if route_index is not None
                else 0
            )
            address = site.hosts[host].address
            found.append(Slot(f"{colour}{instance + 1}", colour, instance + 1, host, address, port))
    return tuple(found)


def _machine(site: Site, name: str, recipe: Recipe) -> Machine:
    host = site.own_host(name)
    return Machine(host, runner_on(site, site.hosts[name], host, recipe))


def runner_on(site: Site, said: DeployHost, host: OwnHost, recipe: Recipe) -> Runner:
    """Return what runs a component on one machine."""
    if said.runner == "docker":
        look = listeners if isinstance(host, Here) else None
        return Containers(_docker(host), recipe, site.folder, look)
    keep = site.system.strategy.deploy.retain + _MORE_RELEASES
    return Programs(host, _keeper(site, host, said.runner), recipe, site.folder, keep)


def _docker(host: OwnHost) -> DockerApi:
    if isinstance(host, SshHost):
        return DockerApi(host.name, lambda: f"unix://{host.forwarded(host.docker_socket())}")
    return DockerApi(host.name, lambda: None)


def _keeper(site: Site, host: OwnHost, runner: str) -> ProgramKeeper:
    if runner == "systemd":
        return Units(host, f"{site.system.name}-{site.system.environment}")
    return Supervised(host)


def _route(system: System, part: Part) -> tuple[int, Route]:
    for index, route in enumerate(routes(system, haproxy_of(system))):
        if route.part.name == part.name:
            return index, route
    raise InputError(
        f"no requests reach {part.component}: nothing connects to it, or no proxy is told of it",
        "Say which port it listens on (`needs.ports`), and let the load balancer talk to it.",
    )


def recipe_of(opened: Opened, system: System, part: Part) -> Bound:
    """Return what `part` is started with, and what is missing of it."""
    folder = Path(opened.path).resolve().parent
    bound = bound_variables(
        opened,
        system.phase,
        _environment(system),
        part.component,
        process_environment(),
        Sources(folder),
        deploys=True,
    )
    files = _from_files(folder, part)
    values = {**files, **bound.values}
    recipe = Recipe(system.name, system.environment, part.name, part, values)
    missing = tuple(one.key for one in bound.shown.missing)
    return Bound(recipe, missing, secrets_among(values, bound.shown.variables))


def _from_files(folder: Path, part: Part) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in part.run.environment_files:
        found |= parse_env(read_text(str(folder / name), "env file"))
    return found


def _environment(system: System) -> str | None:
    return None if system.is_production else system.environment
