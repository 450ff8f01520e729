"""Sums and products of counts over replications, from which every estimate and its interval are worked out.

Replications are the sample. A ratio is total over total with a delta-method interval (Law, "Simulation Modeling and
Analysis", 2015); the share of days that meet the target has a Wilson interval. Memory grows with the number of
replications only by their totals, which paired comparisons need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wfm.measures.definitions import COLUMNS, Ratio, Sum


@dataclass(frozen=True, eq=False)
class Estimate:
    """A mean and the half-width of its confidence interval; NaN half-width where there is none. Floats or arrays."""

    mean: float | np.ndarray
    half_width: float | np.ndarray

    def __getitem__(self, cell: int | slice) -> Estimate:
        return Estimate(np.asarray(self.mean)[cell], np.asarray(self.half_width)[cell])


@dataclass(frozen=True, eq=False)
class Sample:
    """What was counted in some cells (intervals, days, the horizon) over n replications.

    sums: float64[..., columns]; products: float64[..., columns, columns], sums of products, or None for a formula,
    which has no spread. columns: the name of each column.
    """

    n: int
    sums: np.ndarray
    products: np.ndarray | None
    columns: tuple[str, ...]
    confidence: float

    def __getitem__(self, cell: Any) -> Sample:
        products = None if self.products is None else self.products[cell]
        return Sample(self.n, self.sums[cell], products, self.columns, self.confidence)

    def amount(self, name: str) -> Estimate:
        """Mean per replication."""
        column = self.columns.index(name)
        mean = self.sums[..., column] / self.n
        if not self._has_spread:
            return _estimate(mean, np.full_like(mean, np.nan))
        assert self.products is not None
        variance = (self.products[..., column, column] - self.n * mean**2) / (self.n - 1)
        return _estimate(mean, self._quantile() * np.sqrt(np.maximum(variance, 0) / self.n))

    def ratio(self, ratio: Ratio) -> Estimate:
        """Total over total, with the delta-method half-width."""
        top, bottom = self._total(ratio.numerator), self._total(ratio.denominator)
        some = bottom > 0
        value = np.divide(top, bottom, out=np.full_like(top, np.nan), where=some)
        if not self._has_spread:
            return _estimate(value, np.full_like(value, np.nan))
        # The products are of raw counts, so the squared residuals top - value * bottom add up to this:
        t, b = self._signs(ratio.numerator), self._signs(ratio.denominator)
        squares = (
            self._product(t, t) - 2 * value * self._product(t, b) + value**2 * self._product(b, b)
        )  # their mean is 0 by the choice of value
        mean_bottom = np.where(some, bottom / self.n, np.nan)
        spread = np.sqrt(np.maximum(squares, 0) / (self.n - 1) / self.n) / mean_bottom
        return _estimate(value, self._quantile() * spread)

    @property
    def _has_spread(self) -> bool:
        return self.products is not None and self.n > 1

    def _quantile(self) -> float:
        return student_quantile(self.confidence, self.n - 1)

    def _total(self, terms: Sum) -> np.ndarray:
        plus = sum(self.sums[..., self.columns.index(name)] for name in terms.plus)
        minus = sum(self.sums[..., self.columns.index(name)] for name in terms.minus) if terms.minus else 0.0
        return np.asarray(plus - minus, dtype=np.float64)

    def _signs(self, terms: Sum) -> list[tuple[int, int]]:
        return [(self.columns.index(name), 1) for name in terms.plus] + [
            (self.columns.index(name), -1) for name in terms.minus
        ]

    def _product(self, left: list[tuple[int, int]], right: list[tuple[int, int]]) -> np.ndarray:
        assert self.products is not None
        return np.asarray(sum(s * r * self.products[..., i, j] for i, s in left for j, r in right))


@dataclass(frozen=True, eq=False)
class Kept:
    """In how many replications the target was met, of how many with a contact to judge by; per cell."""

    met: np.ndarray
    judged: np.ndarray
    replications: int
    confidence: float

    def share(self) -> Estimate:
        """Share with half the length of its Wilson interval (Wilson, "Probable inference", 1927)."""
        some = self.judged > 0
        judged = np.where(some, self.judged, 1)
        share = np.where(some, self.met / judged, np.nan)
        if self.replications < 2:
            return _estimate(share, np.full_like(share, np.nan))
        z = normal_quantile(self.confidence)
        half = z * np.sqrt(share * (1 - share) / judged + z * z / (4 * judged**2)) / (1 + z * z / judged)
        return _estimate(share, half)


def student_quantile(confidence: float, degrees: int) -> float:
    """Half-width of a two-sided interval in standard errors."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


def normal_quantile(confidence: float) -> float:
    """The same for a normal law."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))


def exact_sample(sums: np.ndarray, columns: tuple[str, ...] = COLUMNS) -> Sample:
    """What a formula says: expected counts of one replication, without spread."""
    return Sample(1, sums, None, columns, np.nan)


def _estimate(mean: np.ndarray, half_width: np.ndarray) -> Estimate:
    if np.ndim(mean) == 0:
        return Estimate(float(mean), float(half_width))
    return Estimate(mean, half_width)
