"""Judges a profile with its values: everything that is wrong with it, at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from outgrow.environments.active_file import ActiveText
from outgrow.environments.bindings import (
    Binding,
    Digest,
    Pair,
    crossing_problems,
    endpoint_problems,
    pairs_of,
    record_problems,
)
from outgrow.environments.env_text import written
from outgrow.environments.problems import Code, Problem, near_miss
from outgrow.environments.profile import Kind
from outgrow.environments.resolving import Resolved
from outgrow.environments.rules import ProductionStores, production_data_problems


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a profile is held against.

    `known` are the names that the strategy has beside those of the profile itself; `bindings`
    what was accepted where before; `others` the credentials of the other environments;
    `rebound` the credentials that somebody says have moved.
    """

    known: frozenset[str]
    bindings: Sequence[Binding]
    others: Mapping[str, Sequence[Pair]] = field(repr=False)
    production: ProductionStores
    digest: Digest
    rebound: frozenset[str] = frozenset()


def profile_problems(resolved: Resolved, around: Surroundings) -> tuple[Problem, ...]:
    """Return everything for which the profile is refused; nothing of it is a value."""
    pairs = pairs_of(resolved)
    watched = [one for one in pairs if one.bound.key not in around.rebound]
    environment = resolved.profile.environment
    return tuple(
        dict.fromkeys(
            (
                *resolved.profile.conflicts,
                *_without_value(resolved),
                *_of_the_file(resolved, around.known),
                *_not_writable(resolved),
                *endpoint_problems(resolved),
                *record_problems(watched, around.bindings, around.digest),
                *crossing_problems(environment, pairs, around.others),
                *production_data_problems(resolved, around.production, around.digest),
            )
        )
    )


def active_problems(
    active: ActiveText,
    keys: Collection[str],
    values: Mapping[str, Collection[str]],
    *,
    take_over: bool,
) -> Iterator[Problem]:
    """Yield what keeps the active file from being written.

    A line of the user's that sets one of `keys` would stand beside ours. It may go when its
    value is one of `values`, those of the env files, or when they said so.
    """
    if active.damaged:
        reason = "the block of outgrow has lost an edge, or stands there twice"
        yield Problem(Code.DAMAGED, "", reason, "Remove its lines by hand; they are written anew.")
        return
    for one in active.own:
        if one.key in keys and one.value not in values.get(one.key, ()) and not take_over:
            yield Problem(
                Code.OWN_LINE,
                one.key,
                f"line {one.first} sets {one.key} to a value that no environment has",
                "Move it to the env file that it belongs to, or let it go: --take-over.",
            )


def _without_value(resolved: Resolved) -> Iterator[Problem]:
    profile = resolved.profile
    for entry in profile.entries:
        if entry.kind is not Kind.SECRET:
            continue
        told = entry.reference or ""
        if entry.key in resolved.absent:
            why = resolved.absent[entry.key]
            reason = f"{entry.key} has no value{f': {why}' if why else ''}"
            remedy = f"It lives in {told}; a line in {profile.env_file} does as well."
            yield Problem(Code.MISSING, entry.key, reason, remedy)
        elif not (resolved.text(entry.key) or "").strip():
            place = resolved.values[entry.key].found_in
            reason = f"{entry.key} is empty in {place}"
            yield Problem(Code.EMPTY, entry.key, reason, "Give it a value there.")


def _of_the_file(resolved: Resolved, known: Collection[str]) -> Iterator[Problem]:
    profile, file = resolved.profile, resolved.file
    name = profile.env_file
    for line in file.strange:
        reason = f"line {line} of {name} is no KEY=value"
        yield Problem(Code.UNREADABLE_LINE, "", reason, "Write it so, or as a comment with #.")
    for key in file.contradicting:
        reason = f"{key} stands in {name} twice, with different values"
        yield Problem(Code.CONTRADICTS, key, reason, "Keep one of the lines.")
    for key, value in file.values.items():
        entry = profile.entry(key)
        if entry is not None and entry.kind is not Kind.SECRET and value != entry.value:
            reason = f"{key} is not the same in {name} and at {entry.place}"
            remedy = f"Remove it from {name}, or change it in the strategy."
            yield Problem(Code.CONTRADICTS, key, reason, remedy)
        if key not in known and key not in profile.known:
            yield _unknown(resolved, key, known)


def _unknown(resolved: Resolved, key: str, known: Collection[str]) -> Problem:
    missing = [one for one in resolved.absent if one not in resolved.file.values]
    guess = near_miss(key, missing) or near_miss(key, [*resolved.profile.known, *known])
    remedy = f"Did you mean {guess}?" if guess else "Name it in the strategy, or remove it."
    reason = f"{key} stands in {resolved.profile.env_file}, and no component has it"
    return Problem(Code.UNKNOWN, key, reason, remedy)


def _not_writable(resolved: Resolved) -> Iterator[Problem]:
    for key, value in resolved.values.items():
        if written(key, value.text) is None:
            yield Problem(
                Code.UNWRITABLE,
                key,
                f"{key} has signs in it that readers of env files take for different things",
                "Choose another value, or start the program with `outgrow env exec`.",
            )
