"""Which version is meant: by an image, by an id, by what another environment has proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outgrow.deploy.ports import Resolver
from outgrow.deploy.values import Version
from outgrow.deploy.versions import version_of
from outgrow.errors import InputError
from outgrow.operations.deploying.configuration import configuration_hash
from outgrow.operations.deploying.records import (
    deploys_of,
    facts_of,
    newest_first,
    retained,
)
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.store.journal import Journal
from outgrow.store.records import Operation, Outcome
from outgrow.strategy.deploys import DeployKind


@dataclass(frozen=True, slots=True)
class DeployWish:
    """What was asked for: a reference of an image, or the id or label of a version.

    `proved` is a version that another environment, `promoted_from`, has had; only its artifact
    counts.
    """

    image: str | None = None
    version: str | None = None
    kind: DeployKind | None = None
    resume: bool = False
    proved: Version | None = None
    promoted_from: str = ""

    def says_which(self, target: DeployTarget) -> bool:
        """Return whether a version is named, here or in the strategy."""
        return bool(self.image or self.version or self.proved or target.part.image)


def wanted_version(
    target: DeployTarget,
    wish: DeployWish,
    resolver: Resolver,
    operations: Sequence[Operation],
    configuration: Mapping[str, str],
) -> Version:
    """Return the version that `wish` means, with the variables of now.

    Raises InputError when it says none or one that is not known.
    """
    fingerprint = configuration_hash(configuration)
    known = wish.proved
    if known is None and wish.version is not None:
        known = found_by_name(newest_first(operations), wish.version)
        if known is None:
            raise InputError(
                f"no version {wish.version!r} of {target.component} was deployed to "
                f"{target.environment}",
                "See `outgrow deploys`, or name an image: --image REFERENCE.",
            )
    if known is not None:
        return version_of(known.artifact, known.label, fingerprint)
    reference = wish.image or target.part.image
    if not reference:
        raise InputError(
            f"which version of {target.component} is not said",
            "Name an image (--image shop/api:42) or a version that was deployed before "
            "(--version ID).",
        )
    return version_of(resolver.resolve(reference), reference, fingerprint)


def version_to_go_back_to(
    target: DeployTarget, operations: Sequence[Operation], current: Version | None, to: str | None
) -> Version:
    """Return the retained version `to`, or the newest that is not `current`.

    Raises InputError when there is none.
    """
    kept = retained(operations, target.system.strategy.deploy.retain)
    others = [one for one in kept if current is None or one.id != current.id]
    # One label may have meant several versions: who goes back by it means none that runs.
    found = next(iter(others), None) if to is None else found_by_name([*others, *kept], to)
    if found is None:
        names = ", ".join(f"{one.id} ({one.label})" for one in others) or "nothing"
        asked = f"{to!r} is not among its versions" if to else "there is no version to go back to"
        raise InputError(
            f"{target.component} in {target.environment}: {asked}",
            f"What can be gone back to: {names}.",
        )
    return found


def version_that_passed(source: DeployTarget, journal: Journal, name: str | None) -> Version:
    """Return the version that `source` runs and has let pass, or the one called `name`.

    Raises InputError for one that did not pass there, and while a deploy is unfinished there.
    """
    operations = deploys_of(journal, source.component, source.environment)
    where = f"{source.component} in {source.environment}"
    unfinished = journal.unfinished(source.subject, source.environment)
    if unfinished is not None:
        raise InputError(
            f"deploy {unfinished.id} of {where} has not ended",
            f"End it first: outgrow deploy {source.component} "
            f"--environment {source.environment} --resume",
        )
    passed = [one for one in reversed(operations) if one.outcome is Outcome.DONE]
    versions = [facts_of(one).plan.version for one in passed]
    found = next(iter(versions), None) if name is None else found_by_name(versions, name)
    if found is None:
        raise InputError(
            f"{where}: {name or 'no version'} has passed there",
            f"Deploy it to {source.environment} first; `outgrow deploys` shows how that went.",
        )
    return found


def found_by_name(versions: Iterable[Version], name: str) -> Version | None:
    """Return the first of `versions` with the id or the label `name`, None when there is none."""
    return next((one for one in versions if name in (one.id, one.label)), None)
