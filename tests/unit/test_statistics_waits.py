"""Do percentiles of waits, kept in bins, say what the waits themselves would?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from wfm.measures.counts import BINS
from wfm.measures.fold import BY_WAIT, CROSSES, SQUARES
from wfm.measures.waits import PERCENTILES, Waits, bin_edges, bin_of

EDGES = bin_edges()


def waits_of(by_unit: list[np.ndarray]) -> Waits:
    """Bins of waits in whole microseconds, unit by unit, added up by hand."""
    into = np.zeros((1, 3, BINS), np.int64)
    for waits in by_unit:
        here = np.bincount([bin_of(np.int64(one)) for one in waits], minlength=BINS)
        by_then = np.cumsum(here)
        into[0, BY_WAIT] += here
        into[0, SQUARES] += np.diff(by_then**2, prepend=0)
        into[0, CROSSES] += here * len(waits)
    return Waits(len(by_unit), into, 0.95)


def some_waits(units: int, at_once: float = 0.6, seed: int = 1) -> list[np.ndarray]:
    """Exponential waits of 20 s, a share of them zero; each unit slower or faster by up to a third."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(units):
        waits = rng.exponential(20e6 * rng.uniform(0.7, 1.3), 400) * (rng.random(400) > at_once)
        found.append(np.round(waits))
    return found


@pytest.mark.parametrize("wait", [0, 1, 2, 3, 7, 63, 64, 65, 1_000_000, 123_456_789, 2**40 - 1])
def test_each_bin_holds_the_waits_between_its_edges(wait):
    b = int(bin_of(np.int64(wait)))
    assert EDGES[b] <= wait * 1e-6 < EDGES[b + 1] or (wait == 0 and b == 0)
    assert b == 0 or EDGES[b + 1] / EDGES[b] - 1 <= 1 / 64 + 1e-12


def test_a_wait_beyond_all_bins_goes_into_the_last():
    assert bin_of(np.int64(2**50)) == BINS - 1


def test_percentiles_are_those_of_the_waits():
    """Within a bin's width, 1.6 %."""
    by_unit = some_waits(50)
    found = waits_of(by_unit).percentiles(0)
    waits = np.concatenate(by_unit) * 1e-6
    assert tuple(found) == PERCENTILES
    assert found[50].mean == 0
    for percent in (80, 90, 95, 99):
        assert found[percent].mean == pytest.approx(np.percentile(waits, percent, method="inverted_cdf"), rel=1 / 64)


@pytest.mark.parametrize("percent", [80, 90, 99])
def test_the_interval_holds_the_waits_whose_share_cannot_be_told_apart(percent):
    """By the waits themselves: at each edge the share answered by then, with its delta-method interval."""
    by_unit = some_waits(40)
    found = waits_of(by_unit).percentiles(0)[percent]
    answered = np.array([len(one) for one in by_unit])
    accepted = []
    for edge in EDGES[1:]:
        by_then = np.array([np.sum(one * 1e-6 < edge) for one in by_unit])
        share = by_then.sum() / answered.sum()
        error = np.std(by_then - share * answered, ddof=1) / math.sqrt(40) / answered.mean()
        if abs(share - percent / 100) <= stats.t.ppf(0.975, 39) * error:
            accepted.append(edge)
    larger_side = max(accepted[-1] - found.mean, found.mean - accepted[0])
    assert found.half_width == pytest.approx(larger_side, abs=accepted[-1] / 64)


def test_one_unit_has_no_interval():
    for estimate in waits_of(some_waits(1)).percentiles(0).values():
        assert math.isfinite(estimate.mean)
        assert math.isnan(estimate.half_width)


def test_nobody_answered_has_no_percentile():
    found = waits_of([np.zeros(0)] * 3).percentiles(0)
    assert all(math.isnan(one.mean) and math.isnan(one.half_width) for one in found.values())


def test_where_nobody_waits_every_percentile_is_0():
    found = waits_of([np.zeros(50)] * 4).percentiles(0)
    assert all((one.mean, one.half_width) == (0, 0) for one in found.values())
