"""What an environment asks before a version may reach it."""

from __future__ import annotations

from outgrow.environments.rules import AppliedHead, migrations_allowed
from outgrow.errors import InputError
from outgrow.operations.deploying.prepared import PreparedDeploy
from outgrow.operations.deploying.records import DEPLOY, deploys_of, facts_of
from outgrow.store.journal import Journal
from outgrow.store.records import Outcome


def require_migrated_first(prepared: PreparedDeploy, journal: Journal) -> None:
    """Return when the migrations of a version may run; raise InputError otherwise.

    With `migrations_first_in` the same artifact must have been deployed there, to the end.
    """
    target, first = prepared.target, prepared.target.rules.migrations_first_in
    if first is None or first == target.environment or not prepared.begins:
        return
    if prepared.kind != DEPLOY or not target.part.run.migrate:
        return
    # An artifact carries its migrations: what was deployed there to the end has run them there.
    applied = (
        AppliedHead(first, facts_of(one).plan.version.artifact)
        for one in deploys_of(journal, target.component, first)
        if one.outcome is Outcome.DONE
    )
    heads = (prepared.version.artifact,)
    verdict = migrations_allowed(target.rules, target.environment, heads, applied)
    if not verdict.allowed:
        raise InputError(
            f"the migrations of {prepared.version.label or prepared.version.id} have not run in "
            f"{first}, and reach {target.environment} only after it",
            f"Deploy it there first: outgrow deploy {target.component} --environment {first}; "
            f"then outgrow promote {first} {target.environment}.",
        )


def needs_approval(prepared: PreparedDeploy) -> bool:
    """Return whether somebody has to approve it by name.

    Nobody is waited for to take a version back, nor to go on with what was approved.
    """
    return prepared.begins and prepared.kind == DEPLOY and prepared.target.rules.approval
