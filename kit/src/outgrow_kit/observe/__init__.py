"""What the application tells about itself: metrics, health, errors and traces."""

from __future__ import annotations

from outgrow_kit.observe.buckets import latency_buckets
from outgrow_kit.observe.health import Check, Health
from outgrow_kit.observe.metrics import Metrics
from outgrow_kit.observe.web import observe

__all__ = ["Check", "Health", "Metrics", "latency_buckets", "observe"]
