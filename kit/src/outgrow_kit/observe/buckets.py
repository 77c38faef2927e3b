"""Where the buckets of a histogram lie, so that a threshold is judged rightly.

Prometheus' `histogram_quantile` takes values as spread evenly within a bucket, so it may be
wrong by as much as the bucket is wide. Around each threshold of the strategy the buckets are
therefore narrow: a quantile that truly lies at a threshold, or within 10 % of it, is told
with an error of at most 10 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# Elsewhere a rough picture is enough: the ladder that Prometheus' own clients begin with.
_LADDER: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_NARROW: Final = (0.91, 1.09)
_APART: Final = 1.05


def latency_buckets(thresholds_seconds: Sequence[float]) -> tuple[float, ...]:
    """Return upper bounds in seconds, ascending; every threshold is one of them."""
    exact = {round(one, 6) for one in thresholds_seconds}
    narrow = {round(one * share, 6) for one in exact for share in _NARROW}
    # A bound right beside a threshold, its own or another's, would tell nothing more.
    beside = {
        bound
        for bound in narrow | set(_LADDER)
        if all(max(bound, one) / min(bound, one) >= _APART for one in exact)
    }
    return tuple(sorted(exact | beside))
