"""Carries out what was prepared: under the lock, from the journal, and until it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from outgrow.deploy.ending import Ended
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import KnowsSecrets
from outgrow.deploy.redaction import redactor
from outgrow.deploy.run import deployer
from outgrow.deploy.values import Version
from outgrow.deploy.world import World
from outgrow.errors import OutsideError
from outgrow.operations.deploying.desk import DeployDesk, DeployRecord, at_deploy_desk
from outgrow.operations.deploying.places import Places
from outgrow.operations.deploying.prepared import (
    FirstThing,
    Place,
    PreparedDeploy,
    plan_for,
    slots_of,
)
from outgrow.operations.deploying.records import ended_as, facts_of, told
from outgrow.operations.deploying.session import Session, ToldToBoth
from outgrow.store.records import Operation
from outgrow.store.store import Store


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What came of a command: of what was unfinished before it, and of its own deploy.

    `number` is that of the journal; `ended` is None when nothing of its own was begun.
    """

    kind: str
    component: str
    environment: str
    version: Version
    number: int | None
    first: FirstThing | None
    first_ended: Ended | None
    ended: Ended | None

    @property
    def last(self) -> Ended:
        """Return how the last thing that was done ended."""
        found = self.ended or self.first_ended
        assert found is not None
        return found


def carry_out(
    prepared: PreparedDeploy, places: Places, store: Store, session: Session, approved_by: str = ""
) -> DeployResult:
    """Do what was prepared; return how it ended.

    Raises LeaseTaken while another process deploys the same, OutsideError when something
    failed that could not be taken back either, or when what runs is not what was planned for.
    """

    with at_deploy_desk(store, prepared.target) as desk:
        unfinished = _as_prepared(prepared, desk)
        first_ended = None
        if unfinished is not None:
            first_ended = _end_first(prepared, unfinished, places, desk, session)
        number, ended = None, None
        if prepared.begins:
            place = places.at(prepared.place)
            number, ended = _begin(prepared, place, desk, session, approved_by)
        return DeployResult(
            kind=prepared.kind,
            component=prepared.target.component,
            environment=prepared.target.environment,
            version=prepared.version,
            number=number or (unfinished.id if unfinished else None),
            first=prepared.first,
            first_ended=first_ended,
            ended=ended,
        )


def _as_prepared(prepared: PreparedDeploy, desk: DeployDesk) -> Operation | None:
    """Return what is unfinished; raise OutsideError when it is not what the plan was made for."""
    found = desk.unfinished()
    expected = prepared.first.number if prepared.first else None
    if (found.id if found else None) != expected:
        raise OutsideError(
            f"another deploy of {prepared.target.component} was begun or ended meanwhile",
            "Run it again: it plans anew. Nothing was changed.",
        )
    return found


def _end_first(
    prepared: PreparedDeploy,
    unfinished: Operation,
    places: Places,
    desk: DeployDesk,
    session: Session,
) -> Ended:
    """Resume, end or take back what was left unfinished."""
    assert prepared.first is not None
    first, facts = prepared.first, facts_of(unfinished)
    session.progress.event(
        "unfinished",
        {"number": first.number, "version": first.version.id, "step": first.step, "by": first.by,
         "fate": first.fate},
    )  # fmt: skip
    place = places.at(facts.place)
    world = _world(facts.plan, place, session)

    def go_on(record: DeployRecord) -> Ended:
        one = deployer(facts.plan, place, record.steps, world, record.token)
        if first.fate == "revert":
            return one.revert(_why_back(first, unfinished))
        return one.run()

    def take_up() -> DeployRecord:
        return desk.take_up(unfinished, proves=session.prover is not None)

    _, ended = _proved(session, take_up, go_on)
    if first.fate == "finish" and ended.end != "done":
        raise OutsideError(
            f"deploy {first.number} could not be ended: {ended.reason}", "See `outgrow deploys`."
        )
    return ended


def _why_back(first: FirstThing, unfinished: Operation) -> str:
    if told(unfinished).state in ("ready", "waiting"):
        return "it waited for an answer, and was taken back"
    return f"{first.by} had begun it and not ended it"


def _begin(
    prepared: PreparedDeploy, place: Place, desk: DeployDesk, session: Session, approved_by: str
) -> tuple[int, Ended]:
    plan = _unchanged_plan(prepared, place, desk)
    world = _world(plan, place, session)
    facts = prepared.facts(plan, approved_by)

    def begin() -> DeployRecord:
        return desk.begin(prepared.kind, facts, proves=session.prover is not None)

    def run(record: DeployRecord) -> Ended:
        return deployer(plan, place, record.steps, world, record.token).run()

    record, ended = _proved(session, begin, run)
    return record.number, ended


def _proved(
    session: Session, begin: Callable[[], DeployRecord], act: Callable[[DeployRecord], Ended]
) -> tuple[DeployRecord, Ended]:
    """Do `act` with what `begin` gives and end it; beside a load where the session has one."""
    prover, found = session.prover, None
    if prover is not None:
        prover.start()  # where nothing answers there is nothing to prove, and nothing is begun
    try:
        record = begin()
        ended = act(record)
    finally:
        if prover is not None:
            found = prover.finish()
    if found is not None:
        _keep_proof(record, session, found)
    _finish(record, ended)
    return record, ended


def _keep_proof(record: DeployRecord, session: Session, found: Mapping[str, JsonValue]) -> None:
    record.steps.started(record.proof_step)
    record.steps.done(record.proof_step, found)
    session.progress.event("proof", found)


def _unchanged_plan(prepared: PreparedDeploy, place: Place, desk: DeployDesk) -> DeployPlan:
    """Return the plan for what runs now; raise OutsideError when another one was printed."""
    assert prepared.plan is not None
    policy = prepared.plan.policy
    plan = plan_for(prepared, place, desk.all(), slots_of(place), policy)
    if plan.steps != prepared.plan.steps:
        raise OutsideError(
            f"what runs of {prepared.target.component} has changed since the plan was made",
            "Run it again: it plans anew.",
        )
    return plan


def _world(plan: DeployPlan, place: Place, session: Session) -> World:
    """Return what the engine works with; raises InputError before anything is begun."""
    prover, progress = session.prover, session.progress
    known = place.known_secrets() if isinstance(place, KnowsSecrets) else ()
    return World(
        hooks=session.hooks,
        person=session.person,
        progress=progress if prover is None else ToldToBoth(progress, prover),
        pause=session.pause,
        judge=session.judges(place, plan) if plan.judged else None,
        goes_on=session.goes_on,
        hide=redactor({*session.secrets, *known}),
    )


def _finish(record: DeployRecord, ended: Ended) -> None:
    outcome = ended_as(ended.end)
    if outcome is not None:
        record.finish(outcome, "; ".join(filter(None, (ended.reason, *ended.problems))))
