"""What can be asked of a machine. A question and its answer are JSON; secrets come in on stdin."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from outgrow.clients.on_host.alive import Running, end_group, ports_of, wait_for_end
from outgrow.clients.on_host.place import Now, Place, Spec
from outgrow.clients.on_host.supervise import Supervisor

Json = dict[str, Any]
_MORE_SECONDS = 5.0
# Of the machine's own variables a program gets these; what it is told comes before them.
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ")
_MORE_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def start(asked: Json) -> Json:
    """Run a program in `place`, unless just that runs there; end what else does."""
    place, spec = Place(Path(asked["place"])), Spec(**asked["spec"])
    with place.alone():
        now, before = place.now(), place.spec()
        same = before is not None and before.digest == spec.digest and now.runs
        if same and now.is_supervised:
            return {"started": False}
        if not same:
            _end(place, before or spec, now)
            place.forget_output()
        place.write_spec(spec)
        return _begin(place, spec, _variables(asked["environment"]), now.program if same else None)


def stop(asked: Json) -> Json:
    """End what runs in `place` and make it empty."""
    place = Place(Path(asked["place"]))
    with place.alone():
        spec, now = place.spec(), place.now()
        if spec is not None:
            _end(place, spec, now)
        place.clear()
    return {}


def state(asked: Json) -> Json:
    """Return what runs in each of `places`; with `lines`, also what it prints and listens on."""
    return {"places": {name: _state(Place(Path(name)), asked) for name in asked["places"]}}


def run(asked: Json) -> Json:
    """Run a command to its end; return how it ended and its last `lines`."""
    try:
        done = subprocess.run(
            asked["command"],
            cwd=asked.get("folder"),
            env=_variables(asked.get("environment", {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=asked["timeout_seconds"],
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        printed = (late.stdout or b"").decode(errors="replace").splitlines()
        said = f"it did not end within {asked['timeout_seconds']:g} seconds"
        return {"exit_code": 124, "lines": [*printed[-asked["lines"] :], said]}
    except OSError as error:
        return {"exit_code": 127, "lines": [f"{asked['command'][0]}: {error.strerror}"]}
    lines = done.stdout.decode(errors="replace").splitlines()
    return {"exit_code": done.returncode, "lines": lines[-asked["lines"] :]}


def write(asked: Json) -> Json:
    """Write `text` to `path` whole or not at all, for nobody else to read."""
    path = Path(asked["path"])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, asked["mode"])
    with os.fdopen(descriptor, "w") as file:
        file.write(asked["text"])
    aside.replace(path)
    return {}


def read(asked: Json) -> Json:
    """Return the text of `path`, None when there is none."""
    path = Path(asked["path"])
    return {"text": path.read_text() if path.is_file() else None}


def machine(_asked: Json) -> Json:
    """Return what the machine is: where its user is at home, and what its first program is."""
    first = Path("/proc/1/comm").read_text().strip() if Path("/proc/1/comm").exists() else ""
    return {
        "home": str(Path.home()),
        "user": os.geteuid(),
        "systemd": first == "systemd",
        "accounts": [one.pw_name for one in pwd.getpwall()],
        "python": sys.version.split()[0],
    }


def taken(asked: Json) -> Json:
    """Return those of `addresses` (host and port) at which something listens on the machine."""
    return {"taken": [one for one in asked["addresses"] if _listens(*one)]}


VERBS: Mapping[str, Callable[[Json], Json]] = {
    one.__name__: one for one in (start, stop, state, run, write, read, machine, taken)
}


def answer(verb: str, asked: Json) -> Json:
    """Return the answer; `error` in it says why there is none."""
    try:
        return VERBS[verb](asked)
    except OSError as error:
        return {"error": f"{error.filename or verb}: {error.strerror or error}"}


def main() -> None:
    """Answer the question on stdin."""
    sys.stdout.write(json.dumps(answer(sys.argv[1], json.load(sys.stdin))))
    sys.stdout.flush()


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _MORE_SECONDS).close()
    except OSError:
        return False
    return True


def _variables(told: Mapping[str, str]) -> dict[str, str]:
    found = {key: os.environ[key] for key in _INHERITED if key in os.environ}
    found["PATH"] = ":".join(filter(None, (found.get("PATH"), _MORE_PATH)))
    return {**found, **told}


def _state(place: Place, asked: Json) -> Json:
    spec, now = place.spec(), place.now()
    found: Json = {
        "labels": spec.labels if spec else None,
        "running": spec is not None and now.runs,
        "supervised": now.is_supervised,
        "pid": now.program.pid if now.program and now.runs else None,
        "ended": now.ended,
        "exit_code": now.exit_code,
    }
    if asked.get("lines"):
        found["lines"] = place.last_lines(asked["lines"])
        found["listening"] = ports_of(now.program) if now.program and now.runs else []
    return found


def _end(place: Place, spec: Spec, now: Now) -> None:
    """End a program through its supervisor, or without it where that has died."""
    if now.supervisor is not None and now.supervisor.lives:
        os.kill(now.supervisor.pid, signal.SIGTERM)
        if not wait_for_end(now.supervisor, spec.stop_seconds + _MORE_SECONDS):
            os.kill(now.supervisor.pid, signal.SIGKILL)
            wait_for_end(now.supervisor, _MORE_SECONDS)
    left = place.now().program or now.program
    if left is not None and left.lives:
        end_group(left, getattr(signal, spec.stop_signal, signal.SIGTERM), spec.stop_seconds)


def _begin(
    place: Place, spec: Spec, environment: Mapping[str, str], adopted: Running | None
) -> Json:
    """Start a supervisor that outlives this; return once its program is started."""
    said, says = os.pipe()
    if os.fork() == 0:
        os.close(said)
        _become_supervisor(place, spec, environment, adopted, says)
    os.close(says)
    with os.fdopen(said) as pipe:
        heard = pipe.read()
    os.wait()
    if heard != "started":
        reason = (place.last_lines(1) or ["the supervisor did not start"])[-1]
        return {"error": f"{spec.command[0]} cannot be started: {reason}"}
    return {"started": True}


def _become_supervisor(
    place: Place,
    spec: Spec,
    environment: Mapping[str, str],
    adopted: Running | None,
    says: int,
) -> None:
    """Go on as a daemon: no terminal, no parent, nothing open but the log."""
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.chdir("/")
        # Descriptors of whoever started this, such as a lock, must not live on in here.
        os.closerange(3, says)
        os.closerange(says + 1, 1024)
        supervisor = Supervisor(place, spec, environment)
        program = supervisor.begin(adopted)
        os.write(says, b"started" if program or spec.again is False else b"failed")
        os.close(says)
        if program is not None:
            supervisor.go_on(program)
    finally:
        os._exit(0)
