"""Prices CloudWatch: alarms by the metric, custom metrics, dashboards and logs.

An alarm on a metric-math expression is billed for every metric in the expression; an
anomaly-detection alarm for three: the metric and both edges of its band.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from outgrow.analysis.pricing.allowances import (
    CUSTOM_METRICS,
    DASHBOARDS,
    LOGS_INGESTED,
    STANDARD_ALARMS,
)
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, PriceItem, Usage, times

METRICS_OF_ANOMALY_DETECTION = Decimal(3)

_METRIC_BANDS = (
    Band(Decimal(10_000), "custom-metric", "first 10,000"),
    Band(Decimal(250_000), "custom-metric:next-240k", "next 240,000"),
    Band(Decimal(1_000_000), "custom-metric:next-750k", "next 750,000"),
    Band(None, "custom-metric:over-1M", "over 1,000,000"),
)


class CloudWatch(PriceItem):
    """What is watched and logged; `metrics_per_alarm` is how many each alarm's maths names."""

    service: Literal["aws/cloudwatch"] = "aws/cloudwatch"
    standard_alarms: Usage = NOTHING
    high_resolution_alarms: Usage = NOTHING
    metrics_per_alarm: Annotated[Decimal, Field(ge=0, le=1000)] = ONE
    standard_anomaly_alarms: Usage = NOTHING
    high_resolution_anomaly_alarms: Usage = NOTHING
    custom_metrics: Usage = NOTHING
    dashboards: Usage = NOTHING
    log_ingest_gb: Usage = NOTHING
    log_archive_gb: Usage = NOTHING
    log_insights_scan_gb: Usage = NOTHING


def price_cloudwatch(item: CloudWatch, book: RateBook) -> PricedItem:
    """Return alarms, metrics, dashboards and logs, and the account's free part beside."""
    bill = Bill(item, book, "cloudwatch")
    _add_alarms(bill, item)
    metrics = times(item.custom_metrics, item.count)
    bill.add_bands("Custom metrics", metrics, "metric-month", _METRIC_BANDS)
    dashboards = times(item.dashboards, item.count)
    bill.add("Dashboards", dashboards, "dashboard", "month")
    ingested = times(item.log_ingest_gb, item.count)
    bill.add("Logs ingested", ingested, "logs:ingest", "GB")
    bill.add("Logs kept", times(item.log_archive_gb, item.count), "logs:archive", "GB-month")
    scanned = times(item.log_insights_scan_gb, item.count)
    bill.add("Logs scanned by Insights", scanned, "logs:insights-scan", "GB")
    # An alarm that names one metric directly is free up to ten; maths and anomalies are not.
    alarms = times(item.standard_alarms, item.count) if item.metrics_per_alarm == 1 else NOTHING
    for allowance, used, sku in (
        (STANDARD_ALARMS, alarms, "alarm:standard"),
        (CUSTOM_METRICS, metrics, "custom-metric"),
        (DASHBOARDS, dashboards, "dashboard"),
        (LOGS_INGESTED, ingested, "logs:ingest"),
    ):
        bill.add_allowance(allowance.line(book, used, bill.rate(sku)))
    return bill.priced()


def _add_alarms(bill: Bill, item: CloudWatch) -> None:
    each = item.metrics_per_alarm
    named = f"{each!s} metrics an alarm" if each != 1 else ""
    anomaly = METRICS_OF_ANOMALY_DETECTION
    banded = f"{anomaly!s} metrics an alarm"
    for name, alarms, metrics, sku, told in (
        ("Alarms, standard", item.standard_alarms, each, "alarm:standard", named),
        (
            "Alarms, high resolution",
            item.high_resolution_alarms,
            each,
            "alarm:high-resolution",
            named,
        ),
        (
            "Anomaly alarms, standard",
            item.standard_anomaly_alarms,
            anomaly,
            "alarm:standard",
            banded,
        ),
        (
            "Anomaly alarms, high resolution",
            item.high_resolution_anomaly_alarms,
            anomaly,
            "alarm:high-resolution",
            banded,
        ),
    ):
        bill.add(name, times(alarms, metrics, item.count), sku, "alarm-metric-month", told)
