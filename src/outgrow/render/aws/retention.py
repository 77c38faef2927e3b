"""How long logs and backups are kept, in the steps that AWS knows."""

from __future__ import annotations

from outgrow.render.aws.region import AwsRegion

# CloudWatch Logs takes these days and no others.
LOG_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
_ASSUMED_LOG_DAYS = 30
_YEAR = 365


def log_days(region: AwsRegion) -> int:
    """Return for how many days logs are kept: as the strategy says, or the next longer step."""
    stated = region.system.strategy.retention.logs_days or _ASSUMED_LOG_DAYS
    return next((days for days in LOG_DAYS if days >= stated), LOG_DAYS[-1])


def log_waivers(region: AwsRegion) -> tuple[tuple[str, str], ...]:
    """Return what excuses logs that are kept for less than a year."""
    days = log_days(region)
    if days >= _YEAR:
        return ()
    stated = region.system.strategy.retention.logs_days
    if stated is None:
        return (("CKV_AWS_338", f"the strategy states no retention of logs, {days} days do"),)
    place = region.system.where("retention", "logs_days")
    return (("CKV_AWS_338", f"{place} keeps logs for {stated} days"),)
