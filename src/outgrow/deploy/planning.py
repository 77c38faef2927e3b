"""From a policy and what runs now to the steps of a deploy. Nothing is asked or changed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outgrow.deploy.plan import DeployPlan, DeployStep, Placed
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.values import FULL_WEIGHT, SlotState, Version

Commands = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Around:
    """Commands around a deploy: hooks of the team's own, and the migration of a version."""

    before: Commands = ()
    after: Commands = ()
    reverted: Commands = ()
    migrate: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Instance:
    """An instance: the slot that takes its traffic now, and the one that will.

    `hollow` is a slot that is sent traffic with nothing in it: somebody has removed it.
    """

    number: int
    idle: SlotState
    live: SlotState | None
    hollow: SlotState | None = None


def fleet_plan(
    where: str,
    policy: DeployPolicy,
    slots: Sequence[SlotState],
    version: Version,
    known: Mapping[str, Version],
    around: Around,
) -> DeployPlan:
    """Return the plan of bringing `version` into the idle slots of a fleet.

    `known` has versions by their id, so that an old one can be started again.
    """
    instances = _instances(slots)
    old = tuple(
        Placed(one.live.name, _known(one.live, known)) for one in instances if one.live is not None
    )
    steps = [
        *_preparation(around),
        *_settled(instances),
        *(_one_by_one if policy.kind == "rolling" else _together)(policy, instances, version),
        *_ending(policy, instances, around),
    ]
    return DeployPlan(
        where=where,
        version=version,
        before=old[0].version if old else None,
        policy=policy,
        steps=tuple(steps),
        undo=tuple(_fleet_undo(bool(old), around)),
        old=old,
        new=tuple(one.idle.name for one in instances),
    )


def rollout_plan(
    where: str,
    policy: DeployPolicy,
    current: Version | None,
    version: Version,
    around: Around,
    *,
    bakes_itself: bool = False,
) -> DeployPlan:
    """Return the plan of letting a provider replace `current` by `version`.

    `bakes_itself` says that the provider watches the new version before it calls it done.
    """
    steps = [
        *_preparation(around),
        DeployStep("begin", "begin", f"let the provider bring in {_named(version)}"),
        DeployStep("watch", "watch", "watch it until the provider says that it is done"),
        _baked(policy) if bakes_itself and policy.bake_seconds else _bake(policy),
        *_hooks("after", around.after),
        DeployStep("release", "release", "give the lock back"),
    ]
    undo = [
        DeployStep("abort", "abort", "let the provider go back to the version before"),
        *_hooks("reverted", around.reverted),
    ]
    return DeployPlan(where, version, current, policy, tuple(steps), tuple(undo))


def _instances(slots: Sequence[SlotState]) -> list[_Instance]:
    """Return the instances in order; of two slots with traffic the heavier one is the live one."""
    numbers = sorted({one.number for one in slots})
    return [_instance(number, [s for s in slots if s.number == number]) for number in numbers]


def _instance(number: int, pair: Sequence[SlotState]) -> _Instance:
    ordered = sorted(pair, key=lambda one: one.colour)  # blue is first where nothing runs
    live = max(
        (one for one in ordered if one.has_traffic and one.version is not None),
        key=lambda one: (one.up is True, one.weight),
        default=None,
    )
    idle = min((one for one in ordered if one is not live), key=lambda one: one.has_traffic)
    hollow = (one for one in ordered if one.has_traffic and one not in (live, idle))
    return _Instance(number, idle, live, next(hollow, None))


def _known(slot: SlotState, known: Mapping[str, Version]) -> Version:
    assert slot.version is not None
    return known.get(slot.version) or Version(slot.version, artifact="")


def _preparation(around: Around) -> Iterator[DeployStep]:
    yield DeployStep("preflight", "preflight", "check that the version can be put in place")
    yield from _hooks("before", around.before)
    if around.migrate:
        command = tuple(around.migrate)
        words = f"run `{' '.join(command)}` once, with the new version"
        yield DeployStep("migrate", "migrate", words, command=command)


def _hooks(action: str, commands: Commands) -> Iterator[DeployStep]:
    for number, command in enumerate(commands, 1):
        name, words = f"{action} {number}", f"run the hook `{' '.join(command)}`"
        if action == "before":
            yield DeployStep(name, "before", words, command=tuple(command))
        elif action == "after":
            yield DeployStep(name, "after", words, command=tuple(command))
        else:
            yield DeployStep(name, "reverted", words, command=tuple(command))


def _settled(instances: Sequence[_Instance]) -> Iterator[DeployStep]:
    """Yield what makes one version of two, where a deploy was left that nobody remembers."""
    torn = [one for one in instances if one.idle.has_traffic]
    if torn:
        weights = {one.idle.name: 0 for one in torn}
        weights |= {one.live.name: FULL_WEIGHT for one in torn if one.live is not None}
        slots = tuple(one.idle.name for one in torn)
        words = f"take {_list(slots)} out: both slots of an instance have traffic"
        yield DeployStep("settle", "settle", words, slots, weights)


def _starts(instances: Sequence[_Instance], version: Version) -> Iterator[DeployStep]:
    for one in instances:
        name = one.idle.name
        yield DeployStep(
            f"start {name}", "start", f"start {_named(version)} in {name}, without traffic", (name,)
        )


def _check(policy: DeployPolicy, slots: tuple[str, ...], of: str = "") -> DeployStep:
    words = f"wait until {_list(slots)} answers well, {policy.health_seconds:g} s at most"
    if len(slots) > 1:
        words = words.replace(" answers ", " answer ")
    return DeployStep(f"check{of}", "check", words, slots)


def _one_by_one(
    policy: DeployPolicy, instances: Sequence[_Instance], version: Version
) -> Iterator[DeployStep]:
    for one in instances:
        new = one.idle.name
        yield from _starts([one], version)
        yield _check(policy, (new,), f" {new}")
        yield _shift([one], 1.0, f"shift to {new}", judged=False)
        if one.live is not None:
            yield _drain(policy, (one.live.name,), f"drain {one.live.name}")
    yield _bake(policy)


def _together(
    policy: DeployPolicy, instances: Sequence[_Instance], version: Version
) -> Iterator[DeployStep]:
    new = tuple(one.idle.name for one in instances)
    live = tuple(one.live.name for one in instances if one.live is not None)
    yield from _starts(instances, version)
    yield _check(policy, new)
    if policy.kind == "manual":
        yield DeployStep("hand over", "hand over", "wait for a person to say that it goes on")
    # Without an old version there is nobody to share the traffic with.
    for share in policy.shares if live else (1.0,):
        yield _shift(instances, share, f"shift {share * 100:g} %", judged=share < 1)
    yield _bake(policy)
    if live:
        yield _drain(policy, live, "drain")


def _shift(instances: Sequence[_Instance], share: float, name: str, *, judged: bool) -> DeployStep:
    # Rounded up to one of a hundred: a share of nothing would never be judged.
    part = max(1, round(share * FULL_WEIGHT))
    weights = {one.idle.name: part for one in instances}
    weights |= {one.live.name: FULL_WEIGHT - part for one in instances if one.live is not None}
    weights |= {one.hollow.name: 0 for one in instances if one.hollow is not None}
    new = tuple(one.idle.name for one in instances)
    amount = f"{part} % of the traffic" if share < 1 else "all traffic"
    if len(instances) == 1 and name.startswith("shift to "):
        amount = "the instance's traffic"
    words = f"send {amount} to {_list(new)}" + (", and judge it" if judged else "")
    return DeployStep(name, "shift", words, new, weights, share=share, judged=judged)


def _bake(policy: DeployPolicy) -> DeployStep:
    seconds = f"watch the new version for {policy.bake_seconds:g} s"
    return DeployStep("bake", "bake", seconds if policy.bake_seconds else "no bake is asked for")


def _baked(policy: DeployPolicy) -> DeployStep:
    words = f"judge what was seen: the provider itself has watched for {policy.bake_seconds:g} s"
    return DeployStep("bake", "bake", words, watched=True)


def _drain(policy: DeployPolicy, slots: tuple[str, ...], name: str) -> DeployStep:
    words = (
        f"let {_list(slots)} end what was begun: {policy.drain_seconds:g} s at most, "
        f"websockets {policy.websocket_seconds:g} s"
    )
    return DeployStep(name, "drain", words, slots)


def _ending(
    policy: DeployPolicy, instances: Sequence[_Instance], around: Around
) -> Iterator[DeployStep]:
    live = tuple(one.live.name for one in instances if one.live is not None)
    if live and policy.keep_warm_seconds:
        words = f"keep the old version ready in {_list(live)} for {policy.keep_warm_seconds:g} s"
        yield DeployStep("keep", "keep", words, live)
    elif live:
        yield DeployStep("stop", "stop", f"stop the old version in {_list(live)}", live)
    yield from _hooks("after", around.after)
    yield DeployStep("release", "release", "see that one version has all traffic; unlock")


def _fleet_undo(has_old: bool, around: Around) -> Iterator[DeployStep]:
    words = "send all traffic to the old version again" if has_old else "send no traffic anywhere"
    yield DeployStep("weights back", "weights back", words)
    yield DeployStep("stop new", "stop new", "stop the new version")
    yield from _hooks("reverted", around.reverted)


def _named(version: Version) -> str:
    return f"{version.label} ({version.id})" if version.label else version.id


def _list(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
