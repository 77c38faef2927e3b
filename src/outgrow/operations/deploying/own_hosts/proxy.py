"""The HAProxy that versions stand behind: one of the team's, or one that outgrow keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from outgrow.clients.haproxy import RuntimeSocket
from outgrow.clients.kept_programs import ProgramKeeper
from outgrow.clients.on_host.place import Spec
from outgrow.clients.own_host import THIS_MACHINE, OwnHost, taken_ports
from outgrow.deploy.values import Problem
from outgrow.errors import OutsideError

CONFIGURATION = "haproxy.cfg"
SOCKET = "admin.sock"
STATE = "state"
OLDEST = (2, 6)
_LOADED = "loaded.cfg"
_MASTER = "master.sock"
_NO_STATE = "1\n"  # only the version of its format
_ACCOUNT = "haproxy"
_ANSWERS_SECONDS = 10.0
_BIND = re.compile(r"^ +bind (\S*):(\d+)\b", re.MULTILINE)
_ANY = ("", "*", "0.0.0.0", "::")
_INSTALL = "Debian and Ubuntu: apt-get install haproxy."


class FrontProxy(Protocol):
    """The proxy as a fleet needs it."""

    @property
    def runtime(self) -> RuntimeSocket:
        """Return its runtime socket."""

    @property
    def declares_slots(self) -> bool:
        """Return whether `ensure` adds the slots that its configuration does not have yet."""

    def is_there(self) -> bool:
        """Return whether it has ever been started; one that fails is there."""

    def ensure(self) -> None:
        """Let it run with the configuration that the strategy asks for now."""

    def remember(self) -> None:
        """Keep what the socket has changed for the next process of it."""

    def problems(self) -> Sequence[Problem]:
        """Return every reason for which it cannot be used."""


class _Text(BaseModel):
    text: str | None


class _Run(BaseModel):
    exit_code: int
    lines: list[str]


class _Machine(BaseModel):
    user: int
    accounts: list[str]


@dataclass(frozen=True, slots=True)
class TheirProxy:
    """A HAProxy that the team keeps: outgrow only talks to its socket."""

    runtime: RuntimeSocket

    @property
    def declares_slots(self) -> bool:
        """Return False: the team's own configuration declares them."""
        return False

    def is_there(self) -> bool:
        """Return True: the strategy says so."""
        return True

    def ensure(self) -> None:
        """Do nothing: it is the team's."""

    def remember(self) -> None:
        """Do nothing: its own reload saves the state (docs/deploy/own-hosts.md)."""

    def problems(self) -> Sequence[Problem]:
        """Return whether it is too old, or does not answer."""
        try:
            return _too_old(self.runtime)
        except OutsideError as error:
            return [Problem(error.reason, error.remedy)]


@dataclass(frozen=True, slots=True)
class KeptProxy:
    """A HAProxy that outgrow starts and keeps on `host`, in a private folder.

    `text` is its whole configuration. `pause` waits for some seconds. `listen_key` is what of
    the strategy says where it listens.
    """

    host: OwnHost
    keeper: ProgramKeeper
    text: str
    pause: Callable[[float], None]
    listen_key: str = "environments/NAME/proxy/listen"

    @property
    def folder(self) -> Path:
        """Return the folder on its machine."""
        return self.host.home / "proxy"

    @property
    def runtime(self) -> RuntimeSocket:
        """Return its runtime socket."""
        return _runtime(self.host, self.folder / SOCKET)

    @property
    def declares_slots(self) -> bool:
        """Return True: its configuration is written anew where the strategy has changed."""
        return True

    def is_there(self) -> bool:
        """Return whether it was started and not taken down since."""
        return self.keeper.states([str(self.folder)])[str(self.folder)].labels is not None

    def ensure(self) -> None:
        """Start it, or reload it where the configuration has changed.

        Raises OutsideError with HAProxy's own words when it refuses; what ran goes on then.
        """
        state = self.keeper.states([str(self.folder)])[str(self.folder)]
        text = self._whole_text()
        changed = self._read(_LOADED) != text
        if state.running and state.supervised and not changed:
            return
        if changed:
            self._check(text)
        if state.running and changed:
            self._reload(text)
        else:
            self._write(CONFIGURATION, text)
        self._start()
        # Only now is it what runs: who is killed before it loads it again the next time.
        self._write(_LOADED, text)

    def remember(self) -> None:
        """Write down what the socket has changed: a new process begins with it."""
        self._write(STATE, self.runtime.state_file())

    def stop(self) -> None:
        """End it; its clients are cut off."""
        self.keeper.stop(str(self.folder), _ANSWERS_SECONDS)
        # Which slot had the traffic means nothing once nothing runs in it.
        self._write(STATE, _NO_STATE)

    def problems(self) -> Sequence[Problem]:
        """Return whether HAProxy is absent or too old, or its address is somebody else's."""
        try:
            if self.keeper.states([str(self.folder)])[str(self.folder)].running:
                return [*_too_old(self.runtime), *self._taken(self._read(_LOADED) or "")]
            found = self._run(["haproxy", "-v"])
            if found.exit_code:
                return [Problem(f"HAProxy is not installed on {self.host.name}", _INSTALL)]
            return self._taken("")
        except OutsideError as error:
            return [Problem(error.reason, error.remedy)]

    def _taken(self, loaded: str) -> list[Problem]:
        """Return the addresses that somebody else has and that `loaded` does not listen on yet.

        HAProxy would not fail: beside another one it takes half of the connections each.
        """
        new = set(_addresses(self.text)) - set(_addresses(loaded))
        return [
            Problem(
                f"something else listens on {address}:{port} of {self.host.name}",
                "End it; or let this proxy listen elsewhere (environments/NAME/proxy/listen): two "
                "environments of one machine need an address each.",
            )
            for address, port in taken_ports(self.host, sorted(new))
        ]

    def _start(self) -> None:
        self._write_once(STATE, _NO_STATE)
        command = [
            "haproxy", "-W", "-S", f"unix@{_MASTER},mode,600", "-C", str(self.folder),
            "-f", CONFIGURATION,
        ]  # fmt: skip
        spec = Spec(command=command, folder=str(self.folder), labels={"outgrow.proxy": "haproxy"})
        self.keeper.start(str(self.folder), spec, {})
        self._wait_for(lambda: self.runtime.info().identity, "start")

    def _whole_text(self) -> str:
        """Return the configuration; started by root, HAProxy gives root's rights up."""
        machine = _Machine.model_validate(self.host.ask("machine", {}))
        if machine.user != 0 or _ACCOUNT not in machine.accounts:
            return self.text
        account = f"    user {_ACCOUNT}\n    group {_ACCOUNT}\n"
        return self.text.replace("\nglobal\n", f"\nglobal\n{account}", 1)

    def _reload(self, text: str) -> None:
        """Let a new process take over the sockets, weights and drains of the one that runs."""
        before = self.runtime.info().identity
        self.remember()
        self._write(CONFIGURATION, text)
        _runtime(self.host, self.folder / _MASTER).ask_master("reload")
        self._wait_for(lambda: self.runtime.info().identity != before, "reload")

    def _wait_for(self, holds: Callable[[], object], what: str) -> None:
        waited = 0.0
        while not _holds(holds):
            if waited > _ANSWERS_SECONDS:
                lines = self.keeper.states([str(self.folder)], 5)[str(self.folder)].lines
                raise OutsideError(
                    f"HAProxy does not {what}: {' / '.join(lines) or 'it says nothing'}",
                    f"Another program may have its port: set {self.listen_key}.",
                )
            self.pause(0.02)
            waited += 0.02

    def _check(self, text: str) -> None:
        """Raise OutsideError when HAProxy does not take the configuration."""
        aside = f"{CONFIGURATION}.next"
        self._write(aside, text)
        found = self._run(["haproxy", "-c", "-C", str(self.folder), "-f", aside])
        if found.exit_code == 127:
            raise OutsideError(f"HAProxy is not installed on {self.host.name}", _INSTALL)
        if found.exit_code:
            said = " / ".join(line for line in found.lines if "ALERT" in line)[-500:]
            raise OutsideError(
                f"HAProxy refuses its configuration: {said}",
                "See environments/NAME/proxy (listen, certificates). What ran goes on as it was.",
            )

    def _run(self, command: Sequence[str]) -> _Run:
        question = {"command": list(command), "timeout_seconds": 10, "lines": 20}
        return _Run.model_validate(self.host.ask("run", question))

    def _read(self, name: str) -> str | None:
        return _Text.model_validate(self.host.ask("read", {"path": str(self.folder / name)})).text

    def _write(self, name: str, text: str) -> None:
        question = {"path": str(self.folder / name), "text": text, "mode": 0o600}
        self.host.ask("write", question)

    def _write_once(self, name: str, text: str) -> None:
        if self._read(name) is None:
            self._write(name, text)


def their_socket(host: OwnHost, path: str) -> TheirProxy:
    """Return a HAProxy of the team's own, by the path of its socket on `host`."""
    return TheirProxy(_runtime(host, Path(path)))


def _runtime(host: OwnHost, path: Path) -> RuntimeSocket:
    place = str(path) if host.name == THIS_MACHINE else f"{host.name}:{path}"
    return RuntimeSocket(lambda seconds: host.connect(str(path), seconds), place)


def _addresses(text: str) -> Sequence[tuple[str, int]]:
    """Return where a configuration listens, each as its own machine reaches it."""
    found = (one.groups() for one in _BIND.finditer(text))
    bare = ((host.strip("[]"), int(port)) for host, port in found)
    return [("127.0.0.1" if host in _ANY else host, port) for host, port in bare]


def _holds(holds: Callable[[], object]) -> bool:
    try:
        return bool(holds())
    except OutsideError:
        return False


def _too_old(runtime: RuntimeSocket) -> list[Problem]:
    info = runtime.info()
    if info.release >= OLDEST:
        return []
    wanted = ".".join(map(str, OLDEST))
    return [Problem(f"HAProxy is {info.version}, and outgrow needs {wanted} or later", _INSTALL)]
