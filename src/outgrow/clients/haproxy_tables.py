"""What HAProxy prints on its runtime socket, as values."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_VERSION = re.compile(r"(\d+)\.(\d+)")
_FORCED, _INHERITED, _DRAIN_FORCED, _DRAIN_INHERITED = 0x01, 0x02, 0x08, 0x10
_UNRESOLVED, _RENAMED = 0x20, 0x40
# What the configuration said at the start (0x04) stays set whatever the socket did since.
_MAINTENANCE = _FORCED | _INHERITED | _UNRESOLVED | _RENAMED
_DRAIN = _DRAIN_FORCED | _DRAIN_INHERITED
_RUNNING = 2
_CHECK_FAILED, _CHECK_PASSED, _CHECK_PASSED_FOR_KNOWN = 2, 3, 4
_SESSION = re.compile(r"^0x[0-9a-f]+: \[", re.M)
_BACKEND = re.compile(r"backend=(\S+) ")
_SERVER = re.compile(r"server=(\S+) ")


@dataclass(frozen=True, slots=True)
class ProxyInfo:
    """Which HAProxy it is: `identity` changes with every new process."""

    version: str
    identity: str
    uptime_seconds: int

    @property
    def release(self) -> tuple[int, int]:
        """Return the first two numbers of its version."""
        found = _VERSION.search(self.version)
        return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


@dataclass(frozen=True, slots=True)
class ServerState:
    """A server as the proxy sees it; `up` is None while nothing has been found out."""

    backend: str
    name: str
    address: str
    port: int
    weight: int
    in_maintenance: bool
    in_drain: bool
    up: bool | None


@dataclass(frozen=True, slots=True)
class ServerStat:
    """What was counted for a server: requests it answered, and errors among all.

    `refused` counts requests that it took or should have taken and did not answer.
    """

    open_requests: int
    answered: int
    answered_5xx: int
    refused: int
    check: str


def read_info(said: str) -> ProxyInfo:
    """Return what `show info` says."""
    found = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    identity = f"{found.get('Pid', '0')}.{found.get('Start_time_sec', '0')}"
    return ProxyInfo(found.get("Version", ""), identity, int(found.get("Uptime_sec", "0")))


def read_server_states(said: str) -> tuple[ServerState, ...]:
    """Return the servers of `show servers state`, in the order of the configuration."""
    return tuple(_states(said))


def _states(said: str) -> Iterator[ServerState]:
    header: list[str] = []
    for line in said.splitlines():
        if line.startswith("#"):
            header = line.lstrip("# ").split()
        elif header and len(columns := line.split()) >= len(header):
            yield _state(dict(zip(header, columns, strict=False)))


def _state(row: Mapping[str, str]) -> ServerState:
    admin = int(row["srv_admin_state"])
    maintenance = bool(admin & _MAINTENANCE)
    return ServerState(
        backend=row["be_name"],
        name=row["srv_name"],
        address=row["srv_addr"],
        port=int(row["srv_port"]),
        weight=int(row["srv_uweight"]),
        in_maintenance=maintenance,
        in_drain=bool(admin & _DRAIN),
        up=None if maintenance else _up(int(row["srv_op_state"]), int(row["srv_check_result"])),
    )


def _up(state: int, check: int) -> bool | None:
    if state == _RUNNING:
        return True if check in (_CHECK_PASSED, _CHECK_PASSED_FOR_KNOWN) else None
    return False if check == _CHECK_FAILED else None


def read_stats(said: str) -> dict[tuple[str, str], ServerStat]:
    """Return the counters of `show stat`, by backend and server."""
    rows = csv.DictReader(said.lstrip("# ").splitlines())
    return {(row["pxname"], row["svname"]): _stat(row) for row in rows if row.get("pxname")}


def _stat(row: Mapping[str, str]) -> ServerStat:
    def count(name: str) -> int:
        return int(row.get(name) or 0)

    families = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")
    return ServerStat(
        open_requests=count("scur"),
        answered=sum(count(name) for name in families),
        answered_5xx=count("hrsp_5xx"),
        refused=count("eresp") + count("econ"),
        check=" ".join(filter(None, (row.get("check_status"), row.get("last_chk")))),
    )


def upgraded_sessions(said: str) -> Mapping[tuple[str, str], int]:
    """Return the connections that have become tunnels, of `show sess all`, by server."""
    starts = [one.start() for one in _SESSION.finditer(said)]
    found: Counter[tuple[str, str]] = Counter()
    for begin, end in zip(starts, [*starts[1:], len(said)], strict=True):
        session = said[begin:end]
        backend, server = _BACKEND.search(session), _SERVER.search(session)
        if backend and server and "status=101" in session:
            found[backend.group(1), server.group(1)] += 1
    return found
