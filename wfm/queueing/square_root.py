"""Square-root staffing: how a large centre's waits depend on the spare agents, counted in square roots of the load.

Limits for many agents, each with one line of arithmetic. They are starting points and sanity checks, never the answer:
the exact figures of `ErlangC` and `ErlangA` cost next to nothing.

    beta        spare agents (agents - load) / sqrt(load)
    impatience  handling time / mean patience
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.inputs import NOT_NEGATIVE, OPEN_SHARE, POSITIVE, POSITIVE_SHARE, Rule, broadcast, checked
from wfm.queueing.results import Figure, unwrapped

Vector = NDArray[np.float64]
FINITE: Rule = ("must be a finite number", np.isfinite)
WIDEST = 40.0  # beyond so many square roots a normal tail is no double
SERIES = 100.0  # from here on the normal hazard less its argument is a series


@dataclass(frozen=True, eq=False)
class ManyAgents:
    """What a queue with patience tends to as it grows; floats or arrays."""

    wait_probability: Figure
    """Fraction that finds every agent busy."""
    scaled_abandonment: Figure
    """Fraction of those who wait that abandons, times the square root of the agents."""


def halfin_whitt(beta: ArrayLike) -> Figure:
    """The wait probability of Erlang C with beta square roots of spare agents, for many agents; 1 where beta <= 0.

    A starting point, never the answer. `beta` any finite number. Source: Shlomo Halfin and Ward Whitt, "Heavy-traffic
    limits for queues with many exponential servers" (1981).

    >>> round(halfin_whitt(0.5), 4)
    0.5045
    """
    return unwrapped(_endless(checked({"beta": (beta, FINITE)})["beta"]))


def garnett(beta: ArrayLike, impatience: ArrayLike) -> ManyAgents:
    """The wait probability and abandonment of Erlang A with beta square roots of spare agents, for many agents.

    A starting point, never the answer. `beta` any finite number, negative where the load is above the agents;
    `impatience` handling time / mean patience, > 0; they broadcast. Abandonment is about wait_probability x
    scaled_abandonment / sqrt(agents). Source: Ofer Garnett, Avishai Mandelbaum and Martin Reiman, "Designing a call
    center with impatient customers" (2002).

    >>> limit = garnett(beta=[-0.5, 1.0], impatience=[0.5, 2.0])
    >>> limit.wait_probability.round(4), limit.scaled_abandonment.round(4)
    (array([0.7979, 0.1356]), array([0.789 , 0.8327]))
    """
    given = broadcast(checked({"beta": (beta, FINITE), "impatience": (impatience, POSITIVE)}))
    root = np.sqrt(given["impatience"])
    return ManyAgents(
        wait_probability=unwrapped(_impatient(given["beta"], root)),
        scaled_abandonment=unwrapped(root * _hazard_above(given["beta"] / root)),
    )


def halfin_whitt_beta(wait_probability: ArrayLike) -> Figure:
    """The beta at which `halfin_whitt` gives this wait probability, 0 < wait_probability < 1.

    >>> round(halfin_whitt_beta(0.2), 4)
    1.0615
    """
    wanted = checked({"wait_probability": (wait_probability, OPEN_SHARE)})["wait_probability"]
    return unwrapped(_falls_to(wanted, _endless, np.zeros_like(wanted)))


def garnett_beta(wait_probability: ArrayLike, impatience: ArrayLike) -> Figure:
    """The beta at which `garnett` gives this wait probability, 0 < wait_probability < 1; impatience > 0.

    >>> round(garnett_beta(0.2, impatience=2.0), 4)
    0.7153
    """
    asked = {"wait_probability": (wait_probability, OPEN_SHARE), "impatience": (impatience, POSITIVE)}
    given = broadcast(checked(asked))
    root = np.sqrt(given["impatience"])
    lowest = -WIDEST * np.maximum(1.0, root)
    return unwrapped(_falls_to(given["wait_probability"], lambda beta: _impatient(beta, root), lowest))


def square_root_staffing(offered_load: ArrayLike, beta: ArrayLike) -> Figure:
    """load + beta sqrt(load) agents, a real number and never below 0.

    A starting point, never the answer. `offered_load` [erlang, >= 0]; they broadcast. Source: Sem Borst, Avishai
    Mandelbaum and Martin Reiman, "Dimensioning large call centers" (2004).

    >>> square_root_staffing(offered_load=100, beta=1.5)
    115.0
    """
    given = broadcast(checked({"offered_load": (offered_load, NOT_NEGATIVE), "beta": (beta, FINITE)}))
    load = given["offered_load"]
    return unwrapped(np.maximum(0.0, load + given["beta"] * np.sqrt(load)))


def efficiency_driven_staffing(offered_load: ArrayLike, abandonment: ArrayLike) -> Figure:
    """(1 - abandonment) x load agents, a real number: who is not answered needs no agent.

    A starting point, never the answer, for large centres that let a clear share abandon, 0 < abandonment <= 1.
    `offered_load` [erlang, >= 0]; they broadcast. Source: Ward Whitt, "Efficiency-driven heavy-traffic approximations
    for many-server queues with abandonments" (2004).

    >>> efficiency_driven_staffing(offered_load=200, abandonment=0.1)
    180.0
    """
    asked = {"offered_load": (offered_load, NOT_NEGATIVE), "abandonment": (abandonment, POSITIVE_SHARE)}
    given = broadcast(checked(asked))
    return unwrapped(given["offered_load"] * (1.0 - given["abandonment"]))


def _endless(beta: Vector) -> Vector:
    """Wait probability without patience: 1 / (1 + beta / hazard(-beta))."""
    spare = np.maximum(beta, 0.0)
    with np.errstate(over="ignore", divide="ignore"):
        return np.where(beta > 0.0, 1.0 / (1.0 + spare / _hazard(-spare)), 1.0)


def _impatient(beta: Vector, root: Vector) -> Vector:
    """Wait probability with patience; `root` is the square root of the impatience."""
    with np.errstate(over="ignore", divide="ignore"):
        return np.asarray(1.0 / (1.0 + root * _hazard(beta / root) / _hazard(-beta)))


def _hazard(x: Vector) -> Vector:
    """Density over tail of the normal law, without a difference that could cancel."""
    from scipy.special import erfcx

    with np.errstate(over="ignore"):
        return np.asarray(math.sqrt(2.0 / math.pi) / erfcx(x / math.sqrt(2.0)))


def _hazard_above(x: Vector) -> Vector:
    """hazard(x) - x, by its asymptotic series where the difference would lose digits."""
    far = x > SERIES
    inverse = 1.0 / np.where(far, x, SERIES)
    square = inverse**2
    series = inverse * (1.0 - square * (2.0 - square * (10.0 - square * 74.0)))
    return np.where(far, series, _hazard(x) - x)


def _falls_to(wanted: Vector, falling: Callable[[Vector], Vector], lowest: Vector) -> Vector:
    """Where a falling function of beta reaches the wanted values, by halving [lowest, WIDEST] to the last digit."""
    low, high = np.array(lowest, dtype=np.float64), np.full_like(lowest, WIDEST)
    for _ in range(200):
        middle = (low + high) / 2.0
        above = falling(middle) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2.0
