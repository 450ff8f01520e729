"""The compiled engine: whole replications in Numba, equal to the reference engine bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wfm.jit import kernel
from wfm.simulation.booking import close_page, new_page
from wfm.simulation.days import day_factors, replication_key, staffing
from wfm.simulation.events import NO_ROOM, empty_state, run_by_events
from wfm.simulation.ledger import Books, Log, empty_books, empty_log
from wfm.simulation.lowering import World, needs_events  # noqa: F401
from wfm.simulation.recursion import run_queue


@kernel
def run_by_recursion(world, seed, first, counts, times, waits, log):  # type: ignore[no-untyped-def]
    """Replications first, first + 1, ... into counts[replication, type, ...]; queues that share nothing."""
    types, groups = world.routes.after.shape
    levels, factors = np.empty((groups, world.day.size + 1), np.int64), np.empty((types, world.day[-1] + 1))
    queue, queue_edges = np.empty((types, world.day.size + 1), np.int64), np.empty((types, world.day.size + 1), np.int64)
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        key = replication_key(seed, first + r)
        day_factors(world, seed, first + r, key, factors)
        staffing(world, key, levels)
        page = new_page(counts[r], waits[r], log, queue, queue_edges)
        for k in range(types):
            g = world.routes.choices[k, 0]
            logged = run_queue(world, k, g, key, levels[g], factors[k], page, times[r, g], logged)
            if logged < 0:
                return logged
        close_page(world, page)
    return logged


ROOM = 1024  # contacts that wait, and that arrive in one interval, to begin with


def run(world: World, seed: int, first: int, replications: int, percentiles: bool = True) -> Books:
    """Run successive replications.

    Args:
        first: number of the first replication, from 0.
        percentiles: whether to count answered contacts by their wait.
    """
    return _run(world, seed, first, replications, 0, percentiles=percentiles)[0]


def run_logged(world: World, seed: int, replication: int) -> tuple[Books, Log]:
    """One replication with its contact log, in order of arrival."""
    books, rows = _run(world, seed, replication, 1, int(2 * world.volume.sum()) + 1000)
    order = np.argsort(rows.arrival, kind="stable")
    return books, Log(*(column[order] for column in rows))


def _run(
    world: World, seed: int, first: int, replications: int, rows: int, *, percentiles: bool = True
) -> tuple[Books, Log]:
    """A run, again with more room as long as there is too little; keys make it the same run."""
    room = ROOM
    while True:
        books, log = empty_books(world, replications, percentiles=percentiles), empty_log(rows)
        if world.is_coupled:
            logged = run_by_events(world, seed, first, *books, log, empty_state(world, room))
        else:
            logged = run_by_recursion(world, seed, first, *books, log)
        if logged >= 0:
            return books, Log(*(column[:logged] for column in log))
        room, rows = (2 * room, rows) if logged == NO_ROOM else (room, 2 * rows)
