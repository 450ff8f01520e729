"""The least whole numbers of agents that are enough, for many queues side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wfm.queueing.results import UNREACHABLE


def least_whole_of_each(
    enough: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    start: NDArray[np.float64],
    most: NDArray[np.float64] | float = 1e9,
) -> NDArray[np.int64]:
    """The least whole agents >= 1 for which `enough` holds, UNREACHABLE where `most` are too few.

    `enough` answers for one number of agents per queue (the shape of `start`) and must hold for every number above the
    least. `start` is where to look first; steps grow from there until the change is enclosed, then halve.

    >>> least_whole_of_each(lambda agents: agents**2 >= np.array([2.0, 100.0]), start=np.array([3.0, 3.0]))
    array([ 2, 10])
    """
    most = np.maximum(1.0, np.broadcast_to(np.asarray(most, dtype=np.float64), start.shape))
    missed = np.zeros(start.shape)
    met = np.full(start.shape, np.inf)
    at = np.clip(np.floor(start), 1.0, most)
    step = np.maximum(1.0, np.floor(np.sqrt(at) / 2.0))
    while True:
        good = enough(at)
        met = np.where(good, np.minimum(met, at), met)
        missed = np.where(good, missed, np.maximum(missed, at))
        searching = (met - missed > 1.0) & (missed < most)
        if not searching.any():
            break
        outwards = np.where(good, np.maximum(at - step, 1.0), np.minimum(at + step, most))
        enclosed = np.isfinite(met) & (missed > 0.0)
        between = np.floor((missed + np.where(enclosed, met, missed)) / 2.0)
        at = np.where(searching, np.where(enclosed, between, outwards), at)
        step = np.where(enclosed, step, 2.0 * step)
    reached = np.isfinite(met)
    return np.where(reached, np.where(reached, met, 0.0).astype(np.int64), UNREACHABLE)
