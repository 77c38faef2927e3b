"""The rules of environments: what may not happen where, decided from facts alone.

Commands call these before they act; nothing else in outgrow decides about these rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from outgrow.environments.addresses import Address, allowed, same_data, stores_of
from outgrow.environments.bindings import Digest
from outgrow.environments.problems import Code, Problem
from outgrow.environments.resolving import Resolved
from outgrow.errors import InputError
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class ProductionStores:
    """Where the data of production lies, as far as it is known here.

    `remembered` are keyed hashes (`store_mark`) of what was seen before; `hosts` are the hosts
    that the strategy gives to the addresses of production's stores.
    """

    environment: str
    addresses: tuple[Address, ...]
    remembered: frozenset[str]
    hosts: Mapping[str, tuple[str, ...]]

    @property
    def is_known(self) -> bool:
        """Return whether there is anything to compare with."""
        return bool(self.addresses or self.remembered or self.hosts)


@dataclass(frozen=True, slots=True)
class AppliedHead:
    """A head of the migrations that has been applied in an environment."""

    environment: str
    head: str


@dataclass(frozen=True, slots=True)
class MigrationVerdict:
    """Whether migrations may be applied; `missing` has not been where it has to be first."""

    allowed: bool
    missing: tuple[str, ...]
    reason: str = ""
    remedy: str = ""


def store_mark(address: Address) -> str:
    """Return what tells one store's data from another's: its host and name, no port."""
    port = f":{address.port}" if address.is_loopback else ""
    return f"{address.host}{port}/{address.name}"


def stores_in(resolved: Resolved) -> Mapping[str, tuple[Address, ...]]:
    """Return the stores that a profile reaches, by the variable that holds the address."""
    found = {key: stores_of(value.text) for key, value in resolved.values.items()}
    return {key: addresses for key, addresses in found.items() if addresses}


def production_data_problems(
    resolved: Resolved, production: ProductionStores, digest: Digest
) -> Iterator[Problem]:
    """Yield every variable that reaches the data of production where the rules forbid that.

    `digest` hashes a `store_mark` as those that are remembered were.
    """
    profile = resolved.profile
    if profile.rules.production_data or profile.environment == production.environment:
        return
    for key, addresses in stores_in(resolved).items():
        if any(_is_production(key, one, production, digest) for one in addresses):
            yield Problem(
                Code.PRODUCTION_DATA,
                key,
                f"{key} reaches the data of {production.environment}, which the rules of "
                f"{profile.environment} forbid",
                "Give it a database of its own.",
            )


def require_load_tests(rules: Rules, environment: str) -> None:
    """Return when load may be sent to `environment`; raise InputError otherwise."""
    if not rules.load_tests:
        raise InputError(
            f"the rules of {environment} allow no load tests",
            "Run it in another environment, or change `rules: {load_tests: ...}` knowingly.",
        )


def migrations_allowed(
    rules: Rules, environment: str, heads: Collection[str], applied: Iterable[AppliedHead]
) -> MigrationVerdict:
    """Return whether migrations up to `heads` may be applied in `environment`.

    With `migrations_first_in` each head must have been applied there before. `applied` is what
    the journal knows; a head that it does not know counts as not applied.
    """
    first = rules.migrations_first_in
    if first is None or first == environment:
        return MigrationVerdict(True, ())
    there = {one.head for one in applied if one.environment == first}
    missing = tuple(one for one in heads if one not in there)
    if not missing:
        return MigrationVerdict(True, ())
    return MigrationVerdict(
        False,
        missing,
        f"{', '.join(missing)} has not been applied in {first}, and reaches {environment} after it",
        f"Deploy to {first} first.",
    )


def _is_production(
    key: str, address: Address, production: ProductionStores, digest: Digest
) -> bool:
    if any(same_data(address, one) for one in production.addresses):
        return True
    if digest(store_mark(address)) in production.remembered:
        return True
    # A host says less than an address: it counts where there is no address, and without `*`.
    exact = [one for one in production.hosts.get(key, ()) if "*" not in one]
    return not production.addresses and allowed(address, exact) is not None
