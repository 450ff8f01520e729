"""The least agents that meet targets, many queues in step: whole by exact evaluation, fractional by root finding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Rows = NDArray[np.intp]
Margin = Callable[[Rows, Vector], Vector]
"""By how much so many agents meet a target in the given queues: at least 0 where they do, NaN without a meaning."""
Met = Callable[[Rows, Vector], NDArray[np.bool_]]

SLACK = 1e-12  # a target that is missed by rounding alone is met, as in `search`
ROOT_WIDTH = 1e-11


def least_agents(margins: dict[str, Margin], load: Vector, needed: Vector) -> tuple[Vector, Vector, NDArray[np.str_]]:
    """Whole and fractional requirement of each queue, and the target with the greatest fractional one of its own.

    `load` (m,) in erlang, above 0; `needed` (m,): agents that must be exceeded for stability, 0: any number is stable.
    """
    first = np.maximum(1.0, np.where(needed > 0.0, np.floor(needed) + 1.0, 1.0))
    least, settled = first, False
    while not settled:  # targets that are not monotone may push one another upwards
        before = least
        for margin in margins.values():
            least = least_whole(_met(margin), least, load)
        settled = bool((least == before).all())
    most = np.where(needed > 0.0, needed, -1.0)
    binding = np.full(load.size, "stability", dtype="<U32")
    for name, margin in margins.items():
        met, own = _met(margin), least.copy()
        loose = np.flatnonzero(met(np.arange(load.size), least - 1.0))
        own[loose] = least_whole(_among(loose, met), np.ones(loose.size), load[loose])
        real = least_real(margin, own)
        most, binding = np.maximum(most, real), np.where(real > most, name, binding)
    return least, most, binding


def least_whole(met: Met, start: Vector, load: Vector) -> Vector:
    """The least whole number >= start that meets the target.

    Ratios to the answered, or to those who stay, may be good with hardly any agents, worse with a few and good again
    with many. The start is therefore tried first; above it the last change from missed to met is looked for, outwards
    from the load.
    """
    every = np.arange(start.size)
    missed, found = start.copy(), np.where(met(every, start), start, np.inf)
    at = np.maximum(start + 1.0, np.floor(load))
    step = np.maximum(1.0, np.floor(np.sqrt(load) / 4.0))
    while (rows := every[np.isinf(found)]).size:  # upwards until the target is met
        good = met(rows, at[rows])
        found[rows[good]] = at[rows[good]]
        rows = rows[~good]
        missed[rows] = at[rows]
        at[rows] += step[rows]
        step[rows] *= 2.0
    while (rows := every[(missed == start) & (found - start > 1.0)]).size:  # downwards until it is missed
        at[rows] = np.maximum(start[rows] + 1.0, found[rows] - step[rows])
        good = met(rows, at[rows])
        found[rows[good]] = at[rows[good]]
        step[rows] *= 2.0
        missed[rows[~good]] = at[rows[~good]]
    while (rows := every[found - missed > 1.0]).size:
        at[rows] = np.floor(0.5 * (missed[rows] + found[rows]))
        good = met(rows, at[rows])
        found[rows[good]] = at[rows[good]]
        missed[rows[~good]] = at[rows[~good]]
    return found


def least_real(margin: Margin, whole: Vector) -> Vector:
    """The least real number in (whole - 1, whole] that meets the target, by the Illinois form of false position.

    Murray Dowell and Peter Jarratt, "A modified regula falsi method for computing the root of an equation" (1971).
    """
    every = np.arange(whole.size)
    low, high = whole - 1.0, whole.copy()
    below, above = _finite(margin(every, low)), _finite(margin(every, high))
    low = np.where(above <= 0.0, high, low)  # met by rounding alone
    high = np.where(below >= 0.0, low, high)
    width = ROOT_WIDTH * np.maximum(1.0, whole)
    last = np.zeros(whole.size)
    while (rows := every[high - low > width]).size:
        x = high[rows] - (high[rows] - low[rows]) * above[rows] / (above[rows] - below[rows])
        x = np.clip(x, low[rows] + 0.4 * width[rows], high[rows] - 0.4 * width[rows])
        value = _finite(margin(rows, x))
        up, down = rows[value >= 0.0], rows[value < 0.0]
        high[up], above[up] = x[value >= 0.0], value[value >= 0.0]
        low[down], below[down] = x[value < 0.0], value[value < 0.0]
        below[up[last[up] > 0.0]] /= 2.0  # an end that stays twice loses half its height, so that it moves too
        above[down[last[down] < 0.0]] /= 2.0
        last[up], last[down] = 1.0, -1.0
    return high


def _finite(margins: Vector) -> Vector:
    """Margins between -1 and 1: far from a root only their sign counts."""
    return np.asarray(np.clip(np.nan_to_num(margins, nan=-1.0), -1.0, 1.0))


def _met(margin: Margin) -> Met:
    return lambda rows, agents: np.asarray(margin(rows, agents) >= -SLACK)


def _among(queues: Rows, met: Met) -> Met:
    """The same question, asked about some of the queues by their place among them."""
    return lambda rows, agents: met(queues[rows], agents)
