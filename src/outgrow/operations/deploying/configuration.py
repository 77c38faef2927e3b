"""The variables that a version starts with: hashed, so that a change shows and no value does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from outgrow.deploy.ports import KnowsSecrets
from outgrow.deploy.redaction import redactor
from outgrow.discovery.secret_values import is_secret
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.operations.env import Bound, Variable, bound_variables

# A password that somebody chose must not be found from the journal by trying words: each try
# costs some milliseconds, and what is kept is too short to be sure of a hit.
_COST = 2**12
_KEPT_BYTES = 4


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """Names of the variables that differ from those of the running version.

    `known` is false when the journal does not know what it was started with.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    known: bool = True


def hashed_variables(target: DeployTarget, process: Mapping[str, str]) -> dict[str, str]:
    """Return each variable of a component with a hash of its value.

    A secret that is not readable here counts by where it lies.
    """
    bound = _bound(target, process)
    hashes = {}
    for one in bound.shown.variables:
        value = bound.values.get(one.key)
        text = f"value {value}" if value is not None else f"at {one.reference}"
        hashes[one.key] = _hash(text, f"{target.lease}/{one.key}", one.kind == "secret")
    return hashes


def readable_secrets(target: DeployTarget, process: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of a component's secrets that this command can read by itself.

    Those that lie elsewhere are known to the place that starts versions with them, if to anybody.
    """
    bound = _bound(target, process)
    return secrets_among(bound.values, bound.shown.variables)


def secrets_among(values: Mapping[str, str], variables: Iterable[Variable]) -> tuple[str, ...]:
    """Return the values that are secrets: as the strategy says, or by their name or look."""
    said = {one.key for one in variables if one.kind == "secret"}
    found = (value for key, value in values.items() if key in said or is_secret(key, value))
    return tuple(dict.fromkeys(found))


def secrets_hidden(place: object) -> Callable[[str], str]:
    """Return what takes the secrets that a place knows of out of a text."""
    return redactor(place.known_secrets() if isinstance(place, KnowsSecrets) else ())


def configuration_hash(hashes: Mapping[str, str]) -> str:
    """Return one hash for all variables together."""
    text = "\n".join(f"{key}={value}" for key, value in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def changes(before: Mapping[str, str] | None, now: Mapping[str, str]) -> ConfigurationChange:
    """Return which variables differ; `before` is None when nobody knows."""
    if before is None:
        return ConfigurationChange(known=False)
    return ConfigurationChange(
        added=tuple(sorted(now.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - now.keys())),
        changed=tuple(sorted(one for one in now.keys() & before.keys() if now[one] != before[one])),
    )


def _bound(target: DeployTarget, process: Mapping[str, str]) -> Bound:
    """Return the variables of a deploy, as far as no other place has to be asked."""
    return bound_variables(
        target.opened,
        target.system.phase,
        target.environment,
        target.component,
        process,
        deploys=True,
    )


def _hash(text: str, salt: str, is_secret: bool) -> str:
    data = text.encode()
    if is_secret:
        return hashlib.scrypt(data, salt=salt.encode(), n=_COST, r=8, p=1, dklen=_KEPT_BYTES).hex()
    return hashlib.sha256(salt.encode() + data).hexdigest()[: 2 * _KEPT_BYTES]
