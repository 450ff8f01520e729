"""The least agents that meet targets, for arrays of queues: side by side where that is exact, by `search` elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wfm.queueing.results import DEFINITIONS, TARGETS, UNREACHABLE, Requirement, unwrapped

Whole = int | NDArray[np.int64]

FEW = 100  # queues: fewer are answered before they are told apart
OF_OFFERED = list(DEFINITIONS).index("answered_of_offered")


class Problem(NamedTuple):
    """Queues and the targets that are asked of them."""

    system: NDArray[np.float64]
    """(m, 6), as in `kernels.all_figures`."""
    limits: NDArray[np.float64]
    """(m, 6), or (1, 6) where all ask the same, a column for each target of `search`; NaN: not asked."""
    definition: str
    """The service level's definition."""
    shape: tuple[int, ...]
    """The shape of the answer, of m elements."""


def least_whole(problem: Problem) -> Whole:
    """The least whole agents of each queue; UNREACHABLE where no number is enough."""
    definition = list(DEFINITIONS).index(problem.definition)
    whole = _side_by_side(problem.system, problem.limits, definition)
    if np.isnan(whole).any():
        from wfm.queueing.erlang.search import all_whole

        all_whole(problem.system, problem.limits, definition, whole)
    return _integers(whole.reshape(problem.shape))


def least(problem: Problem) -> Requirement:
    """The least whole and the least real agents of each queue, and the target that binds."""
    from wfm.queueing.erlang.search import all_requirements

    shape = problem.shape
    system, limits, place = _apart(problem.system, problem.limits)
    definition = list(DEFINITIONS).index(problem.definition)
    whole = np.empty(system.shape[0])
    fractional, binding = np.empty(whole.size), np.empty(whole.size, dtype=np.int64)
    all_requirements(system, limits, definition, whole, fractional, binding)
    names = np.array([*TARGETS, "none"])[binding[place]].reshape(shape)
    return Requirement(
        whole=_integers(whole[place].reshape(shape)),
        fractional=unwrapped(fractional[place].reshape(shape)),
        binding=names if shape else str(names),
    )


def _apart(
    system: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64] | slice]:
    """The queues that differ, their limits, and which of them each queue is: Tuesday is often as Wednesday."""
    if len(system) < FEW:
        return system, limits, slice(None)
    each = np.broadcast_to(limits, system.shape)
    rows = np.hstack([system, each]).view(np.int64)  # bit by bit, as NaN is no limit and equals itself
    _, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return system[first], each[first], place.ravel()


def _side_by_side(system: NDArray[np.float64], limits: NDArray[np.float64], definition: int) -> NDArray[np.float64]:
    """What the lanes find (m,), NaN where `search` must decide."""
    from wfm.queueing.erlang import endless_lanes

    whole = np.empty(system.shape[0])
    order = np.empty(whole.size, dtype=np.int64)
    endless_lanes.in_order_of_load(system, order)
    endless_lanes.least_agents(system, limits, order, whole)
    if (system[:, 1] > 0.0).any():
        from wfm.queueing.erlang import patient_lanes

        patient_lanes.least_agents(system, limits, definition == OF_OFFERED, order, whole)
    return whole


def _integers(whole: NDArray[np.float64]) -> Whole:
    """Whole numbers as int64, or an int for a single one; UNREACHABLE where infinite."""
    reached = np.isfinite(whole)
    found = np.where(reached, np.where(reached, whole, 0.0).astype(np.int64), UNREACHABLE)
    return found if whole.shape else int(found)
