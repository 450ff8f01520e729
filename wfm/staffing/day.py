"""Targets kept over each day: agents go to the intervals where they win most.

Each interval's part of what a limit lacks is a curve in its agents; agents are added along the lower convex hulls of
these curves, steepest first, which is the cheapest order but for less than one piece at the end (Everett, "Generalized
Lagrange multiplier method", 1963). An occupancy limit holds in every interval, and so does stability in Erlang C.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from wfm.errors import InputError, fault
from wfm.formulas.stationary import Formula, Queue, expected_counts
from wfm.measures.definitions import COLUMNS
from wfm.model.center import Target
from wfm.staffing.limits import LIMITS, required


def required_over_days(
    queue: Queue, days: np.ndarray, formula: Formula, limits: dict[str, float], target: Target
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole and fractional agents and the binding limit of each interval.

    A fraction of an agent has no place in this search: the fractional requirement is the whole one.
    """
    agents, binding = _least(queue, formula, limits, target)
    kept_over_day = [name for name in LIMITS if name in limits and (name, formula) != ("max_abandonment", "erlang-c")]
    for day in np.unique(days):
        chosen = np.flatnonzero((days == day) & (queue.volume > 0))
        for limit in kept_over_day if chosen.size else ():
            _add_until_kept(queue, formula, limit, limits[limit], target, chosen, agents, binding)
    return agents, agents.astype(np.float64), binding


def _least(queue: Queue, formula: Formula, limits: dict[str, float], target: Target) -> tuple[np.ndarray, np.ndarray]:
    """What every interval needs by itself: an agent, a stable queue in Erlang C, the occupancy limit."""
    load = queue.volume * queue.handling_time / queue.interval
    agents = np.where(load > 0, np.floor(load) + 1 if formula == "erlang-c" else 1, 0).astype(np.int64)
    binding = np.full(len(load), "stability" if formula == "erlang-c" else "none", dtype="<U32")
    if "max_occupancy" in limits:
        busy = queue.volume > 0
        capped = np.zeros(len(load), np.int64)
        capped[busy] = required(queue.erlang(formula, busy), {"max_occupancy": limits["max_occupancy"]}, target).whole
        binding[capped >= agents] = "max_occupancy"
        agents = np.maximum(agents, capped)
    return agents, binding


def _add_until_kept(
    queue: Queue, formula: Formula, limit: str, bound: float, target: Target,
    chosen: np.ndarray, agents: np.ndarray, binding: np.ndarray,
) -> None:  # fmt: skip
    """Add agents to the chosen intervals, most useful first, until their sum keeps the limit.

    Changes agents and binding in place.
    """
    curves = [_curve(queue, formula, limit, bound, target, i, agents[i]) for i in chosen]
    added = np.zeros(len(chosen), np.int64)
    lacking = sum(float(curve[0]) for curve in curves)
    tolerance = 1e-12 * float(queue.volume[chosen].sum())
    pieces = [(slope, j, steps) for j, curve in enumerate(curves) for slope, steps in _hull(curve)]
    for _, j, steps in sorted(pieces):
        for _ in range(steps):
            if lacking <= tolerance:
                break
            lacking += float(curves[j][added[j] + 1] - curves[j][added[j]])
            added[j] += 1
    if lacking > tolerance:
        raise InputError([fault(f"target.{limit}", "cannot be kept over the day with any number of agents", bound)])
    # The last piece may have been taken in part: whoever is not needed goes.
    for j in np.argsort([curves[j][max(added[j] - 1, 0)] - curves[j][added[j]] for j in range(len(chosen))]):
        while added[j] > 0 and lacking + float(curves[j][added[j] - 1] - curves[j][added[j]]) <= tolerance:
            lacking += float(curves[j][added[j] - 1] - curves[j][added[j]])
            added[j] -= 1
    agents[chosen] += added
    binding[chosen[added > 0]] = limit


def _curve(
    queue: Queue, formula: Formula, limit: str, bound: float, target: Target, interval: int, fewest: int
) -> np.ndarray:
    """What one interval adds to the lack, with its fewest agents and each one more."""
    load = queue.volume[interval] * queue.handling_time[interval] / queue.interval
    most = int(max(fewest, np.ceil(load)) + 8 * np.sqrt(load) + 16)
    agents = np.arange(fewest, most + 1)
    here = np.full(len(agents), interval)
    return _shortfall(limit, bound, expected_counts(queue, formula, target, agents, here))


def _hull(curve: np.ndarray) -> list[tuple[float, int]]:
    """The falling pieces of the curve's lower convex hull, as (slope, agents): the best order to add them in.

    An Erlang A service level rises slowly, then fast, then slowly: judged agent by agent, an interval far below its
    load would never be helped.
    """
    corners = [0]
    for n in range(1, len(curve)):
        while len(corners) > 1 and _slope(curve, corners[-2], corners[-1]) >= _slope(curve, corners[-1], n):
            corners.pop()
        corners.append(n)
    pieces = [(_slope(curve, low, high), high - low) for low, high in pairwise(corners)]
    return [(slope, steps) for slope, steps in pieces if slope < 0]


def _slope(curve: np.ndarray, low: int, high: int) -> float:
    return float(curve[high] - curve[low]) / (high - low)


def _shortfall(limit: str, bound: float, counts: np.ndarray) -> np.ndarray:
    """What each interval adds to the lack, in contacts or seconds of waiting; the limit is kept when their sum <= 0."""
    column = dict(zip(COLUMNS, counts.T, strict=True))
    if limit == "service_level":
        return np.asarray(bound * column["promise_of"] - column["promise_kept"])
    if limit == "max_abandonment":
        return np.asarray(column["abandoned"] - bound * column["offered"])
    return np.asarray(column["wait_of_answered"] - bound * column["answered"])
