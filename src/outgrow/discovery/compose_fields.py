"""The forms in which a compose file writes one thing: ports, volumes, checks, amounts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from outgrow.strategy.yaml_nodes import Data

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)?")
_SECONDS = {
    "ns": Decimal("0.000000001"), "us": Decimal("0.000001"), "µs": Decimal("0.000001"),
    "ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600),
    "d": Decimal(86400),
}  # fmt: skip
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_GIB = Decimal(1024**3)
MOST_PORTS_OF_A_RANGE = 20


def texts(value: Data) -> list[str]:
    """Return a list of texts, from a list or a single value; what is no text is left out."""
    items = value if isinstance(value, list) else [value]
    return [
        text_of(item) for item in items if item is not None and not isinstance(item, dict | list)
    ]


def text_of(value: Data) -> str:
    """Return a scalar as it would be written in an environment."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


def pairs(value: Data) -> Iterator[tuple[str, str | None]]:
    """Yield the entries of a mapping, or of a list of `KEY=value`; None for a bare `KEY`."""
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(one, dict | list):
                yield key, None if one is None else text_of(one)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list) or item is None:
                continue
            key, equals, rest = text_of(item).partition("=")
            yield key.strip(), rest if equals else None


def words(value: Data) -> list[str] | None:
    """Return a command: one text for a shell, or a list of words."""
    if isinstance(value, str):
        return [value] if value.strip() else None
    if isinstance(value, list):
        found = texts(value)
        # One text means a shell, so a list with one word that has blanks keeps its meaning so.
        if len(found) == 1 and " " in found[0]:
            return [shlex.quote(found[0])]
        return found or None
    return None


def seconds(value: Data) -> Decimal | None:
    """Return a duration in seconds: `1m30s`, `500ms`, or a plain number."""
    text = text_of(value).replace(" ", "")
    found = list(_DURATION.finditer(text))
    if not text or "".join(one[0] for one in found) != text:
        return None
    total = sum((Decimal(one[1]) * _SECONDS[one[2] or "s"] for one in found), Decimal(0))
    return total if 0 < total < 10_000_000 else None


def gib(value: Data) -> str | None:
    """Return an amount of memory in GiB as a plain number: `512m` is 0.5."""
    found = _BYTES.fullmatch(text_of(value).strip())
    if not found:
        return None
    amount = Decimal(found[1]) * Decimal(1024) ** _POWER[found[2].lower()] / _GIB
    rounded = amount.quantize(Decimal("0.000001")).normalize()
    return f"{rounded:f}" if 0 < rounded <= 4096 else None


def cpus(value: Data) -> str | None:
    """Return a number of virtual CPUs as a plain number."""
    try:
        amount = Decimal(text_of(value).strip())
    except InvalidOperation:
        return None
    return f"{amount:f}" if amount.is_finite() and 0 < amount <= 512 else None


def published(value: Data) -> list[dict[str, object]] | None:
    """Return the ports that one entry of `ports` opens; None for one that cannot be read."""
    if isinstance(value, dict):
        return _long_port(value)
    text = text_of(value).strip()
    text, _, protocol = text.partition("/")
    protocol = protocol or "tcp"
    address, host, container = _split_port(text)
    inside, outside = _range(container), _range(host) if host else []
    if not inside or protocol not in ("tcp", "udp") or len(inside) > MOST_PORTS_OF_A_RANGE:
        return None
    if host and len(outside) != len(inside):
        return None
    return [
        _port(one, outside[n] if outside else None, address, protocol)
        for n, one in enumerate(inside)
    ]


def _long_port(value: Mapping[str, Data]) -> list[dict[str, object]] | None:
    inside = _range(text_of(value.get("target")))
    outside = _range(text_of(value.get("published")))
    protocol = text_of(value.get("protocol")) or "tcp"
    if len(inside) != 1 or protocol not in ("tcp", "udp") or len(outside) > 1:
        return None
    address = text_of(value.get("host_ip")) or None
    return [_port(inside[0], outside[0] if outside else None, address, protocol)]


def _port(
    inside: int, outside: int | None, address: str | None, protocol: str
) -> dict[str, object]:
    # Compose opens a port on every address where it names none.
    found: dict[str, object] = {"container": inside, "address": address or "0.0.0.0"}
    if outside is not None:
        found["host"] = outside
    if protocol != "tcp":
        found["protocol"] = protocol
    return found


def _split_port(text: str) -> tuple[str | None, str, str]:
    if text.startswith("[") and "]" in text:
        address, _, rest = text[1:].partition("]")
        host, _, container = rest.lstrip(":").rpartition(":")
        return address, host, container
    parts = text.split(":")
    if len(parts) > 3:
        return ":".join(parts[:-2]), parts[-2], parts[-1]
    padded = ["", "", *parts][-3:] if len(parts) > 1 else ["", "", text]
    return padded[0] or None, padded[1], padded[2]


def _range(text: str) -> list[int]:
    first, dash, last = text.strip().partition("-")
    if not first.isascii() or not first.isdigit() or len(first) > 5:
        return []
    end = last if dash else first
    if not end.isascii() or not end.isdigit() or len(end) > 5:
        return []
    found = range(int(first), int(end) + 1)
    valid = 1 <= int(first) <= int(end) <= 65535
    return list(found[: MOST_PORTS_OF_A_RANGE + 1]) if valid else []


def mounted(value: Data) -> dict[str, object] | None:
    """Return a volume of either form; None for one that only the long form can say (tmpfs)."""
    if isinstance(value, dict):
        if text_of(value.get("type")) not in ("", "bind", "volume"):
            return None
        source, target = text_of(value.get("source")) or None, text_of(value.get("target"))
        read_only = value.get("read_only") in (True, "true")
    else:
        source, target, read_only = _short_volume(text_of(value))
    if not target:
        return None
    found: dict[str, object] = {"target": target}
    if source:
        found = {"source": source, **found}
    if read_only:
        found["read_only"] = True
    return found


def _short_volume(text: str) -> tuple[str | None, str, bool]:
    parts = text.split(":")
    if len(parts) > 1 and re.fullmatch(r"[A-Za-z]", parts[0]) and parts[1][:1] in ("\\", "/"):
        parts = [":".join(parts[:2]), *parts[2:]]
    if len(parts) == 1:
        return None, parts[0], False
    read_only = len(parts) > 2 and "ro" in parts[2].split(",")
    return parts[0], parts[1], read_only


def checked(value: Data) -> dict[str, object] | None:
    """Return a health check with its command and times; None for one that says nothing."""
    if not isinstance(value, dict):
        return None
    if value.get("disable") in (True, "true"):
        return {"disabled": True}
    test = value.get("test")
    found: dict[str, object] = {}
    if isinstance(test, list):
        parts = texts(test)
        kind, rest = (parts[0].upper(), parts[1:]) if parts else ("", [])
        if kind == "NONE":
            return {"disabled": True}
        command = [" ".join(rest)] if kind == "CMD-SHELL" else rest if kind == "CMD" else parts
    else:
        command = [text_of(test)] if text_of(test).strip() else []
    if command and all(command):
        found["command"] = command
    for key, name in (
        ("interval", "interval_seconds"),
        ("timeout", "timeout_seconds"),
        ("start_period", "start_seconds"),
    ):
        amount = seconds(value.get(key))
        if amount is not None:
            found[name] = amount
    retries = text_of(value.get("retries"))
    if retries.isascii() and retries.isdigit() and len(retries) < 4:
        found["retries"] = int(retries)
    return found or None
