"""Cost alarms: the phase's budget, and what costs more than it usually does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.notices import EMAIL, TOPIC
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import cite, is_used
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    JsonText,
    Noted,
    ResourceBlock,
    Var,
    VariableBlock,
)

_SECTION = "costs"
_BUDGET = "budget_usd_month"
_TEN = Decimal(10)
# AWS tells of unusual costs from this share of the budget on, and never for less than this.
_UNUSUAL_SHARE = Decimal("0.1")
_LEAST_UNUSUAL_USD = 10


def budget_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the budget with its alarms and the watch for unusual costs; once, at home."""
    if not (region.is_home and is_used(region)):
        return
    yield _budget(region)
    yield from _anomalies(region)


def budget_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the budget, which a team changes more often than anything else here."""
    usd, _said = budget_usd_month(region)
    yield VariableBlock(
        _BUDGET,
        "number",
        "What this environment may cost on AWS in a month, in USD.",
        default=usd,
        condition=f"var.{_BUDGET} > 0",
        error_message="A budget is more than nothing.",
    )


def budget_usd_month(region: AwsRegion) -> tuple[int, str]:
    """Return the budget in USD a month, and where it comes from.

    That is the upper end of the phase's budget; without one, what outgrow computes for the
    parts on AWS at the most, rounded up to tens.
    """
    system = region.system
    stated = system.strategy.phases[system.phase].budget_usd_month
    if stated is not None and (stated.high or stated.low) > 0:
        said = cite(region, "the phase's budget", "phases", system.phase, "budget_usd_month")
        return _whole(stated.high or stated.low), f"{said} It covers other providers as well."
    computed = sum(
        (system.costs.high.of(part.component).amount_usd_month for part in _on_aws(region)),
        Decimal(0),
    )
    tens = max(1, _whole(computed / _TEN))
    return tens * 10, "The phase has no budget: this is what outgrow computes at the most."


def _on_aws(region: AwsRegion) -> list[Part]:
    return [part for part in region.system.parts if part.provider == "aws"]


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))


def _budget(region: AwsRegion) -> ResourceBlock:
    _usd, said = budget_usd_month(region)
    return ResourceBlock(
        "aws_budgets_budget",
        "month",
        {
            "name": f"{region.prefix}-month",
            "budget_type": "COST",
            "limit_amount": Noted(Var(_BUDGET), said),
            "limit_unit": "USD",
            "time_unit": "MONTHLY",
            "cost_filter": Block(
                {
                    "name": "TagKeyValue",
                    "values": [f"user:Environment${region.system.environment}"],
                },
                comment="Only what carries this tag; activate it once as a cost allocation tag.",
            ),
            "notification": [
                _told(80, "ACTUAL"),
                _told(100, "ACTUAL"),
                _told(100, "FORECASTED"),
            ],
            "tags": region.tags("month"),
        },
        section=_SECTION,
    )


def _told(percent: int, kind: str) -> Block:
    return Block(
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": kind,
            "subscriber_email_addresses": [Var(EMAIL)],
            "subscriber_sns_topic_arns": [TOPIC],
        }
    )


def _anomalies(region: AwsRegion) -> Iterator[ResourceBlock]:
    usd, _said = budget_usd_month(region)
    unusual = max(_LEAST_UNUSUAL_USD, _whole(usd * _UNUSUAL_SHARE))
    monitor = ResourceBlock(
        "aws_ce_anomaly_monitor",
        "main",
        {
            "name": f"{region.prefix}-costs",
            "monitor_type": "CUSTOM",
            "monitor_specification": JsonText(
                {"Tags": {"Key": "Environment", "Values": [region.system.environment]}}
            ),
        },
        section=_SECTION,
        comment="An account has only one monitor of all services, so this one follows the tag.",
    )
    yield monitor
    yield ResourceBlock(
        "aws_ce_anomaly_subscription",
        "main",
        {
            "name": f"{region.prefix}-costs",
            "frequency": Noted("IMMEDIATE", "Only a topic can be told at once."),
            "monitor_arn_list": [monitor.ref("arn")],
            "subscriber": Block({"type": "SNS", "address": TOPIC}),
            "threshold_expression": Block(
                {
                    "dimension": Block(
                        {
                            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                            "match_options": ["GREATER_THAN_OR_EQUAL"],
                            "values": [Noted(str(unusual), "USD: a tenth of the budget.")],
                        }
                    )
                }
            ),
        },
        section=_SECTION,
    )
