"""Applications with outgrow-kit that are told of something that a phase does not have."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule
from outgrow.diagnostics import Path, Severity
from outgrow.strategy.bindings import SignIn, in_environment
from outgrow.strategy.components import Component, ComponentKind
from outgrow.strategy.phase_order import is_reached
from outgrow.topology.model import Topology

_CODE = (ComponentKind.SERVICE, ComponentKind.WORKER, ComponentKind.FRONTEND)
_STORES = (ComponentKind.POSTGRES, ComponentKind.MONGODB)
_PROXIES = (ComponentKind.LOAD_BALANCER, ComponentKind.CDN)
# What rents replicas as a setting of the database itself.
_WITH_REPLICAS = "aws/rds-postgresql"


def kit_without_code(inspection: Inspection) -> Iterator[Finding]:
    """Find components that cannot import outgrow-kit, and say that they do."""
    for name, spec in inspection.strategy.components.items():
        static = spec.build is not None and spec.build.runtime == "static"
        if spec.kit and (spec.kind not in _CODE or static):
            what = "static site" if static else spec.kind.value
            reason = f"{name} is a {what}, which runs no code that could import outgrow-kit"
            yield Finding(("components", name, "kit"), reason, "Remove `kit`.")


def kit_without_database(inspection: Inspection) -> Iterator[Finding]:
    """Find phases in which a service with the kit has no database to keep anything in."""
    for topology in inspection.phases:
        for resource in topology.resources:
            spec = resource.spec
            if not spec.kit or spec.kind is not ComponentKind.SERVICE:
                continue
            if not _linked(inspection, topology, spec, _STORES):
                reason = (
                    f"{resource.component} has no database in {topology.phase}: sessions and "
                    "limits are then those of one process"
                )
                remedy = "Name its database in `talks_to`, and what it runs on in the phase."
                yield Finding(resource.path, reason, remedy)


def replicas_missing(inspection: Inspection) -> Iterator[Finding]:
    """Find phases with fewer replicas than reads are sent to."""
    for index, routing in enumerate(inspection.strategy.data_growth.replicas):
        if not _used(inspection, routing.component):
            continue
        for topology in _reached(inspection, routing.from_phase):
            found = _replicas_in(topology, routing.component, routing.components)
            if found is not None and found < routing.count:
                reason = (
                    f"reads of {routing.component} go to {routing.count} replicas; "
                    f"{topology.phase} has {found}"
                )
                remedy = (
                    "Give the phase the components that are its replicas, or the setting "
                    "`replicas`; or let this begin later with `from_phase`."
                )
                yield Finding(("data_growth", "replicas", index), reason, remedy)


def shards_missing(inspection: Inspection) -> Iterator[Finding]:
    """Find phases in which rows are spread over databases that are not there."""
    for index, sharding in enumerate(inspection.strategy.data_growth.sharding):
        if not _used(inspection, sharding.component):
            continue
        path = ("data_growth", "sharding", index)
        if not sharding.databases:
            reason = f"nothing says over which databases {sharding.component} is spread"
            yield Finding(path, reason, "Name them as components, in `databases`.")
        for topology in _reached(inspection, sharding.from_phase):
            absent = [name for name in sharding.databases if not topology.of(name)]
            if absent:
                reason = f"{topology.phase} does not have {', '.join(absent)}"
                yield Finding(path, reason, "Add them to the phase, or set `from_phase`.")


def copies_out_of_reach(inspection: Inspection) -> Iterator[Finding]:
    """Find replicas and shards that a service with the kit does not talk to."""
    strategy = inspection.strategy
    growth = strategy.data_growth
    copies = [(one.component, name) for one in growth.replicas for name in one.components]
    copies += [(one.component, name) for one in growth.sharding for name in one.databases]
    for name, spec in strategy.components.items():
        for database, copy in dict.fromkeys(copies):
            if spec.kit and database in spec.talks_to and copy not in (*spec.talks_to, database):
                reason = f"{name} talks to {database} and not to {copy}, which is a part of it"
                yield Finding(("components", name, "talks_to"), reason, f"Add `{copy}`.")


def limits_that_see_the_proxy(inspection: Inspection) -> Iterator[Finding]:
    """Find limits by address behind a proxy that is not trusted: everyone has its address."""
    strategy = inspection.strategy
    for index, limit in enumerate(strategy.rate_limits):
        for name, spec in strategy.components.items():
            holds = spec.kit and spec.kind is ComponentKind.SERVICE
            if not holds or limit.by != "address" or limit.component not in (None, name):
                continue
            proxy = _proxy_before(inspection, name)
            if proxy is not None and not _trusts_somebody(inspection):
                reason = f"{name} sees the address of {proxy} in place of its users' addresses"
                remedy = "Say which networks are its own: `http: {trusted_proxies: [10.0.0.0/8]}`."
                yield Finding(("rate_limits", index), reason, remedy)
                break


def limits_of_nothing(inspection: Inspection) -> Iterator[Finding]:
    """Find limits that let no request pass at all, which the kit takes for a mistake."""
    components = inspection.strategy.components
    for index, limit in enumerate(inspection.strategy.rate_limits):
        held = any(
            spec.kit and limit.component in (None, name) for name, spec in components.items()
        )
        if held and limit.requests < 1:
            reason = f"{limit.route} lets 0 requests pass; outgrow-kit refuses to start"
            yield Finding(("rate_limits", index), reason, "Allow one, or remove the route.")


def sign_in_without_issuer(inspection: Inspection) -> Iterator[Finding]:
    """Find environments that say something of signing in, and not who issues the tokens."""
    for path, section in _sign_ins(inspection):
        if section.model_fields_set and section.issuer is None:
            yield Finding(path, "nothing says who issues the tokens", "Write its `issuer`.")


def sign_in_for_anyone(inspection: Inspection) -> Iterator[Finding]:
    """Find issuers whose tokens are accepted whomever they were made for."""
    for path, section in _sign_ins(inspection):
        if section.issuer is not None and not section.audience and not section.authorized_parties:
            reason = (
                "tokens that the issuer made for another application would pass; outgrow-kit "
                "refuses to start"
            )
            remedy = "Write `authorized_parties` (Clerk) or `audience`."
            yield Finding(path, reason, remedy)


def _sign_ins(inspection: Inspection) -> Iterator[tuple[Path, SignIn]]:
    """Yield what each environment says of signing in, and where it says it."""
    strategy = inspection.strategy
    if not any(spec.kit for spec in strategy.components.values()):
        return
    common: Path = ("sign_in",)
    if not strategy.environments:
        yield common, strategy.sign_in
    for name, environment in strategy.environments.items():
        path = ("environments", name, "sign_in") if environment.sign_in else common
        yield path, in_environment(strategy.sign_in, environment.sign_in)


def _used(inspection: Inspection, database: str) -> bool:
    """Return whether an application with the kit talks to a database."""
    components = inspection.strategy.components.values()
    return any(spec.kit and database in spec.talks_to for spec in components)


def _linked(
    inspection: Inspection,
    topology: Topology,
    spec: Component,
    kinds: tuple[ComponentKind, ...],
) -> bool:
    components = inspection.strategy.components
    return any(components[n].kind in kinds and bool(topology.of(n)) for n in spec.talks_to)


def _reached(inspection: Inspection, from_phase: str | None) -> Iterator[Topology]:
    for topology in inspection.phases:
        if is_reached(inspection.strategy, topology.phase, from_phase):
            yield topology


def _replicas_in(topology: Topology, database: str, components: list[str]) -> int | None:
    """Return how many replicas of a database a phase has; None where nothing tells."""
    resources = topology.of(database)
    if not resources:
        return None
    if components:
        return sum(len(topology.of(name)) for name in components)
    stated = resources[0].settings.get("replicas")
    offering = resources[0].offering
    if offering is not None and offering.service == _WITH_REPLICAS:
        return int(stated) if isinstance(stated, Decimal) else 0
    return 0 if resources[0].offering_id.startswith("self-hosted/") else None


def _proxy_before(inspection: Inspection, component: str) -> str | None:
    """Return what passes requests on to a component in some phase, if anything does."""
    for topology in inspection.phases:
        if topology.of(component):
            for resource in topology.resources:
                if resource.spec.kind in _PROXIES and component in resource.spec.talks_to:
                    return resource.component
    return None


def _trusts_somebody(inspection: Inspection) -> bool:
    strategy = inspection.strategy
    production = strategy.environments.get(strategy.production)
    own = production.http if production else None
    return bool(in_environment(strategy.http, own).trusted_proxies)


RULES = (
    Rule("kit-without-code", Severity.ERROR, kit_without_code),
    Rule("kit-without-database", Severity.WARNING, kit_without_database),
    Rule("replicas-missing", Severity.WARNING, replicas_missing),
    Rule("shards-missing", Severity.WARNING, shards_missing),
    Rule("copy-out-of-reach", Severity.WARNING, copies_out_of_reach),
    Rule("limit-sees-the-proxy", Severity.WARNING, limits_that_see_the_proxy),
    Rule("sign-in-without-issuer", Severity.ERROR, sign_in_without_issuer),
    Rule("sign-in-for-anyone", Severity.ERROR, sign_in_for_anyone),
    Rule("limit-of-nothing", Severity.ERROR, limits_of_nothing),
)
