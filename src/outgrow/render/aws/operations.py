"""What running the system takes on AWS: keys, secrets, whom to tell, budgets, a dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.cloudwatch_blocks import alarms_in
from outgrow.render.aws.budgets import budget_blocks, budget_variables
from outgrow.render.aws.dashboard import dashboard_blocks
from outgrow.render.aws.keys import key_blocks
from outgrow.render.aws.notices import notice_blocks, notice_variables
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.secrets import secret_blocks
from outgrow.render.aws.wording import is_used
from outgrow.render.writers.expressions import ResourceBlock, VariableBlock


def operations_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return keys, secrets, notices, cost alarms and the dashboard of the region."""
    yield from key_blocks(region)
    yield from secret_blocks(region)
    yield from notice_blocks(region)
    if is_used(region):
        yield from alarms_in(region)
    yield from budget_blocks(region)
    yield from dashboard_blocks(region)


def operations_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return whom to tell, and the budget."""
    yield from notice_variables(region)
    yield from budget_variables(region)
