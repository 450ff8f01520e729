"""Laws as tables of their quantile functions: one number a variate, rising with it, no library call at run time.

The cell is read from the bits of v = min(u, 1 - u): its exponent and first three bits of mantissa, so that cells shrink
with the distance to 0 and 1 and both tails keep their relative precision. Inside a cell a polynomial of degree 5 in the
remaining bits passes through the exact quantile at six Chebyshev points; the relative error is about 2e-10. A recorded
sample is looked up instead. From cell to cell the table may step down by as much as its error, a few parts in 10^10.
The engines know no law, only tables, so a new law costs no engine code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wfm.jit import kernel
from wfm.model.laws import Standard

EXPONENTS = 52  # v runs from 2^-53 up to 1/2
CELLS_PER_EXPONENT = 8
CELLS = EXPONENTS * CELLS_PER_EXPONENT  # on each side of u = 1/2
DEGREE = 5
WEIGHTED = 65_536  # entries that stand for a weighted sample

FIRST_CELL = np.int64((1023 - 53) * CELLS_PER_EXPONENT)
MANTISSA_LEFT = np.int64((1 << 49) - 1)
ONE_BITS = np.int64(1023 << 52)


class Tables(NamedTuple):
    """Quantile tables of some standard laws.

    coefficients: float64[tables, 2 * CELLS, DEGREE + 1], lower side first, constant term first.
    sample_start, sample_size: int64[tables], where a table's recorded sample stands; size 0: it is a polynomial.
    samples: float64[...], sorted within each table.
    """

    coefficients: np.ndarray
    sample_start: np.ndarray
    sample_size: np.ndarray
    samples: np.ndarray


@kernel
def quantile(tables, table, u):  # type: ignore[no-untyped-def]
    """The standard law's quantile at u in (0, 1), u an odd multiple of 2^-53."""
    if tables.sample_size[table] > 0:
        return tables.samples[tables.sample_start[table] + np.int64(u * tables.sample_size[table])]
    return polynomial_quantile(tables.coefficients[table], u)


@kernel
def polynomial_quantile(coefficients, u):  # type: ignore[no-untyped-def]
    """The quantile at u from a law's own float64[2 * CELLS, DEGREE + 1]."""
    upper = u > 0.5
    v = 1.0 - u if upper else u
    bits = np.float64(v).view(np.int64)
    cell = np.uint64((bits >> 49) - FIRST_CELL + (CELLS if upper else 0))
    t = np.int64(((bits & MANTISSA_LEFT) << 3) | ONE_BITS).view(np.float64) - 1.0
    c = coefficients[cell]
    return c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5]))))


@kernel
def draw(law, tables, of, interval, u):  # type: ignore[no-untyped-def]
    """One variate of a lowered law (`wfm.simulation.lowering.Law`), for contact type `of` and interval of arrival."""
    zero = law.at_zero[of, interval]
    if zero > 0.0:
        if u < zero:
            return 0.0
        # Back on the grid of odd multiples of 2^-53, where 1 - u is exact and u is neither 0 nor 1.
        u = (np.floor((u - zero) / (1.0 - zero) * 2.0**52) + 0.5) * 2.0**-52
        u = min(u, 1.0 - 2.0**-53)
    return law.scale[of, interval] * quantile(tables, law.table[of, interval], u)


def build_tables(standards: Iterable[Standard]) -> Tables:
    """Tables of the given laws, in their order."""
    laws = list(standards)
    coefficients = np.zeros((len(laws), 2 * CELLS, DEGREE + 1))
    start, size = np.zeros(len(laws), np.int64), np.zeros(len(laws), np.int64)
    samples: list[np.ndarray] = []
    for table, law in enumerate(laws):
        if law.name in ("sample", "weighted sample"):
            values = np.array(law.shape) if law.name == "sample" else _repeated(law)
            start[table], size[table] = sum(len(one) for one in samples), len(values)
            samples.append(values)
        else:
            coefficients[table] = _coefficients(law)
    return Tables(coefficients, start, size, np.concatenate(samples) if samples else np.zeros(1))


def _repeated(law: Standard) -> np.ndarray:
    """A weighted sample as one of equally likely values: each as often as its weight says, to a 65,536th.

    A search for the weight inside `quantile` would cost every draw of every law three times what it costs now.
    """
    values, weights = np.array(law.shape).reshape(2, -1)
    places = np.cumsum(weights) / weights.sum() * WEIGHTED
    return np.repeat(values, np.diff(np.round(places), prepend=0.0).astype(np.int64))


@lru_cache(maxsize=64)
def _coefficients(law: Standard) -> np.ndarray:
    lower, upper = QUANTILES[law.name](*law.shape)
    nodes = 0.5 - 0.5 * np.cos((2 * np.arange(DEGREE + 1) + 1) * np.pi / (2 * DEGREE + 2))
    cell = np.arange(CELLS)
    octave = np.ldexp(1.0, cell // CELLS_PER_EXPONENT - 53)
    low = octave * (1 + cell % CELLS_PER_EXPONENT / CELLS_PER_EXPONENT)
    v = low[:, None] + octave[:, None] / CELLS_PER_EXPONENT * nodes
    to_monomials = np.linalg.inv(np.vander(nodes, increasing=True))
    sides = []
    for side in (lower, upper):
        values = np.asarray(side(v), dtype=np.float64)
        fitted = (values - values[:, :1]) @ to_monomials.T  # differences, so that a constant stays exactly constant
        fitted[:, 0] += values[:, 0]
        sides.append(fitted)
    return np.concatenate(sides)


Side = Callable[[np.ndarray], np.ndarray]


def _exponential() -> tuple[Side, Side]:
    return lambda v: -np.log1p(-v), lambda v: -np.log(v)


def _deterministic() -> tuple[Side, Side]:
    return np.ones_like, np.ones_like


def _uniform(low: float) -> tuple[Side, Side]:
    return lambda v: low + (1 - low) * v, lambda v: 1 - (1 - low) * v


def _weibull(shape: float) -> tuple[Side, Side]:
    from scipy.special import gamma

    scale = 1 / gamma(1 + 1 / shape)
    return lambda v: scale * (-np.log1p(-v)) ** (1 / shape), lambda v: scale * (-np.log(v)) ** (1 / shape)


def _lognormal(cv: float) -> tuple[Side, Side]:
    from scipy.special import ndtri

    variance = np.log1p(cv * cv)
    return (
        lambda v: np.exp(np.sqrt(variance) * ndtri(v) - variance / 2),
        lambda v: np.exp(-np.sqrt(variance) * ndtri(v) - variance / 2),
    )


def _gamma(cv: float) -> tuple[Side, Side]:
    from scipy.special import gammainccinv, gammaincinv

    shape = 1 / (cv * cv)
    return lambda v: gammaincinv(shape, v) / shape, lambda v: gammainccinv(shape, v) / shape


def _hyperexponential(*shape: float) -> tuple[Side, Side]:
    half = len(shape) // 2
    probs, means = np.array(shape[:half]), np.array(shape[half:])

    def tail(x: np.ndarray) -> np.ndarray:
        return np.asarray((probs * np.exp(-x[..., None] / means)).sum(-1))

    def head(x: np.ndarray) -> np.ndarray:
        return np.asarray((-probs * np.expm1(-x[..., None] / means)).sum(-1))

    def density(x: np.ndarray) -> np.ndarray:
        return np.asarray((probs / means * np.exp(-x[..., None] / means)).sum(-1))

    def lower(v: np.ndarray) -> np.ndarray:
        # head() is concave, so Newton from the left rises to the root and never passes it.
        return _rising_newton(np.zeros_like(v), lambda x: (v - head(x)) / density(x))

    def upper(v: np.ndarray) -> np.ndarray:
        # log tail() is convex and falls, so Newton on it from the left never passes the root either.
        return _rising_newton(np.zeros_like(v), lambda x: (np.log(tail(x)) - np.log(v)) * tail(x) / density(x))

    return lower, upper


def _rising_newton(x: np.ndarray, step: Side) -> np.ndarray:
    """Newton's steps from the left, until they change nothing that counts."""
    for _ in range(200):
        change = step(x)
        x = x + change
        if np.all(np.abs(change) <= 1e-12 * x):  # the error is then its square
            break
    return x


QUANTILES: dict[str, Callable[..., tuple[Side, Side]]] = {
    "exponential": _exponential,
    "deterministic": _deterministic,
    "uniform": _uniform,
    "weibull": _weibull,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "hyperexponential": _hyperexponential,
}
