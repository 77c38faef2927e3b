"""strategy x phase x environment -> Topology: every default filled in, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from outgrow.catalog.load import Catalog
from outgrow.catalog.offering import Limit
from outgrow.catalog.rates import Grade, Provenance
from outgrow.diagnostics import Path
from outgrow.strategy.assignments import Assignment, merge_assignment
from outgrow.strategy.components import Component
from outgrow.strategy.environments import Environment
from outgrow.strategy.fields import Spread, certain
from outgrow.strategy.offerings import CustomOffering, MeteredUse, Price, Schedule
from outgrow.strategy.phase_order import is_reached
from outgrow.strategy.phases import Phase
from outgrow.strategy.strategy import Strategy
from outgrow.topology.counts import count_at, instance_count
from outgrow.topology.demand import demand_of
from outgrow.topology.model import ExtraCost, ResolvedLimit, Resource, Topology
from outgrow.topology.prices import merge_limits
from outgrow.topology.what_if import WhatIf, apply_what_if, hours_of
from outgrow.units import HOURS_PER_MONTH

_EVERY_DAY = Decimal(7)
_ONE = Decimal(1)
_OWN = Provenance("the strategy", "", Grade.USER)


def resolve(
    strategy: Strategy,
    catalog: Catalog,
    phase: str,
    environment: str | None = None,
    what_if: WhatIf | None = None,
) -> Topology:
    """Return the topology of `phase` in `environment`.

    None is production as that phase would have it. An environment that is named and has a
    phase of its own shows that phase whichever is asked for.
    `catalog` already carries the strategy's own offerings (`catalogue_for`). Raises
    KeyError for a phase or environment that the strategy does not have.
    """
    what_if = what_if or WhatIf()
    name = environment or strategy.production
    setting = strategy.environments.get(name)
    if setting is None and name != strategy.production:
        raise KeyError(name)
    if environment is None and setting is not None and setting.phase not in ("current", phase):
        setting = None  # production runs another phase: its changes say nothing of this one
    shown = phase if setting is None or setting.phase == "current" else setting.phase
    spec = _with_addons(strategy.phases[shown], what_if.addons)
    size = _ONE if setting is None or setting.size_share is None else setting.size_share
    demand = _scaled(demand_of(strategy, spec, what_if.demand), size)
    if setting is not None and setting.schedule is not None:
        what_if = _only_within(running_hours(setting.schedule), what_if)
    resolver = _Resolver(strategy, catalog, shown, spec, demand, setting)
    assignments = _on_their_hosts(_assignments(strategy, spec, shown, name, setting))
    resources = tuple(
        apply_what_if(resource, what_if)
        for component, (assignment, path) in assignments.items()
        for resource in resolver.resources(component, assignment, path)
    )
    production = setting is None or name == strategy.production
    topology = Topology(
        strategy=strategy.name,
        phase=shown,
        environment=name,
        region=spec.region or strategy.region,
        regions=tuple(spec.regions) or (spec.region or strategy.region,),
        resources=resources,
        demand=demand,
        extra_costs=_extra_costs(spec, shown) if production else (),
        labour_hours_week=spec.labour_hours_week if production else None,
        addons=tuple(spec.addons),
    )
    return replace(topology, resources=tuple(_limited_once(topology)))


def _scaled(demand: dict[str, Spread | None], size: Decimal) -> dict[str, Spread | None]:
    """Return the demand on an environment that is `size` of production."""
    if size == 1:
        return demand
    return {name: None if each is None else _times(each, size) for name, each in demand.items()}


def _times(spread: Spread, factor: Decimal) -> Spread:
    return Spread(low=spread.low * factor, likely=spread.likely * factor, high=spread.high * factor)


def _only_within(hours_month: Decimal, what_if: WhatIf) -> WhatIf:
    """Return `what_if` with machines that stop outside of the hours of the environment."""
    asked = what_if.hours_month
    return replace(what_if, hours_month=min(hours_month, hours_month if asked is None else asked))


def _limited_once(topology: Topology) -> Iterator[Resource]:
    """Yield the resources; a part has those limits that it states, its host the others."""
    for resource in topology.resources:
        if topology.is_part(resource):
            own = tuple(one for one in resource.limits if one.limit.provenance == _OWN)
            resource = replace(resource, limits=own)
        yield resource


def _extra_costs(phase: Phase, name: str) -> tuple[ExtraCost, ...]:
    return tuple(
        ExtraCost(cost, price, ("phases", name, "costs", cost))
        for cost, price in phase.costs.items()
    )


def _with_addons(phase: Phase, addons: tuple[str, ...]) -> Phase:
    new = dict.fromkeys(name for name in addons if name not in phase.addons)
    return phase.model_copy(update={"addons": [*phase.addons, *new]}) if new else phase


def _assignments(
    strategy: Strategy,
    phase: Phase,
    phase_name: str,
    environment_name: str,
    environment: Environment | None,
) -> dict[str, tuple[Assignment, Path]]:
    found: dict[str, tuple[Assignment, Path]] = {
        component: (assignment, ("phases", phase_name, "use", component))
        for component, assignment in phase.use.items()
    }
    for addon in phase.addons:
        _lay_over(found, strategy.addons[addon].use, ("addons", addon, "use"))
    if environment is not None:
        if environment.only:
            found = {name: found[name] for name in environment.only if name in found}
        _lay_over(found, environment.use, ("environments", environment_name, "use"))
    return {component: entry for component, entry in found.items() if not entry[0].leave_out}


def _on_their_hosts(
    found: dict[str, tuple[Assignment, Path]],
) -> dict[str, tuple[Assignment, Path]]:
    """Return the assignments, those that are part of another with its offering and price."""
    return {
        component: (_on_its_host(assignment, _hosts_of(component, found)), path)
        for component, (assignment, path) in found.items()
    }


def _on_its_host(assignment: Assignment, hosts: Sequence[Assignment] | None) -> Assignment:
    if hosts is None:  # runs on itself, over others: on nothing
        return assignment.model_copy(update={"runs_on": None})
    host = next((host for host in hosts if host.offering or host.price), None)
    if host is None or assignment.price or assignment.offering not in (None, host.offering):
        return assignment
    return assignment.model_copy(update={"offering": host.offering, "price": host.price})


def _hosts_of(
    component: str, found: Mapping[str, tuple[Assignment, Path]]
) -> list[Assignment] | None:
    """Return what `component` runs on, the nearest first; None when that is itself."""
    hosts: list[Assignment] = []
    seen = {component}
    name = found[component][0].runs_on
    while name is not None and name in found and name not in seen:
        seen.add(name)
        hosts.append(found[name][0])
        name = hosts[-1].runs_on
    return None if name == component else hosts


def _lay_over(
    found: dict[str, tuple[Assignment, Path]], use: Mapping[str, Assignment], path: Path
) -> None:
    for component, assignment in use.items():
        base = found.get(component)
        merged = merge_assignment(base[0], assignment) if base else assignment
        found[component] = (merged, (*path, component))


def _in_phase(strategy: Strategy, component: str, phase: str) -> Component:
    """Return a component as it is in a phase: without a pooler that comes only later."""
    spec = strategy.components[component]
    pool = spec.needs.pool
    if pool is None or is_reached(strategy, phase, pool.pooler_from_phase):
        return spec
    direct = pool.model_copy(update={"pooler": "none"})
    return spec.model_copy(update={"needs": spec.needs.model_copy(update={"pool": direct})})


class _Resolver:
    """Turns the assignments of one phase into resources."""

    def __init__(
        self,
        strategy: Strategy,
        catalog: Catalog,
        name: str,
        phase: Phase,
        demand: Mapping[str, Spread | None],
        environment: Environment | None,
    ) -> None:
        self._strategy = strategy
        self._catalog = catalog
        self._name = name
        self._phase = phase
        self._demand = demand
        self._environment = environment

    def resources(self, component: str, assignment: Assignment, path: Path) -> tuple[Resource, ...]:
        """Return one resource for each region the assignment spans."""
        one = assignment.region or self._phase.region or self._strategy.region
        several = assignment.regions or self._regions_of_phase(assignment)
        return tuple(
            self._resource(component, assignment, region, path) for region in several or [one]
        )

    def _regions_of_phase(self, assignment: Assignment) -> list[str]:
        """Return the regions of the phase, for what is rented region by region.

        A plan is one contract wherever it runs; only its assignment can say otherwise.
        """
        if assignment.region or assignment.price or not assignment.offering:
            return []
        offering = self._catalog.offering(assignment.offering)
        return [] if offering is None or offering.service == "tariff" else self._phase.regions

    def _resource(
        self, component: str, assignment: Assignment, region: str, path: Path
    ) -> Resource:
        offering_id = assignment.offering or ""
        offering = self._catalog.offering(offering_id, region) if offering_id else None
        custom = self._strategy.offerings.get(offering_id)
        resource = Resource(
            component=component,
            spec=_in_phase(self._strategy, component, self._name),
            offering_id=offering_id,
            offering=offering,
            region=region,
            path=path,
            instances=instance_count(
                assignment, self._demand, self._size(component, "count", "instances")
            ),
            hours_month=running_hours(assignment.schedule),
            commitment=assignment.commitment,
            spot_share=assignment.spot_share,
            seats=self._seats(assignment),
            settings=dict(assignment.settings),
            usage={
                name: self._quantity(use, self._size(component, "usage"))
                for name, use in assignment.usage.items()
            },
            price=self._price(assignment, custom),
            runs_on=assignment.runs_on,
            expires=assignment.expires or (custom.expires if custom else None),
            gated=tuple(assignment.gated),
            note=assignment.note,
        )
        return replace(resource, limits=self._limits(resource, assignment))

    def _price(self, assignment: Assignment, custom: CustomOffering | None) -> Price | None:
        """Return the stated price; unknown where nobody knows how many are paid for."""
        for many in (assignment.count, assignment.seats):
            if many is not None and many.demand and self._demand.get(many.demand) is None:
                return Price(unknown=True)
        return assignment.price or (custom.price if custom else None)

    def _seats(self, assignment: Assignment) -> int | None:
        many = assignment.seats
        return None if many is None else count_at(many, self._demand)[1]

    def _size(self, component: str, *keys: str) -> Decimal:
        """Return the environment's share of production; 1 for `keys` that it writes itself."""
        environment = self._environment
        if environment is None or environment.size_share is None:
            return _ONE
        own = environment.use.get(component)
        written = own.model_fields_set if own else set()
        return _ONE if written & set(keys) else environment.size_share

    def _quantity(self, use: MeteredUse, size: Decimal) -> Spread | None:
        if use.quantity is not None:
            return certain(use.quantity * size)
        driver = self._demand.get(use.demand or "")
        return None if driver is None else _times(driver, use.times)

    def _limits(self, resource: Resource, assignment: Assignment) -> tuple[ResolvedLimit, ...]:
        offered: tuple[Limit, ...] = resource.offering.limits if resource.offering else ()
        custom = self._strategy.offerings.get(resource.offering_id)
        metrics = {
            name: limit.metric
            for source in ((custom.limits if custom else {}), assignment.limits)
            for name, limit in source.items()
            if limit.metric
        }
        return tuple(
            ResolvedLimit(
                limit,
                _metrics_for(resource.component, limit.name, metrics.get(limit.name)),
                (*resource.path, "limits", limit.name),
            )
            for limit in merge_limits(offered, assignment.limits, _OWN)
        )


def _metrics_for(component: str, limit: str, named: str | None) -> tuple[str, ...]:
    usual = (f"{component}.{limit}", limit)
    return (named, *usual) if named else usual


def running_hours(schedule: Schedule | None) -> Decimal:
    """Return the hours a month a schedule runs; all of them without one."""
    if schedule is None:
        return HOURS_PER_MONTH
    if schedule.hours_month is not None:
        return min(schedule.hours_month, HOURS_PER_MONTH)
    days = _EVERY_DAY if schedule.days_week is None else schedule.days_week
    return hours_of(schedule.hours_day or Decimal(0), days)
