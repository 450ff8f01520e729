"""Integrals of the laws of durations: how much of a handling has passed by an age, and how a rhythm is smoothed by it.

Every function takes a standard law (`wfm.model.laws.Standard`, mean 1 or the sample itself) and ages in its own unit;
the caller multiplies by the scale. S is the duration and P(S > u) its survival.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wfm.model.laws import Standard
from wfm.queueing.patience.survival import CURVES

Vector = NDArray[np.float64]
CONTOUR_STEP = 0.005  # fine enough for laws of cv 100 and Weibull shapes of 0.05
FEW = 500  # so many kinks of a recorded sample are told apart


def survival(law: Standard, age: Vector) -> Vector:
    """P(S > age), for ages >= 0 of any shape.

    >>> survival(Standard("exponential"), np.array([0.0, 1.0])).round(4)
    array([1.    , 0.3679])
    """
    if law.name in CURVES:
        _, left, _ = CURVES[law.name](*law.shape)
        with np.errstate(divide="ignore"):
            return left(age)
    sample = _sample(law)
    return 1.0 - np.searchsorted(sample, age, side="right") / sample.size


def passed(law: Standard, age: Vector) -> Vector:
    """E[min(S, age)], the integral of P(S > u) from 0 to age, for ages >= 0 of any shape.

    >>> passed(Standard("uniform", (0.5,)), np.array([0.25, 0.75, 2.0]))
    array([0.25  , 0.6875, 0.75  ])
    """
    from scipy import special

    if law.name == "exponential":
        return -np.expm1(-age)
    if law.name == "lognormal":
        spread = _log_spread(law)
        with np.errstate(divide="ignore"):
            below = special.ndtr(np.log(age) / spread - spread / 2.0)
        return np.asarray(below + age * survival(law, age))
    if law.name == "gamma":
        shape = law.shape[0] ** -2.0
        return np.asarray(special.gammainc(shape + 1.0, age * shape) + age * survival(law, age))
    if law.name == "weibull":
        with np.errstate(divide="ignore", over="ignore"):
            hazard = np.exp(law.shape[0] * (np.log(age) - _weibull_log_scale(law)))
        return np.asarray(special.gammainc(1.0 / law.shape[0], hazard))
    if law.name == "uniform":
        low = law.shape[0]
        inside = np.clip(age, low, 1.0)
        return np.minimum(age, low) + (inside - low) * (1.0 - (inside + low) / 2.0) / (1.0 - low)
    if law.name == "hyperexponential":
        return np.asarray(sum(-p * mean * np.expm1(-age / mean) for p, mean in _kinds(law)))
    return _sample_moment(law, age, 1)


def passed_over_time(law: Standard, age: Vector) -> Vector:
    """The integral of E[min(S, u)] over u from 0 to age, for ages >= 0 of any shape.

    It is age x E[min(S, age)] - E[min(S, age)^2] / 2.

    >>> passed_over_time(Standard("deterministic"), np.array([0.5, 3.0]))
    array([0.125, 2.5  ])
    """
    if law.name == "exponential":
        return age + np.expm1(-age)
    if law.name == "hyperexponential":
        return np.asarray(sum(p * mean * (age + mean * np.expm1(-age / mean)) for p, mean in _kinds(law)))
    return age * passed(law, age) - _half_square(law, age)


def smoothing(law: Standard, frequency: float) -> complex:
    """The integral of e^(-i frequency u) P(S > u) over u >= 0: how the load follows a rate that swings.

    It is (1 - E[e^(-i frequency S)]) / (i frequency), `frequency` in radians per unit of the law, above 0. For
    lognormal and Weibull laws the expectation is a sum along a line in the complex plane, moved off the real axis by an
    angle at which e^(-i frequency S) dies away instead of turning.

    >>> smoothing(Standard("exponential"), 1.0)
    (0.5-0.5j)
    """
    turn = 1j * frequency
    if law.name == "exponential":
        return 1.0 / (1.0 + turn)
    if law.name == "gamma":
        shape = law.shape[0] ** -2.0
        return complex(-np.expm1(-shape * np.log1p(turn / shape)) / turn)
    if law.name == "uniform":
        low = law.shape[0]
        half = frequency * (1.0 - low) / 2.0
        middle = np.exp(-turn * (1.0 + low) / 2.0)
        return complex((1.0 - middle * np.sinc(half / math.pi)) / turn)
    if law.name == "hyperexponential":
        return complex(sum(p * mean / (1.0 + turn * mean) for p, mean in _kinds(law)))
    if law.name in ("lognormal", "weibull"):
        return _along_a_line(law, frequency) / turn
    return complex(-np.mean(np.expm1(-turn * _sample(law))) / turn)


def kinks(law: Standard) -> Vector:
    """Ages at which the survival jumps or bends, at most FEW of them (from a longer sample, evenly taken)."""
    if law.name == "uniform":
        return np.array([law.shape[0], 1.0])
    if law.name in ("deterministic", "sample"):
        ages = np.unique(_sample(law))
        return ages[:: max(1, math.ceil(ages.size / FEW))]
    return np.empty(0)


def _half_square(law: Standard, age: Vector) -> Vector:
    """E[min(S, age)^2] / 2, the integral of u P(S > u) from 0 to age."""
    from scipy import special

    if law.name == "lognormal":
        spread = _log_spread(law)
        with np.errstate(divide="ignore"):
            below = special.ndtr(np.log(age) / spread - 1.5 * spread)
        return np.asarray((math.exp(spread**2) * below + age**2 * survival(law, age)) / 2.0)
    if law.name == "gamma":
        shape = law.shape[0] ** -2.0
        below = (1.0 + 1.0 / shape) * special.gammainc(shape + 2.0, age * shape)
        return np.asarray((below + age**2 * survival(law, age)) / 2.0)
    if law.name == "weibull":
        log_scale = _weibull_log_scale(law)
        with np.errstate(divide="ignore", over="ignore"):
            hazard = np.exp(law.shape[0] * (np.log(age) - log_scale))
        half = math.exp(2.0 * log_scale + math.lgamma(1.0 + 2.0 / law.shape[0])) / 2.0
        return np.asarray(half * special.gammainc(2.0 / law.shape[0], hazard))
    if law.name == "uniform":
        low = law.shape[0]
        inside = np.clip(age, low, 1.0)
        falling = (inside**2 - low**2) / 2.0 - (inside**3 - low**3) / 3.0
        return np.minimum(age, low) ** 2 / 2.0 + falling / (1.0 - low)
    return _sample_moment(law, age, 2) / 2.0


def _along_a_line(law: Standard, frequency: float) -> complex:
    """1 - E[e^(-i frequency S)] for lognormal and Weibull laws, whose logarithm has an analytic density."""
    if law.name == "lognormal":
        spread = _log_spread(law)
        step = CONTOUR_STEP
        line = _steps(-14.0, 14.0, step) - 1j * min(1.0, math.pi / 2.0 / spread)
        weights = np.exp(-(line**2) / 2.0) * step / math.sqrt(2.0 * math.pi)
        duration = np.exp(spread * line - spread**2 / 2.0)
    else:
        shape = law.shape[0]
        step = CONTOUR_STEP * min(1.0, shape)
        line = _steps(-45.0, 4.5, step) - 1j * min(math.pi / 4.0, shape * math.pi / 2.0)
        weights = np.exp(line - np.exp(line)) * step
        duration = np.exp(line / shape + _weibull_log_scale(law))
    return complex(-np.sum(weights * np.expm1(-1j * frequency * duration)))


def _steps(low: float, high: float, step: float) -> Vector:
    """The multiples of a step between two bounds; `np.arange` of fractions would round the step itself."""
    return np.asarray(step * np.arange(round(low / step), round(high / step)))


def _sample_moment(law: Standard, age: Vector, power: int) -> Vector:
    """E[min(S, age)^power] of a recorded sample or a constant."""
    sample = _sample(law)
    sums = np.concatenate([[0.0], np.cumsum(sample**power)])
    below = np.searchsorted(sample, age, side="right")
    return np.asarray((sums[below] + (sample.size - below) * age**power) / sample.size)


def _sample(law: Standard) -> Vector:
    """The sorted values of a recorded sample; a constant is a sample of one."""
    return np.asarray(law.shape if law.name == "sample" else (1.0,))


def _kinds(law: Standard) -> list[tuple[float, float]]:
    """Share and mean of each exponential kind in a mixture."""
    half = len(law.shape) // 2
    return list(zip(law.shape[:half], law.shape[half:], strict=True))


def _log_spread(law: Standard) -> float:
    """Standard deviation of the logarithm of a lognormal duration."""
    return math.sqrt(math.log1p(law.shape[0] ** 2))


def _weibull_log_scale(law: Standard) -> float:
    """Logarithm of the scale that gives a Weibull law the mean 1."""
    return -math.lgamma(1.0 + 1.0 / law.shape[0])
