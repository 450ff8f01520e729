"""Patience laws as tables of survival: the share of contacts that would still wait, after any time, and its integral.

A law's time axis is cut into cells, so fine that in each a polynomial gives the survival function or its complement,
whichever is small, to 14 digits of its own size: near time 0, where few have hung up, and far out, where few are left.
Recorded patience is a flight of steps, and each cell is then flat. The kernels know no law, only tables.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wfm.model.laws import Standard

Vector = NDArray[np.float64]
Share = Callable[[Vector], Vector]

TERMS = 16  # of the polynomial in a cell
RESOLVED = 3e-15  # the last terms of a polynomial that needs no more of them, relative to its largest value
ROUNDED = 1e-6  # last terms as small as this that a cut does not lower are the rounding of the law itself
STRAIGHT = 1e-14  # a line keeps its digits down to its zero
STEEPEST = 10.0  # the most that either share may change within a cell, so that its small end keeps its digits
FEWEST_GONE, FEWEST_LEFT = 1e-100, 1e-40  # smaller shares do not count
LEAST_CV = 1e-7  # a law of less spread is a constant to the last digit
FINEST, WIDEST = -64, 33  # cells run from 16^-64 up to 16^32
CUTS, MOST = 40, 4096  # a cell is cut in two at most so often, and not where so many would have to be

NEVER = Standard("never")
"""Nobody hangs up; the law of an endless scale."""


class SurvivalTable(NamedTuple):
    """A standard law as the kernels take it, time in units of its scale.

    edges: float64[cells + 1], from 0 to infinity; the last cell is flat.
    flat: bool[cells], whether nobody hangs up within the cell.
    left_is_small: bool[cells], whether the polynomial gives the share left (the survival function) or the share gone.
    coefficients: float64[cells, terms], of the powers of (time - start of the cell) / width of the cell.
    integral: float64[cells], of the share left, from 0 to the cell's start: mean time until hanging up or then.
    left_at_end: float64[cells], the share left just before the cell's end.
    """

    edges: Vector
    flat: NDArray[np.bool_]
    left_is_small: NDArray[np.bool_]
    coefficients: Vector
    integral: Vector
    left_at_end: Vector


@lru_cache(maxsize=512)
def survival_table(law: Standard) -> SurvivalTable:
    """The table of a standard law.

    >>> table = survival_table(Standard("sample", (10.0, 30.0)))
    >>> table.edges, table.left_at_end
    (array([ 0., 10., 30., inf]), array([1. , 0.5, 0. ]))
    """
    if law.name in ("lognormal", "gamma") and law.shape[0] < LEAST_CV:
        law = Standard("deterministic")
    if law.name in STEPS:
        return _steps(*STEPS[law.name](*law.shape))
    return _smooth(*CURVES[law.name](*law.shape))


def _steps(times: Vector, weights: Vector, endless: float) -> SurvivalTable:
    """The table of steps at given times (any order, repeats allowed); weights and the endless share add up to one."""
    starts, step_of = np.unique(np.append(times, 0.0), return_inverse=True)
    steps = np.bincount(step_of[:-1].ravel(), weights, minlength=starts.size)
    total = steps.sum() + endless
    gone = np.cumsum(steps) / total
    left = (np.append(np.cumsum(steps[:0:-1])[::-1], 0.0) + endless) / total
    return SurvivalTable(
        edges=np.append(starts, np.inf),
        flat=np.ones(starts.size, dtype=np.bool_),
        left_is_small=left < gone,
        coefficients=np.minimum(gone, left)[:, None],
        integral=np.append(0.0, np.cumsum(left[:-1] * np.diff(starts))),
        left_at_end=left,
    )


def _smooth(gone: Share, left: Share, kinks: tuple[float, ...]) -> SurvivalTable:
    """The table of a law that is smooth but at 0 and at its kinks."""
    ends = np.exp2(4.0 * np.arange(FINEST, WIDEST))
    ends = ends[: 1 + int(np.argmax(left(ends) < FEWEST_LEFT))]
    starts, ends, series, is_small = _cells(gone, left, np.union1d(ends, [x for x in kinks if x > 0.0]))
    coefficients = series @ _shifted_chebyshev()
    degree = np.arange(TERMS)
    parts = series[:, ::2] @ (1.0 / (1.0 - degree[::2] ** 2.0)) * (ends - starts)
    integral = np.cumsum(np.append(starts[0], np.where(is_small, parts, ends - starts - parts)))
    first = np.zeros((1, TERMS))  # below the finest cell the share gone rises from 0 along a line
    first[0, 1] = gone(starts[:1])[0]
    return SurvivalTable(
        edges=np.concatenate([[0.0], starts, ends[-1:], [np.inf]]),
        flat=np.append(np.zeros(starts.size + 1, dtype=np.bool_), True),
        left_is_small=np.concatenate([[False], is_small, [True]]),
        coefficients=np.concatenate([first, coefficients, np.zeros((1, TERMS))]),
        integral=np.append(0.0, integral),
        left_at_end=np.concatenate([left(starts[:1]), left(ends), [0.0]]),
    )


def _cells(gone: Share, left: Share, edges: Vector) -> tuple[Vector, Vector, Vector, NDArray[np.bool_]]:
    """Starts, ends, Chebyshev series and kinds of cells, each cut in two until its series is short enough."""
    angles = (np.arange(TERMS) + 0.5) * np.pi / TERMS
    to_series = np.cos(np.outer(angles, np.arange(TERMS))) * (2.0 / TERMS)
    to_series[:, 0] /= 2.0
    points = np.concatenate([[0.0], 0.5 + 0.5 * np.cos(angles), [1.0]])  # both ends show what hides beyond the nodes
    done: list[tuple[Vector, ...]] = []
    starts, ends = edges[:-1], edges[1:]
    before = np.full(starts.size, np.inf)
    for cut in range(CUTS + 1):
        times = starts[:, None] + (ends - starts)[:, None] * points
        shares_gone, shares_left = gone(times), left(times)
        is_small = shares_left[:, -1] < shares_gone[:, -1]
        values = np.where(is_small[:, None], shares_left, shares_gone)
        series = values[:, 1:-1] @ to_series
        largest = np.abs(values).max(axis=1)
        last = np.abs(series[:, -3:]).max(axis=1) / np.maximum(largest, FEWEST_GONE)
        good = (last <= RESOLVED) | ((last <= ROUNDED) & (last > before / 4.0))
        good &= _is_gentle(shares_gone, FEWEST_GONE) & _is_gentle(shares_left, FEWEST_LEFT)
        good |= largest < np.where(is_small, FEWEST_LEFT, FEWEST_GONE)
        line = series[:, :1] + series[:, 1:2] * (2.0 * points - 1.0)
        good |= np.abs(values - line).max(axis=1) <= STRAIGHT * largest
        good |= (cut == CUTS) or (starts.size > MOST)
        done.append((starts[good], ends[good], series[good], is_small[good]))
        starts, ends = starts[~good], ends[~good]
        middle = np.sqrt(starts) * np.sqrt(ends)
        starts, ends = np.append(starts, middle), np.append(middle, ends)
        before = np.tile(last[~good], 2)
        if not starts.size:
            break
    columns = [np.concatenate(column) for column in zip(*done, strict=True)]
    order = np.argsort(columns[0])
    return columns[0][order], columns[1][order], columns[2][order], columns[3][order].astype(np.bool_)


def _is_gentle(shares: Vector, least: float) -> NDArray[np.bool_]:
    """Whether shares change little within each cell, those aside that do not count."""
    return np.asarray(shares.max(axis=1) <= STEEPEST * np.maximum(shares.min(axis=1), least))


@lru_cache(maxsize=1)
def _shifted_chebyshev() -> Vector:
    """Row k: Chebyshev's polynomial of degree k on [0, 1], by powers."""
    from numpy.polynomial import Chebyshev, Polynomial

    rows = np.zeros((TERMS, TERMS))
    for k in range(TERMS):
        rows[k, : k + 1] = Chebyshev.basis(k, domain=[0.0, 1.0]).convert(kind=Polynomial).coef
    return rows


# ---- the laws, in units of their scale: share gone by x, share left after x, and where they are not smooth


def _exponential() -> tuple[Share, Share, tuple[float, ...]]:
    return lambda x: -np.expm1(-x), lambda x: np.exp(-x), ()


def _weibull(shape: float) -> tuple[Share, Share, tuple[float, ...]]:
    from scipy.special import gamma

    scale = 1.0 / gamma(1.0 + 1.0 / shape)

    def hazard(x: Vector) -> Vector:
        with np.errstate(over="ignore"):
            return np.asarray((x / scale) ** shape)

    return lambda x: -np.expm1(-hazard(x)), lambda x: np.exp(-hazard(x)), ()


def _lognormal(cv: float) -> tuple[Share, Share, tuple[float, ...]]:
    from scipy.special import ndtr

    deviation = np.sqrt(np.log1p(cv * cv))

    def standard(x: Vector) -> Vector:
        return np.asarray(np.log(x) / deviation + deviation / 2.0)

    return lambda x: ndtr(standard(x)), lambda x: ndtr(-standard(x)), ()


def _gamma(cv: float) -> tuple[Share, Share, tuple[float, ...]]:
    from scipy.special import gammainc, gammaincc

    shape = 1.0 / (cv * cv)
    return lambda x: gammainc(shape, x * shape), lambda x: gammaincc(shape, x * shape), ()


def _uniform(low: float) -> tuple[Share, Share, tuple[float, ...]]:
    return (
        lambda x: np.clip((x - low) / (1.0 - low), 0.0, 1.0),
        lambda x: np.clip((1.0 - x) / (1.0 - low), 0.0, 1.0),
        (low, 1.0),
    )


def _hyperexponential(*shape: float) -> tuple[Share, Share, tuple[float, ...]]:
    half = len(shape) // 2
    probs, means = np.array(shape[:half]), np.array(shape[half:])
    return (
        lambda x: np.asarray(-np.expm1(-x[..., None] / means) @ probs),
        lambda x: np.asarray(np.exp(-x[..., None] / means) @ probs),
        (),
    )


CURVES: dict[str, Callable[..., tuple[Share, Share, tuple[float, ...]]]] = {
    "exponential": _exponential,
    "weibull": _weibull,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "uniform": _uniform,
    "hyperexponential": _hyperexponential,
}


def _weighted(*shape: float) -> tuple[Vector, Vector, float]:
    half = len(shape) // 2
    times, weights = np.array(shape[:half]), np.array(shape[half:])
    ends = np.isfinite(times)
    return times[ends], weights[ends], float(weights[~ends].sum())


STEPS: dict[str, Callable[..., tuple[Vector, Vector, float]]] = {
    "never": lambda: (np.zeros(0), np.zeros(0), 1.0),
    "deterministic": lambda: (np.ones(1), np.ones(1), 0.0),
    "sample": lambda *times: (np.array(times), np.ones(len(times)), 0.0),
    "weighted sample": _weighted,
}
