"""What a deploy or a rollback would do: read and planned, nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from outgrow.deploy.places import is_rollout
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.planning import fleet_plan, rollout_plan
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.ports import BakesItself, Fleet, Resolver, Rollout
from outgrow.deploy.unfinished import Fate, fate_for, slots_after
from outgrow.deploy.values import SlotState, Version
from outgrow.errors import InputError
from outgrow.operations.deploying.configuration import ConfigurationChange, changes
from outgrow.operations.deploying.places import Places
from outgrow.operations.deploying.records import (
    DEPLOY,
    ROLLBACK,
    DeployFacts,
    deploys_of,
    facts_of,
    known_versions,
    last_done,
    left_of,
)
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.operations.deploying.wanted import (
    DeployWish,
    found_by_name,
    version_to_go_back_to,
    wanted_version,
)
from outgrow.store.journal import Journal
from outgrow.store.records import Operation
from outgrow.strategy.deploys import DeployKind

Place = Fleet | Rollout


@dataclass(frozen=True, slots=True)
class FirstThing:
    """A deploy that was begun and not ended, and what becomes of it first."""

    number: int
    version: Version
    by: str
    step: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class PreparedDeploy:
    """What will happen: `first` with what was left unfinished, then `plan`.

    Without a plan that is all; `nothing` says why nothing happens at all. Where it only goes
    on, `plan` is the one that was begun. `place` is the kind of deploy that its place is for.
    """

    kind: str
    target: DeployTarget
    where: str
    version: Version
    place: DeployKind
    plan: DeployPlan | None
    first: FirstThing | None = None
    configuration: Mapping[str, str] = field(default_factory=dict)
    changes: ConfigurationChange = field(default_factory=ConfigurationChange)
    promoted_from: str = ""
    nothing: str = ""

    @property
    def resumes(self) -> bool:
        """Return whether it only goes on with what was begun."""
        return self.first is not None and self.first.fate == "resume"

    @property
    def begins(self) -> bool:
        """Return whether a deploy of its own is begun."""
        return self.plan is not None and not self.resumes

    def facts(self, plan: DeployPlan, approved_by: str) -> DeployFacts:
        """Return what the journal has to keep of it."""
        return DeployFacts(plan, self.place, self.configuration, approved_by, self.promoted_from)


def prepare_deploy(
    target: DeployTarget,
    wish: DeployWish,
    places: Places,
    resolver: Resolver,
    journal: Journal,
    configuration: Mapping[str, str],
) -> PreparedDeploy:
    """Return what a deploy of `wish` would do.

    Raises InputError when it is not clear which version is meant, OutsideError when what runs
    now cannot be seen.
    """
    operations = deploys_of(journal, target.component, target.environment)
    unfinished = journal.unfinished(target.subject, target.environment)
    if wish.resume and unfinished is None:
        raise InputError(
            f"no deploy of {target.component} in {target.environment} was left unfinished",
            "See `outgrow deploys`.",
        )
    if unfinished is not None and (wish.resume or not wish.says_which(target)):
        return _gone_on_with(target, places, unfinished)
    version = wanted_version(target, wish, resolver, operations, configuration)
    first = _first_thing(unfinished, version.id)
    if unfinished is not None and first is not None and first.fate == "resume":
        return _gone_on_with(target, places, unfinished)
    kind = wish.kind or target.kind
    place = places.at(kind)
    slots = _slots_after(place, unfinished, first)
    prepared = PreparedDeploy(
        kind=DEPLOY,
        target=target,
        where=place.describe(),
        version=version,
        place=kind,
        plan=None,
        first=first,
        configuration=configuration,
        changes=changes(_configuration_before(operations), configuration),
        promoted_from=wish.promoted_from,
    )
    return _with_plan(prepared, place, operations, slots, target.policy(wish.kind))


def prepare_rollback(
    target: DeployTarget, places: Places, journal: Journal, to: str | None
) -> PreparedDeploy:
    """Return what a rollback would do: take back what is unfinished, or bring back a version.

    `to` is the id or label of a version that is still retained. Raises InputError for another.
    """
    operations = deploys_of(journal, target.component, target.environment)
    unfinished = journal.unfinished(target.subject, target.environment)
    first = _first_thing(unfinished, None)
    before = facts_of(unfinished).plan.before if unfinished else None
    if unfinished is not None and first is not None and _is_meant(before, to):
        kind = facts_of(unfinished).place
        where = places.at(kind).describe()
        version = before or first.version
        return PreparedDeploy(ROLLBACK, target, where, version, kind, None, first)
    place = places.at(target.kind)
    slots = _slots_after(place, unfinished, first)
    current = before if unfinished else _current(place, slots, operations)
    version = version_to_go_back_to(target, operations, current, to)
    prepared = PreparedDeploy(
        ROLLBACK,
        target,
        place.describe(),
        version,
        target.kind,
        None,
        first,
        _configuration_of(operations, version),
    )
    # It has been proved before, so it gets everything at once and is not judged again.
    at_once = replace(target.policy(None), kind="blue_green", shares=(1.0,), bake_seconds=0.0)
    return _with_plan(prepared, place, operations, slots, at_once)


def plan_for(
    prepared: PreparedDeploy,
    place: Place,
    operations: Sequence[Operation],
    slots: Sequence[SlotState],
    policy: DeployPolicy,
) -> DeployPlan:
    """Return the plan of what was asked for, over the slots as they are or will be."""
    around = prepared.target.around(migrates=prepared.kind == DEPLOY)
    if is_rollout(place):
        current, where = place.current(), place.describe()
        bakes = isinstance(place, BakesItself) and place.bakes_itself()
        version = prepared.version
        plan = rollout_plan(where, policy, current, version, around, bakes_itself=bakes)
    else:
        known = known_versions(operations)
        plan = fleet_plan(place.describe(), policy, slots, prepared.version, known, around)
    return replace(plan, judged=plan.judged and prepared.kind == DEPLOY)


def slots_of(place: Place) -> Sequence[SlotState]:
    """Return the slots of a fleet as they are; a provider that replaces by itself has none."""
    return () if is_rollout(place) else place.look()


def _with_plan(
    prepared: PreparedDeploy,
    place: Place,
    operations: Sequence[Operation],
    slots: Sequence[SlotState],
    policy: DeployPolicy,
) -> PreparedDeploy:
    if _has_all_traffic(place, slots, prepared.version):
        where = f"{prepared.target.component} in {prepared.target.environment}"
        told = f"{prepared.version.id} has all traffic of {where} already"
        return replace(prepared, nothing="" if prepared.first else told)
    return replace(prepared, plan=plan_for(prepared, place, operations, slots, policy))


def _gone_on_with(target: DeployTarget, places: Places, unfinished: Operation) -> PreparedDeploy:
    """Return what goes on with a deploy; one that was being taken back is only taken back."""
    facts = facts_of(unfinished)
    plan = facts.plan
    first = _first_thing(unfinished, plan.version.id)
    assert first is not None
    goes_on = first.fate == "resume"
    return PreparedDeploy(
        kind=unfinished.kind,
        target=target,
        where=places.at(facts.place).describe(),
        version=plan.version,
        place=facts.place,
        plan=plan if goes_on else None,
        first=first,
    )


def _first_thing(unfinished: Operation | None, wanted: str | None) -> FirstThing | None:
    if unfinished is None:
        return None
    step = unfinished.next_step
    return FirstThing(
        number=unfinished.id,
        version=facts_of(unfinished).plan.version,
        by=str(unfinished.owner),
        step=step.name if step else "",
        fate=fate_for(left_of(unfinished), wanted),
    )


def _slots_after(
    place: Place, unfinished: Operation | None, first: FirstThing | None
) -> Sequence[SlotState]:
    slots = slots_of(place)
    if unfinished is None or first is None:
        return slots
    return slots_after(left_of(unfinished), first.fate, slots)


def _is_meant(before: Version | None, to: str | None) -> bool:
    return to is None or (before is not None and found_by_name([before], to) is not None)


def _has_all_traffic(place: Place, slots: Sequence[SlotState], version: Version) -> bool:
    if is_rollout(place):
        current = place.current()
        return current is not None and current.id == version.id
    taking = [one for one in slots if one.has_traffic]
    every = {one.number for one in slots} == {one.number for one in taking}
    return every and all(one.version == version.id and one.running for one in taking)


def _current(
    place: Place, slots: Sequence[SlotState], operations: Sequence[Operation]
) -> Version | None:
    if is_rollout(place):
        return place.current()
    known = known_versions(operations)
    ids = [one.version for one in slots if one.has_traffic and one.version is not None]
    return known.get(ids[0], Version(ids[0], "")) if ids else None


def _configuration_before(operations: Sequence[Operation]) -> Mapping[str, str] | None:
    before = last_done(operations)
    return facts_of(before).configuration if before is not None else None


def _configuration_of(operations: Sequence[Operation], version: Version) -> Mapping[str, str]:
    facts = (facts_of(one) for one in reversed(operations))
    return next((one.configuration for one in facts if one.plan.version.id == version.id), {})
