"""Versions on machines of the team's own, behind HAProxy: what a deploy does with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from outgrow.clients.haproxy import server_name
from outgrow.clients.haproxy_tables import ServerStat, ServerState
from outgrow.clients.instance import ask_instance
from outgrow.clients.own_host import taken_ports
from outgrow.deploy.values import Counted, Evidence, Probe, Problem, Ran, SlotState, Version
from outgrow.errors import InputError, OutsideError
from outgrow.operations.deploying.own_hosts import counting, surplus
from outgrow.operations.deploying.own_hosts.machine import Machine, checked_by, problems_of
from outgrow.operations.deploying.own_hosts.proxy import FrontProxy
from outgrow.operations.deploying.own_hosts.runner import Held, Slot

_PROBE_SECONDS = 3.0
_OTHER_PORTS = (
    "End it; or give this environment ports of its own (environments/NAME/proxy/first_port): two "
    "on one machine cannot share them."
)


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """A `Fleet` on machines of the team's own.

    `machines` are by their names in the strategy, `slots` in the order of instances, blue
    first. `backend` is what the proxy calls the component. `health_path` is what an instance
    is asked for; None where it is enough that it listens. `health_command` has to end with 0
    as well, where the strategy has one.
    """

    machines: Mapping[str, Machine]
    slots: tuple[Slot, ...]
    proxy: FrontProxy
    backend: str
    health_path: str | None = None
    health_command: tuple[str, ...] = ()
    has_websockets: bool = False
    missing: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def known_secrets(self) -> Collection[str]:
        """Return the values that nobody may read in what a version prints or answers."""
        return self.secrets

    def describe(self) -> str:
        """Return what it is."""
        runners = ", ".join(one.runner.describe() for one in self.machines.values())
        count = len({one.number for one in self.slots})
        return f"{count} instance{'s' if count != 1 else ''}: {runners}, behind HAProxy"

    def resolve(self, reference: str) -> str:
        """Return the artifact that `reference` means now; all machines must agree."""
        found = {name: one.runner.resolve(reference) for name, one in self.machines.items()}
        if len(set(found.values())) > 1:
            each = ", ".join(f"{artifact} on {name}" for name, artifact in found.items())
            raise InputError(
                f"{reference} is not the same everywhere: {each}", "Name it by its digest."
            )
        return next(iter(found.values()))

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""
        found = [
            Problem(f"no value for {key}", "Set it in the environment or in its env file.")
            for key in self.missing
        ]
        found += self.proxy.problems()
        for machine in self.machines.values():
            found += problems_of(machine, version)
        found = found or self._taken_ports()
        return found if found or not self.proxy.is_there() else self._undeclared()

    def look(self) -> Sequence[SlotState]:
        """Return every slot of both colours, as it is now."""
        held = self._held()
        if not self.proxy.is_there():
            return [_unknown_to_proxy(slot, held[slot.name]) for slot in self.slots]
        # A proxy of our own has died where its machine was restarted.
        servers = self._servers()
        stats = self.proxy.runtime.stats()
        counts = {name: _open(stats.get((self.backend, name))) for name in servers}
        tunnels = self._tunnels(counts)
        return [
            _state(slot, held[slot.name], servers[slot.name], counts[slot.name], tunnels)
            if slot.name in servers
            else _unknown_to_proxy(slot, held[slot.name])
            for slot in self.slots
        ]

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once, on the machine of the first instance."""
        return self._machine(self.slots[0]).runner.run_once(version, command)

    def start(self, slot: str, version: Version) -> None:
        """Run `version` in a slot without traffic, in place of whatever is there."""
        place = self._slot(slot)
        self.proxy.ensure()
        runner = self._machine(place).runner
        held = runner.held([place])[slot]
        if not (held.running and held.version == version.id):
            self._take_out(place)
        runner.start(place, version)

    def admit(self, slot: str) -> None:
        """Let the proxy check a slot: out of maintenance, at weight 0."""
        name = self._name(slot)
        server = self._server(slot)
        if not (server.in_maintenance or server.in_drain) and server.weight == 0:
            return
        # HAProxy takes a server for good until its first check; `down` says that it is not.
        words = ("weight 0", "state ready", "health down")
        self._tell([f"set server {name} {one}" for one in words])

    def probe(self, slot: str) -> Probe:
        """Ask the instance itself, past the proxy, by its health check."""
        asked = self._ask(slot, self.health_path)
        if not asked.ok or not self.health_command:
            return asked
        place = self._slot(slot)
        return checked_by(self._machine(place), place, self.health_command)

    def probe_path(self, slot: str, path: str) -> Probe:
        """GET `path` from the instance itself, past the proxy."""
        return self._ask(slot, path)

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Set the weights of slots in one go: what rises goes first."""
        servers = self._servers()
        rising: list[str] = []
        falling: list[str] = []
        for slot, weight in weights.items():
            name, now = self._name(slot), self._of(servers, slot)
            if weight > 0:
                rises = weight > now.weight or now.in_drain or now.in_maintenance
                (rising if rises else falling).append(f"set server {name} weight {weight}")
                if now.in_drain or now.in_maintenance:
                    rising.append(f"set server {name} state ready")
            else:
                falling.append(f"set server {name} weight 0")
        self._tell([*rising, *falling])

    def drain(self, slot: str) -> None:
        """Send no new request to a slot; what it has begun goes on."""
        if self._server(slot).in_maintenance:
            return
        self._tell([f"set server {self._name(slot)} state drain"])

    def rest(self, slot: str) -> None:
        """Put a slot into maintenance; what it has not ended by now is cut off."""
        name = self._name(slot)
        self._tell([f"set server {name} state maint", f"shutdown sessions server {name}"])

    def stop(self, slot: str) -> None:
        """End what runs in a slot, and empty it; the proxy sends nothing there any more."""
        if self.proxy.is_there():
            name = self._name(slot)
            self._tell([f"set server {name} state maint", f"set server {name} weight 0"])
        place = self._slot(slot)
        self._machine(place).runner.stop(place)

    def end_surplus(self) -> Sequence[str]:
        """End what runs in slots that the strategy has no more; return their names."""
        return surplus.end_surplus(self.machines, self.slots)

    def evidence(self, slot: str) -> Evidence:
        """Return what explains why a slot does not work."""
        place = self._slot(slot)
        found = self._machine(place).runner.explain(place)
        return Evidence(
            slot=slot,
            probe=self.probe(slot),
            lines=found.lines,
            listening=found.listening,
            expected_port=found.expected_port,
            exit_code=found.exit_code,
            out_of_memory=found.out_of_memory,
        )

    def mark(self) -> str:
        """Return a mark of this moment for `counted`."""
        return counting.mark(self.proxy.runtime, self.backend, self._names())

    def counted(self, since: str) -> Mapping[str, Counted]:
        """Return what the proxy has counted for each slot since a mark."""
        return counting.counted(self.proxy.runtime, self.backend, self._names(), since)

    def _ask(self, slot: str, path: str | None) -> Probe:
        place = self._slot(slot)
        host = self._machine(place).host
        address = (place.address, place.port)
        asked = ask_instance(lambda seconds: host.connect(address, seconds), path, _PROBE_SECONDS)
        return Probe(slot, asked.ok, asked.said, asked.seconds)

    def _names(self) -> list[str]:
        return [slot.name for slot in self.slots]

    def _slot(self, name: str) -> Slot:
        found = next((slot for slot in self.slots if slot.name == name), None)
        if found is None:
            raise InputError(f"there is no slot {name!r}", f"There are {', '.join(self._names())}.")
        return found

    def _machine(self, slot: Slot) -> Machine:
        return self.machines[slot.host]

    def _name(self, slot: str) -> str:
        return server_name(self.backend, slot)

    def _servers(self) -> Mapping[str, ServerState]:
        """Return the servers by name; start a proxy of our own that has died first.

        Those that its configuration does not have yet are left out. A team's own proxy has to
        have the component at least.
        """
        which = None if self.proxy.declares_slots else self.backend
        try:
            found = self.proxy.runtime.servers(which)
        except OutsideError:
            self.proxy.ensure()
            found = self.proxy.runtime.servers(which)
        return {one.name: one for one in found if one.backend == self.backend}

    def _server(self, slot: str) -> ServerState:
        return self._of(self._servers(), slot)

    def _of(self, servers: Mapping[str, ServerState], slot: str) -> ServerState:
        found = servers.get(self._slot(slot).name)
        if found is None:
            raise OutsideError(
                f"HAProxy has no server {slot} in {self.backend}",
                "Its configuration has to declare the slots: outgrow render --target haproxy.",
            )
        return found

    def _tell(self, commands: Sequence[str]) -> None:
        self.proxy.runtime.tell(commands)
        self.proxy.remember()

    def _take_out(self, slot: Slot) -> None:
        """Let no request reach a slot, and let the proxy look for it where it will listen.

        After a reload HAProxy goes on with the ports of before, where its versions still are.
        """
        name, server = self._name(slot.name), self._server(slot.name)
        commands = [f"set server {name} state maint", f"set server {name} weight 0"]
        if server.port != slot.port or _is_another(server.address, slot.address):
            commands.append(f"set server {name} addr {slot.address} port {slot.port}")
        self._tell(commands)

    def _taken_ports(self) -> list[Problem]:
        """Return the empty slots at whose port somebody else is: who would pass for the version.

        A slot with a version of ours in it may listen the next moment: it begins again and again.
        """
        held = self._held()
        empty = [one for one in self.slots if held[one.name].version is None]
        found = []
        for name, machine in self.machines.items():
            mine = [(one.address, one.port) for one in empty if one.host == name]
            for address, port in taken_ports(machine.host, mine):
                reason = f"something else listens on {address}:{port} of {machine.host.name}"
                found.append(Problem(reason, _OTHER_PORTS))
        return found

    def _undeclared(self) -> list[Problem]:
        absent = sorted(set(self._names()) - set(self._servers()))
        if not absent or self.proxy.declares_slots:
            return []
        remedy = "Render it again (outgrow render --target haproxy), install it and reload."
        reason = f"HAProxy has no servers {', '.join(absent)} in {self.backend}"
        return [Problem(reason, remedy)]

    def _held(self) -> Mapping[str, Held]:
        found: dict[str, Held] = {}
        for name, machine in self.machines.items():
            found |= machine.runner.held([slot for slot in self.slots if slot.host == name])
        return found

    def _tunnels(self, open_requests: Mapping[str, int]) -> Mapping[str, int]:
        """Return the WebSockets of each slot; only asked for where there can be any."""
        if not self.has_websockets or not any(open_requests.values()):
            return {}
        found = self.proxy.runtime.upgraded()
        return {slot: found.get((self.backend, slot), 0) for slot in open_requests}


def _is_another(address: str, said: str) -> bool:
    """Return whether HAProxy has another address than `said`; a name it has resolved itself."""
    try:
        return ip_address(said) != ip_address(address)
    except ValueError:
        return False


def _open(stat: ServerStat | None) -> int:
    return stat.open_requests if stat is not None else 0


def _unknown_to_proxy(slot: Slot, held: Held) -> SlotState:
    return SlotState(
        slot.name, slot.colour, slot.number, slot.host, held.version, held.running,
        up=None, weight=0, taking="maint",
    )  # fmt: skip


def _state(
    slot: Slot, held: Held, server: ServerState, open_requests: int, tunnels: Mapping[str, int]
) -> SlotState:
    open_websockets = tunnels.get(slot.name, 0)
    return SlotState(
        name=slot.name,
        colour=slot.colour,
        number=slot.number,
        host=slot.host,
        version=held.version,
        running=held.running,
        up=server.up,
        weight=server.weight,
        taking="maint" if server.in_maintenance else "drain" if server.in_drain else "ready",
        open_requests=max(open_requests - open_websockets, 0),
        open_websockets=open_websockets,
    )
