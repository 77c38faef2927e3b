"""What Docker is told about a container itself: its networks, its rights, its kernel."""

from __future__ import annotations

from outgrow.render.compose.values import interpolated, literal
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Flow, Quoted, Yaml
from outgrow.strategy.containers import Run

_TEXTS = ("hostname", "platform", "shm_size", "stop_signal", "pid", "ipc")
_SWITCHES = ("init", "tty", "stdin_open", "read_only", "privileged")
_LISTS = ("dns", "cap_add", "cap_drop", "group_add", "devices")


def own_options(part: Part) -> dict[str, Yaml]:
    """Return what the strategy says of the container itself."""
    run = part.run
    found: dict[str, Yaml] = {}
    for key in _TEXTS:
        if text := getattr(run, key):
            found[key] = Quoted(literal(text))
    for key in _SWITCHES:
        if getattr(run, key):
            found[key] = True
    for key in _LISTS:
        if listed := getattr(run, key):
            found[key] = [Quoted(literal(one)) for one in listed]
    if run.ulimits:
        found["ulimits"] = {key: _limit(value) for key, value in run.ulimits.items()}
    if run.sysctls:
        found["sysctls"] = {key: Quoted(literal(value)) for key, value in run.sysctls.items()}
    return found


def _limit(text: str) -> Yaml:
    soft, colon, hard = text.partition(":")
    if colon and _is_number(soft) and _is_number(hard):
        return {"soft": int(soft), "hard": int(hard)}
    return int(text) if _is_number(text) else Quoted(literal(text))


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 19


def security_options(part: Part) -> list[Yaml]:
    """Return the security options: the strategy's, or that no process gains rights."""
    if part.run.security_opt:
        return [Quoted(literal(one)) for one in part.run.security_opt]
    return [] if part.run.privileged else ["no-new-privileges:true"]


def own_network(part: Part) -> dict[str, Yaml] | None:
    """Return the networks that the strategy names itself; None where outgrow draws them."""
    run = part.run
    if run.network_mode:
        return {"network_mode": Quoted(interpolated(run.network_mode))}
    if run.networks or run.outside_networks:
        return {"networks": Flow([*run.networks, *run.outside_networks])}
    return None


def has_own_network(run: Run) -> bool:
    """Return whether the strategy says itself in which networks a container is."""
    return bool(run.networks or run.outside_networks or run.network_mode)
