"""Services that bill by use, in plans that do not say how much: the bill reads zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from outgrow.analysis.gaps.gap import Gap, Plan, says
from outgrow.analysis.pricing.allowances import LOGS_INGESTED
from outgrow.strategy.components import ComponentKind
from outgrow.units import format_number

# What each service bills first, and the fields that say how much of anything is used.
_METERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aws/cloudfront": ("internet_out_gb", "http_requests", "https_requests"),
        "aws/s3": ("storage_gb", "infrequent_gb", "archive_gb", "deep_archive_gb"),
        "aws/nat-gateway": ("gb_month",),
        "aws/lambda": ("requests",),
        "aws/sqs": ("requests",),
        "aws/ecr": ("storage_gb",),
    }
)


def usage_not_stated(plan: Plan) -> Iterator[Gap]:
    """Yield what is billed by use when nobody says how much is used."""
    for resource in plan.billed_on(*_METERS):
        assert resource.offering is not None
        meters = _METERS[resource.offering.service]
        if says(resource, *meters):
            continue
        lines = plan.price_changed(resource, **{meters[0]: None})
        yield Gap(
            "usage-not-stated",
            resource.component,
            f"{resource.offering.name} is billed by use and no quantity is stated",
            f"Give its usage, `{meters[0]}` first; docs/pricing.md lists the names.",
            tuple(line for line in lines if line.quantity is None),
            (*resource.path, "usage"),
        )


def log_ingestion(plan: Plan) -> Iterator[Gap]:
    """Yield the logs that CloudWatch takes in, billed by the GB."""
    if any(says(r, "log_ingest_gb") for r in plan.on("aws/cloudwatch")):
        return
    why = _why_logs_are_billed(plan)
    if why:
        free = format_number(LOGS_INGESTED.free(plan.catalog))
        yield Gap(
            "log-ingestion",
            "logs",
            f"{why}; CloudWatch Logs bills each GB it takes in, past the account's first {free}",
            "Write `log_ingest_gb` in the usage of a component of kind logs on aws/cloudwatch, or "
            "name the service that takes the logs.",
            plan.price("aws/cloudwatch", log_ingest_gb=None),
            plan.path,
        )


def _why_logs_are_billed(plan: Plan) -> str:
    collectors = plan.of_kind(ComponentKind.LOGS)
    if collectors:
        on_cloudwatch = [r for r in collectors if r in plan.billed_on("aws/cloudwatch")]
        return f"{on_cloudwatch[0].component} takes an unstated amount" if on_cloudwatch else ""
    tasks = plan.on("aws/fargate")
    if tasks:
        return f"{tasks[0].component} has no disk to log to, and no component takes its logs"
    asked = plan.left_out(ComponentKind.LOGS)
    if asked and plan.machines:
        return f"the strategy collects logs in {asked!r}, and this phase pays for none"
    return ""
