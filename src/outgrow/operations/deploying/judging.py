"""What judges a deploy: the gate of its policy, with the sources that the policy names."""

from __future__ import annotations

from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import Fleet, Judge, Rollout
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget


def real_judges(_target: DeployTarget) -> Judges:
    """Return what makes the judge of a deploy of `target`."""

    def judge(_place: Fleet | Rollout, _plan: DeployPlan) -> Judge | None:
        return None

    return judge
