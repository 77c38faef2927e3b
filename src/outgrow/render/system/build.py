"""From a strategy and its topology to the `System` that targets render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from outgrow.analysis.costs.phase_costs import phase_costs
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Location, Path
from outgrow.render.kit.bind import with_kit_settings
from outgrow.render.kit.variables import copies_of_databases
from outgrow.render.system.defaults import (
    address_variable,
    assumed_size,
    health_of,
    image_of,
    listens_on,
    safe_name,
    stated_size,
    store_named_by,
)
from outgrow.render.system.model import Connection, Part, Role, Size, System
from outgrow.strategy.components import Component, ComponentKind
from outgrow.strategy.environments import Environment
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Resource, Topology
from outgrow.topology.resolve import resolve

Locate = Callable[[Path], Location]
APPLICATION_KINDS = frozenset(
    {
        ComponentKind.SERVICE,
        ComponentKind.WORKER,
        ComponentKind.FRONTEND,
        ComponentKind.SANDBOX_POOL,
    }
)
_ROLES = {
    Role.APPLICATION: APPLICATION_KINDS,
    Role.STORE: {
        ComponentKind.POSTGRES,
        ComponentKind.MONGODB,
        ComponentKind.REDIS,
        ComponentKind.OBJECT_STORE,
        ComponentKind.MYSQL,
        ComponentKind.DATABASE,
        ComponentKind.SEARCH,
        ComponentKind.VECTOR_STORE,
        ComponentKind.WAREHOUSE,
        ComponentKind.QUEUE,
    },
    Role.EDGE: {ComponentKind.LOAD_BALANCER, ComponentKind.CDN, ComponentKind.DNS},
    Role.MACHINE: {ComponentKind.MACHINE},
    Role.OBSERVATION: {
        ComponentKind.ERROR_TRACKING,
        ComponentKind.UPTIME,
        ComponentKind.LOGS,
        ComponentKind.MONITORING,
        ComponentKind.APM,
        ComponentKind.PRODUCT_ANALYTICS,
    },
}


def build_system(
    strategy: Strategy,
    catalog: Catalog,
    phase: str,
    environment: str | None = None,
    locate: Locate | None = None,
) -> System:
    """Return `phase` in `environment` (None: production) with every default filled in.

    `catalog` already carries the strategy's own offerings (`catalogue_for`). Raises
    KeyError for a phase or an environment that the strategy does not have.
    """
    topology = resolve(strategy, catalog, phase, environment)
    name = topology.environment
    settings = strategy.environments.get(name, Environment())
    system = System(
        name=safe_name(strategy.name),
        phase=topology.phase,
        environment=name,
        region=topology.region,
        regions=topology.regions,
        parts=(),
        strategy=strategy,
        topology=topology,
        settings=settings,
        is_production=name == strategy.production,
        costs=phase_costs(strategy, catalog, phase, environment),
        locate=locate,
    )
    return with_kit_settings(replace(system, parts=_parts(system)))


def _parts(system: System) -> tuple[Part, ...]:
    resources = _one_each(system.topology)
    present = {resource.component for resource in resources}
    callers = _callers(system.strategy, present)
    return tuple(_part(system, resource, present, callers) for resource in resources)


def _one_each(topology: Topology) -> tuple[Resource, ...]:
    """Return one resource a component: the one of the home region where it has several."""
    chosen: dict[str, Resource] = {}
    for resource in topology.resources:
        if resource.component not in chosen or resource.region == topology.region:
            chosen[resource.component] = resource
    return tuple(chosen.values())


def _callers(strategy: Strategy, present: set[str]) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(
            safe_name(other)
            for other, spec in strategy.components.items()
            if other in present and name in spec.talks_to
        )
        for name in present
    }


def _part(
    system: System, resource: Resource, present: set[str], callers: Mapping[str, tuple[str, ...]]
) -> Part:
    spec, settings = resource.spec, system.settings
    port = listens_on(spec)
    links = [name for name in spec.talks_to if name in present]
    secrets = {**spec.secrets, **_overridden(spec.secrets, spec.environment, settings.secrets)}
    plain = {
        **spec.environment,
        **_overridden(spec.environment, spec.secrets, settings.environment),
    }
    if spec.kind in APPLICATION_KINDS:
        plain |= _for_everyone(settings.environment, system.strategy.components)
        secrets |= _for_everyone(settings.secrets, system.strategy.components)
    plain = {key: value for key, value in plain.items() if key not in secrets}
    return Part(
        name=safe_name(resource.component),
        component=resource.component,
        kind=spec.kind,
        role=next((role for role, kinds in _ROLES.items() if spec.kind in kinds), Role.OTHER),
        resource=resource,
        spec=spec,
        path=("components", resource.component),
        size=_size(system, resource),
        instances=resource.instances,
        image=image_of(spec),
        build=spec.build,
        run=spec.run,
        listens=port,
        health=health_of(spec, port),
        environment=plain,
        secrets=secrets,
        connections=_connections((*secrets, *plain), links, system.strategy),
        links=tuple(safe_name(name) for name in links),
        linked_from=callers[resource.component],
        runs_on=safe_name(resource.runs_on) if resource.runs_on in present else None,
        public=spec.public,
        host=_host(settings.urls.get(resource.component)),
    )


def _overridden(
    own: Mapping[str, str], others: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return what the environment says of the keys that a component has in either form."""
    return {key: value for key, value in environment.items() if key in own or key in others}


def _for_everyone(
    environment: Mapping[str, str], components: Mapping[str, Component]
) -> dict[str, str]:
    """Return the variables of an environment that no component names as its own."""
    claimed = {key for spec in components.values() for key in (*spec.environment, *spec.secrets)}
    return {key: value for key, value in environment.items() if key not in claimed}


def _size(system: System, resource: Resource) -> Size:
    vcpu, memory, source = stated_size(resource)
    default_vcpu, default_memory = assumed_size()
    if source == "strategy":
        source = system.where(*resource.path)
    return Size(
        vcpu=vcpu or default_vcpu,
        memory_gib=memory or default_memory,
        assumed=not (vcpu and memory),
        source=source or "assumed",
    )


def _connections(
    keys: tuple[str, ...], links: list[str], strategy: Strategy
) -> tuple[Connection, ...]:
    """Return the variables with the address of a store: the one that each is called after.

    A variable that is called after none means the first of its kind, a copy only if there is
    nothing else.
    """
    copies = copies_of_databases(strategy)
    in_order = sorted(links, key=lambda name: name in copies)
    found = []
    for key in keys:
        kind = store_named_by(key)
        stores = [name for name in in_order if strategy.components[name].kind is kind]
        named = (name for name in stores if key == address_variable(name))
        store = next(named, stores[0] if stores else None)
        if kind is not None and store is not None:
            found.append(Connection(key, safe_name(store), kind))
    return tuple(found)


def _host(url: str | None) -> str | None:
    if not url:
        return None
    return url.split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]
