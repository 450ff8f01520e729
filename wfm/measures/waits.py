"""How long answered contacts waited: fixed bins about 1 % wide, whose counts add up in any order, and percentiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wfm.jit import kernel
from wfm.measures.counts import BINS, BINS_PER_DOUBLING
from wfm.measures.fold import BY_WAIT, CROSSES, SQUARES
from wfm.measures.sample import Estimate, student_quantile

MANTISSA_BITS = np.int64(46)  # of 52: the first six tell the 64 bins of a doubling
FIRST = np.int64(1023 * BINS_PER_DOUBLING - 1)  # so that 1 microsecond falls into bin 1

PERCENTILES = (50, 80, 90, 95, 99)


@kernel
def bin_of(wait):  # type: ignore[no-untyped-def]
    """Index of the bin that holds a wait, int64 microseconds; 0 for no wait.

    >>> [int(bin_of(np.int64(wait))) for wait in (0, 1, 2, 3)]
    [0, 1, 65, 97]
    """
    if wait <= 0:
        return np.int64(0)
    return min((np.float64(wait).view(np.int64) >> MANTISSA_BITS) - FIRST, np.int64(BINS - 1))


def bin_edges() -> np.ndarray:
    """float64[BINS + 1] seconds: bin b holds waits from edge b up to, not with, edge b + 1; bin 0 holds 0 alone."""
    index = np.arange(BINS)
    edges = np.ldexp(1 + index % BINS_PER_DOUBLING / BINS_PER_DOUBLING, index // BINS_PER_DOUBLING)
    return np.concatenate([[0.0], edges * 1e-6])


@dataclass(frozen=True, eq=False)
class Waits:
    """Waits of answered contacts over the horizon, in n sample units.

    by_wait: int64[types + 1, 3, BINS], the last row all types: contacts per bin, and by how much the squares of the
    contacts answered by then, and their products with all answered, grow from bin to bin.
    """

    n: int
    by_wait: np.ndarray
    confidence: float

    def percentiles(self, row: int) -> dict[int, Estimate]:
        """Waits that so many percent of answered contacts do not exceed, seconds; zero waits included.

        The share answered by a wait is a ratio with a delta-method interval; the interval of a percentile holds the
        waits at which the share cannot be told from it (Woodruff, "Confidence intervals for medians and other position
        measures", 1952). It seldom lies evenly around the percentile: the half-width is the larger side, so that mean
        and half-width hold all of it. Inside a bin waits are taken as even.
        """
        by_then, squares, crosses = np.cumsum(self.by_wait[row].astype(np.float64), axis=1)[[BY_WAIT, SQUARES, CROSSES]]
        answered = by_then[-1]
        if not answered > 0:
            return {percent: Estimate(np.nan, np.nan) for percent in PERCENTILES}
        waits = np.append(0.0, bin_edges()[2:])  # the longest wait of each bin
        share = by_then / answered
        spread = np.full_like(share, np.nan)
        if self.n > 1:
            residuals = np.maximum(squares - 2 * share * crosses + share**2 * squares[-1], 0.0)
            spread = np.sqrt(residuals / (self.n - 1) / self.n) / (answered / self.n)
            spread *= student_quantile(self.confidence, self.n - 1)
        found = {}
        for percent in PERCENTILES:
            wanted = percent / 100
            shortest = _first_at(wanted, waits, share + spread)
            longest = _last_below(wanted, waits, share - spread)
            wait = _first_at(wanted, waits, share)
            found[percent] = Estimate(wait, max(longest - wait, wait - shortest))
        return found


def _first_at(wanted: float, waits: np.ndarray, share: np.ndarray) -> float:
    """The shortest wait at which the share is as wanted; NaN where there is no share."""
    if np.isnan(share[0]):
        return np.nan
    return _between(wanted, waits, share, int(np.argmax(share >= wanted)))


def _last_below(wanted: float, waits: np.ndarray, share: np.ndarray) -> float:
    """The longest wait up to which the share may be less than wanted."""
    if np.isnan(share[0]):
        return np.nan
    below = np.flatnonzero(share < wanted)
    return _between(wanted, waits, share, int(below[-1]) + 1 if len(below) else 0)


def _between(wanted: float, waits: np.ndarray, share: np.ndarray, b: int) -> float:
    if b == 0:
        return 0.0
    if b == len(waits):
        return float(waits[-1])
    part = (wanted - share[b - 1]) / (share[b] - share[b - 1])
    return float(waits[b - 1] + part * (waits[b] - waits[b - 1]))
