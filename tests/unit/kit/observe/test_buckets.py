"""Histograms judge a latency rightly where the strategy judges it."""

from __future__ import annotations

import random

import pytest

from outgrow_kit.observe import latency_buckets


def estimated(bounds: tuple[float, ...], values: list[float], quantile: float) -> float:
    """What `histogram_quantile` says: linear within the bucket that holds the quantile."""
    rank, below, low = quantile * len(values), 0, 0.0
    for bound in bounds:
        upto = sum(value <= bound for value in values)
        if upto >= rank:
            return low + (bound - low) * (rank - below) / (upto - below)
        below, low = upto, bound
    return bounds[-1]


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.2, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("share", [0.92, 0.97, 1.0, 1.03, 1.08])
def test_a_p95_near_a_threshold_is_told_within_ten_percent(threshold: float, share: float) -> None:
    chance = random.Random(7)
    true = threshold * share
    # However the values lie within their bucket: here most of them close to the quantile.
    values = [chance.uniform(0.001, true) for _ in range(1900)] + [true] * 50
    values += [true * chance.uniform(1.0, 3.0) for _ in range(50)]
    bounds = latency_buckets([threshold])
    assert abs(estimated(bounds, values, 0.95) / true - 1) <= 0.10


def test_without_narrow_buckets_it_would_be_further_off() -> None:
    values = [0.11] * 950 + [0.3] * 50
    assert abs(estimated((0.05, 0.1, 0.25, 0.5), values, 0.95) / 0.11 - 1) > 0.5


def test_every_threshold_is_a_bound_and_bounds_ascend() -> None:
    bounds = latency_buckets([0.2, 0.21, 0.5])
    assert {0.2, 0.21, 0.5} <= set(bounds)
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= 24


def test_without_thresholds_the_usual_ladder_stands() -> None:
    assert latency_buckets([])[:3] == (0.005, 0.01, 0.025)
