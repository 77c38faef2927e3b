"""Which TCP ports are listened on, here or inside a container, as Linux tells it in /proc."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"  # TCP_LISTEN in include/net/tcp_states.h


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening TCP socket; `program` is empty where Linux does not let us see it."""

    port: int
    address: str
    program: str = ""
    pid: int | None = None


def listeners(pid: int | None = None) -> tuple[Listener, ...]:
    """Return what listens in the network of this machine, or in that of the process `pid`.

    Empty where there is no /proc to read.
    """
    folder = Path("/proc") / (str(pid) if pid else "self") / "net"
    found: dict[int, tuple[str, str]] = {}
    for name in ("tcp", "tcp6"):
        for port, address, inode in _listening(folder / name):
            found.setdefault(port, (address, inode))
    mine = {inode for _, inode in found.values()}
    known = owners(mine, Path("/proc").glob("[0-9]*")) if pid is None else {}
    return tuple(
        Listener(port, address, *known.get(inode, ("", None)))
        for port, (address, inode) in sorted(found.items())
    )


def listener_on(port: int) -> Listener | None:
    """Return who listens on `port` of this machine, or None when nobody does."""
    return next((one for one in listeners() if one.port == port), None)


def sockets_that_listen() -> dict[str, int]:
    """Return the port of each socket that listens on this machine, by Linux's number of it."""
    folder = Path("/proc/self/net")
    return {inode: port for name in ("tcp", "tcp6") for port, _, inode in _listening(folder / name)}


def owners(inodes: set[str], processes: Iterable[Path]) -> dict[str, tuple[str, int]]:
    """Return the program and the process of each socket, as far as `processes` hold them."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, tuple[str, int]] = {}
    for process in processes:
        for inode in _sockets_of(process, wanted):
            found[inode] = (_program(process), int(process.name))
    return found


def free_port(address: str = "127.0.0.1") -> int:
    """Return a TCP port of `address` that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    return port


def _listening(table: Path) -> Iterator[tuple[int, str, str]]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        columns = line.split()
        if len(columns) > 9 and columns[3] == _LISTEN:
            address, port = columns[1].rsplit(":", 1)
            yield int(port, 16), _address(address), columns[9]


def _address(written: str) -> str:
    """Return the address of /proc/net/tcp: 32-bit words in the machine's byte order."""
    words = [bytes.fromhex(written[i : i + 8])[::-1] for i in range(0, len(written), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))


def _sockets_of(process: Path, wanted: dict[str, str]) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:  # closed in the meantime
                continue
            if target in wanted:
                yield wanted[target]
    except OSError:  # somebody else's process, or one that has ended
        return


def _program(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""
