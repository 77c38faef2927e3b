"""What an environment asks before a version may reach it."""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.environments.judging import profile_problems
from outgrow.environments.problems import Code
from outgrow.environments.rules import AppliedHead, migrations_allowed
from outgrow.errors import InputError
from outgrow.operations.deploying.prepared import PreparedDeploy
from outgrow.operations.deploying.records import DEPLOY, deploys_of, facts_of
from outgrow.operations.environments.profiles import Profiles
from outgrow.operations.environments.switched import ProfileRefused
from outgrow.store.journal import Journal
from outgrow.store.records import Outcome

# Values that belong to another environment. What else is wrong with a profile keeps nobody from
# a deploy: a provider may have values that this machine has not.
_OF_ANOTHER = frozenset(
    {
        Code.HOST_NOT_ALLOWED, Code.OTHER_ENDPOINT, Code.PRODUCTION_DATA, Code.SAME_ELSEWHERE,
        Code.UNENCRYPTED,
    }
)  # fmt: skip


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


def require_own_values(prepared: PreparedDeploy, process: Mapping[str, str]) -> None:
    """Return when no value of the version belongs to another environment.

    Raises ProfileRefused otherwise, as `outgrow env switch` does. Values of the env file and of
    `process` are held against the rules; other places are not asked, nor any endpoint.
    """
    target = prepared.target
    if prepared.kind != DEPLOY or not prepared.begins:
        return
    profiles = Profiles(target.opened, process, target.component)
    resolved = profiles.near(target.environment)
    if not (resolved.profile.bound or resolved.profile.hosts or not target.rules.production_data):
        return
    found = profile_problems(resolved, profiles.surroundings(resolved))
    if problems := [one for one in found if one.code in _OF_ANOTHER]:
        raise ProfileRefused(target.environment, problems)


def needs_approval(prepared: PreparedDeploy) -> bool:
    """Return whether somebody has to approve it by name.

    Nobody is waited for to take a version back, nor to go on with what was approved.
    """
    return prepared.begins and prepared.kind == DEPLOY and prepared.target.rules.approval
