"""How busy days are, as a few weighed cases: Gauss's quadrature for the law of the day factor.

What a day brings is a smooth function of how busy it is, so that a few well-placed factors stand for the whole law:
m of them are exact for every polynomial of degree 2 m - 1. The rule is that of the law itself, found from its quantile
function by Lanczos's recursion (Gene Golub and John Welsch, "Calculation of Gauss quadrature rules", 1969).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wfm.model.laws import Law
from wfm.simulation.quantiles import QUANTILES

Rule = tuple[np.ndarray, np.ndarray]

OCTAVES, PER_OCTAVE = 52, 8  # the quantile function is read at so many points towards each end


def quadrature(laws: Sequence[Law], size: int) -> Rule:
    """Factors and weights, float64[at most size], of the product of independent day factors (of mean 1).

    >>> import wfm
    >>> factors, weights = quadrature([wfm.Gamma(cv=0.1)], 5)
    >>> round(weights @ factors, 12), round(weights @ factors**2, 12)
    (np.float64(1.0), np.float64(1.01))
    """
    factors, weights = np.ones(1), np.ones(1)
    for law in laws:
        more, more_weights = _gauss(*_points(law), size)
        factors, weights = np.outer(factors, more).ravel(), np.outer(weights, more_weights).ravel()
    return _gauss(factors, weights, size)


def _points(law: Law) -> Rule:
    """A law as many weighed points: a sample as it is, any other law by its quantile function towards both ends."""
    standard, scale, at_zero = law.standard_by_interval(1)[0], law.scale_by_interval(1)[0], np.ravel(law.at_zero)[0]
    if standard.name == "sample":
        points, weights = np.array(standard.shape), np.full(len(standard.shape), 1 / len(standard.shape))
    elif standard.name == "weighted sample":
        points, weights = np.array(standard.shape).reshape(2, -1)
    elif standard.name == "deterministic":
        points, weights = np.ones(1), np.ones(1)
    else:
        nodes, node_weights = np.polynomial.legendre.leggauss(PER_OCTAVE)
        octaves = np.ldexp(0.5, -np.arange(1, OCTAVES + 1))
        tail = (octaves[:, None] * (1 + (nodes + 1) / 2)).ravel()
        tail_weights = (octaves[:, None] * node_weights / 2).ravel()
        lower, upper = QUANTILES[standard.name](*standard.shape)
        points, weights = np.concatenate([lower(tail), upper(tail)]), np.concatenate([tail_weights, tail_weights])
    points, weights = scale * points, weights / weights.sum() * (1 - at_zero)
    return (np.append(points, 0.0), np.append(weights, at_zero)) if at_zero > 0 else (points, weights)


def _gauss(points: np.ndarray, weights: np.ndarray, size: int) -> Rule:
    """Gauss's rule of a law that is given by weighed points; the points themselves where there are no more of them."""
    points, place = np.unique(points, return_inverse=True)
    weights = np.bincount(place.ravel(), weights)
    if len(points) <= size:
        return points, weights / weights.sum()
    basis = np.zeros((size + 1, len(points)))
    basis[0] = np.sqrt(weights / weights.sum())
    diagonal, beside = np.zeros(size), np.zeros(size)
    for k in range(size):
        direction = points * basis[k]
        diagonal[k] = direction @ basis[k]
        for _ in range(2):  # twice, so that rounding does not tilt the basis
            direction -= (basis[: k + 1] @ direction) @ basis[: k + 1]
        beside[k] = np.linalg.norm(direction)
        basis[k + 1] = direction / beside[k]
    inner = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    factors, vectors = np.linalg.eigh(inner)
    return factors, vectors[0] ** 2
