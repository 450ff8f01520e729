"""Sums and products of counts over sample units, from which every estimate and its interval are worked out.

Replications are the sample; where they are drawn in strata, groups of them are, and in a stationary run its batches. A
ratio is total over total with a delta-method interval (Law, "Simulation Modeling and Analysis", 2015); the share of
days that meet the target has a Wilson interval. With a control variate, the contacts offered, whose mean is the
forecast, take off the part of the error that goes with them (Lavenberg and Welch, "A perspective on the use of control
variables to increase the efficiency of Monte Carlo simulations", 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wfm.measures.definitions import COLUMNS, CONTACT_PAIRS, CONTROL, Pairs, Ratio, Sum

NO_SPREAD = 1e-12  # a variance that is so small a part of the mean square is none, but rounding

Signs = list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A mean and the half-width of its confidence interval; NaN half-width where there is none. Floats or arrays."""

    mean: float | np.ndarray
    half_width: float | np.ndarray

    def __getitem__(self, cell: int | slice) -> Estimate:
        return Estimate(np.asarray(self.mean)[cell], np.asarray(self.half_width)[cell])

    def __mul__(self, factor: float | np.ndarray) -> Estimate:
        """The same in another unit."""
        return _estimate(np.asarray(self.mean * factor), np.asarray(self.half_width * factor))


@dataclass(frozen=True, eq=False)
class Sample:
    """What was counted in some cells (intervals, days, the horizon) over n sample units.

    Args:
        n: units.
        sums: float64[..., columns].
        products: float64[..., pairs], sums over units of products of two columns; None for a formula, which has no
            spread; NaN in cells that have none.
        columns: the name of each column; pairs: the two columns of each product.
        confidence: of the intervals.
        per_unit: replications in one unit: 1; more in strata; 1 / batches in batch means.
        known: float64[...], offered contacts per replication that are known beforehand, to be used as a control
            variate; NaN where not; None: no control variate.
    """

    n: int
    sums: np.ndarray
    products: np.ndarray | None
    columns: tuple[str, ...] = COLUMNS
    pairs: Pairs = CONTACT_PAIRS
    confidence: float = np.nan
    per_unit: float = 1.0
    known: np.ndarray | None = None

    def __getitem__(self, cell: Any) -> Sample:
        products = None if self.products is None else self.products[cell]
        known = None if self.known is None else self.known[cell]
        return Sample(
            self.n, self.sums[cell], products, self.columns, self.pairs, self.confidence, self.per_unit, known
        )

    def amount(self, name: str) -> Estimate:
        """Mean per replication."""
        mean = self._mean(name)
        per_replication = self.sums[..., self.columns.index(name)] / (self.n * self.per_unit)
        if not self._has_spread:
            return _estimate(per_replication, np.full_like(mean, np.nan))
        one = self._signs(Sum((name,)))
        squares = self._product(one, one) - self.n * mean**2
        with_offered = None if self.known is None else self._product(one, self._offered) - self.n * mean * self._mean()
        return self._with_interval(per_replication, squares, with_offered, np.asarray(self.per_unit))

    def ratio(self, ratio: Ratio) -> Estimate:
        """Total over total, with the delta-method half-width."""
        top, bottom = self._total(ratio.numerator), self._total(ratio.denominator)
        some = bottom > 0
        value = np.divide(top, bottom, out=np.full_like(top, np.nan), where=some)
        if not self._has_spread:
            return _estimate(value, np.full_like(value, np.nan))
        # The products are of raw counts, so the squared residuals top - value * bottom add up to this; by the choice of
        # value their mean is 0.
        t, b = self._signs(ratio.numerator), self._signs(ratio.denominator)
        squares = self._product(t, t) - 2 * value * self._product(t, b) + value**2 * self._product(b, b)
        with_offered = None
        if self.known is not None:
            with_offered = self._product(t, self._offered) - value * self._product(b, self._offered)
        mean_bottom = np.where(some, bottom / self.n, np.nan)
        return self._with_interval(value, squares, with_offered, mean_bottom, np.inf if not ratio.is_share else 1.0)

    def _with_interval(
        self,
        value: np.ndarray,
        squares: np.ndarray,
        with_offered: np.ndarray | None,
        scale: np.ndarray,
        most: float = np.inf,
    ) -> Estimate:
        """A value from the sum of its squared residuals, and of their products with the offered contacts.

        scale: what residuals are divided by, the mean denominator; most: the largest value that makes sense.
        """
        n, squares = self.n, np.maximum(squares, 0.0)
        half_width = student_quantile(self.confidence, n - 1) * np.sqrt(squares / (n - 1) / n) / scale
        if with_offered is None or self.known is None or n < 3:
            return _estimate(value, half_width)
        offered = self._mean()
        offered_squares = self._product(self._offered, self._offered)
        spread = offered_squares - n * offered**2
        usable = np.isfinite(self.known) & (spread > NO_SPREAD * offered_squares)
        # The residuals are regressed on the contacts offered; what is left of them is the error.
        slope = np.divide(with_offered, spread, out=np.zeros_like(spread), where=usable)
        apart = np.where(usable, offered - self.known * self.per_unit, 0.0)
        left = np.maximum(squares - slope * with_offered, 0.0)
        error = np.sqrt(left / (n - 2) * (1 / n + apart**2 / np.where(usable, spread, 1.0))) / scale
        controlled = np.clip(value - slope * apart / scale, 0.0, most)
        controlled_half = student_quantile(self.confidence, n - 2) * error
        return _estimate(np.where(usable, controlled, value), np.where(usable, controlled_half, half_width))

    @property
    def _has_spread(self) -> bool:
        return self.products is not None and self.n > 1

    @property
    def _offered(self) -> Signs:
        return [(self.columns.index(CONTROL), 1)]

    def _mean(self, name: str = CONTROL) -> np.ndarray:
        """Mean per unit."""
        return np.asarray(self.sums[..., self.columns.index(name)] / self.n)

    def _total(self, terms: Sum) -> np.ndarray:
        signs = self._signs(terms)
        return np.asarray(sum(sign * self.sums[..., column] for column, sign in signs), dtype=np.float64)

    def _signs(self, terms: Sum) -> Signs:
        plus = [(self.columns.index(name), 1) for name in terms.plus]
        return plus + [(self.columns.index(name), -1) for name in terms.minus]

    @cached_property
    def _place(self) -> dict[tuple[int, int], int]:
        return {pair: place for place, pair in enumerate(self.pairs)}

    def _product(self, left: Signs, right: Signs) -> np.ndarray:
        assert self.products is not None
        terms = (s * r * self.products[..., self._place[min(i, j), max(i, j)]] for i, s in left for j, r in right)
        return np.asarray(sum(terms))


@dataclass(frozen=True, eq=False)
class Kept:
    """In how many replications the target was met, of how many with a contact to judge by; per cell."""

    met: np.ndarray
    judged: np.ndarray
    replications: int
    confidence: float

    def __getitem__(self, cell: Any) -> Kept:
        return Kept(self.met[cell], self.judged[cell], self.replications, self.confidence)

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


@dataclass(frozen=True)
class VarianceReduction:
    """What a control variate or strata are worth.

    Args:
        without, reduced: half-width of the total service level as independent replications would have it, and as it is.
    """

    without: float
    reduced: float

    @property
    def as_many_replications(self) -> float:
        """How many times the replications would give the same half-width without."""
        return (self.without / self.reduced) ** 2 if self.reduced > 0 else np.nan


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
    return Sample(1, sums, None, columns)


def _estimate(mean: np.ndarray, half_width: np.ndarray) -> Estimate:
    if np.ndim(mean) == 0:
        return Estimate(float(mean), float(half_width))
    return Estimate(np.asarray(mean), np.asarray(half_width))
