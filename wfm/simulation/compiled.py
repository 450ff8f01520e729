"""The compiled engine: whole replications in Numba, equal to the reference engine bit for bit."""

from __future__ import annotations

import numpy as np

from wfm.jit import kernel
from wfm.measures.counts import COUNTS, TIMES
from wfm.simulation.days import day_factors, replication_key, staffing
from wfm.simulation.events import run_coupled
from wfm.simulation.ledger import FULL, Log, empty_log
from wfm.simulation.lowering import NO_LIMIT, World
from wfm.simulation.recursion import run_queue


@kernel
def run_by_recursion(world, seed, first, counts, times, log):  # type: ignore[no-untyped-def]
    """Replications first, first + 1, ... into counts[replication, type, ...]; queues that share nothing."""
    types, intervals = world.volume.shape
    levels, factors = np.empty((types, intervals + 1), np.int64), np.empty((types, world.day[-1] + 1))
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        key = replication_key(seed, first + r)
        day_factors(world, key, factors)
        staffing(world, key, levels)
        for k in range(types):
            logged = run_queue(world, k, key, levels[k], factors[k], counts[r, k], times[r, k], log, logged)
            if logged < 0:
                return logged
    return logged


@kernel
def run_by_events(world, seed, first, counts, times, log):  # type: ignore[no-untyped-def]
    """The same for queues that share lines."""
    types, intervals = world.volume.shape
    levels, factors = np.empty((types, intervals + 1), np.int64), np.empty((types, world.day[-1] + 1))
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        key = replication_key(seed, first + r)
        day_factors(world, key, factors)
        staffing(world, key, levels)
        logged = run_coupled(world, key, levels, factors, counts[r], times[r], log)
        if logged < 0:
            return logged
    return logged


def kernel_for(world: World):  # type: ignore[no-untyped-def]
    """Lines couple the queues; without them each runs alone and faster."""
    return run_by_recursion if world.lines == NO_LIMIT else run_by_events


def run(world: World, seed: int, first: int, replications: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts int64[replications, types, intervals, COUNTS] and times int64[replications, types, intervals + 1, TIMES].

    Waits and times are in microseconds.
    """
    counts, times = _empty(world, replications)
    kernel_for(world)(world, seed, first, counts, times, empty_log(0))
    return counts, times


def run_logged(world: World, seed: int, replication: int) -> tuple[np.ndarray, np.ndarray, Log]:
    """One replication with its contact log, in order of arrival."""
    size = int(2 * world.volume.sum()) + 1000
    while True:
        counts, times = _empty(world, 1)
        log = empty_log(size)
        logged = kernel_for(world)(world, seed, replication, counts, times, log)
        if logged != FULL:
            break
        size *= 2
    rows = [column[:logged] for column in log]
    order = np.argsort(rows[Log._fields.index("arrival")], kind="stable")
    return counts[0], times[0], Log(*(column[order] for column in rows))


def _empty(world: World, replications: int) -> tuple[np.ndarray, np.ndarray]:
    types, intervals = world.volume.shape
    return (
        np.zeros((replications, types, intervals, len(COUNTS)), np.int64),
        np.zeros((replications, types, intervals + 1, len(TIMES)), np.int64),
    )
