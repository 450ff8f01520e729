"""The compiled engine: whole replications in Numba, equal to the reference engine bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wfm.jit import kernel
from wfm.simulation.booking import close_page, new_page
from wfm.simulation.days import day_factors, replication_key, staffing
from wfm.simulation.events import run_coupled
from wfm.simulation.ledger import FULL, Books, Log, empty_books, empty_log
from wfm.simulation.lowering import World, needs_events  # noqa: F401
from wfm.simulation.recursion import run_queue


@kernel
def run_by_recursion(world, seed, first, counts, times, waits, log):  # type: ignore[no-untyped-def]
    """Replications first, first + 1, ... into counts[replication, type, ...]; queues that share nothing."""
    types, groups = world.routes.after.shape
    levels, factors = np.empty((groups, world.day.size + 1), np.int64), np.empty((types, world.day[-1] + 1))
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        key = replication_key(seed, first + r)
        day_factors(world, seed, first + r, key, factors)
        staffing(world, key, levels)
        page = new_page(counts[r], waits[r], log)
        for k in range(types):
            g = world.routes.choices[k, 0]
            logged = run_queue(world, k, g, key, levels[g], factors[k], page, times[r, g], logged)
            if logged < 0:
                return logged
        close_page(world, page)
    return logged


@kernel
def run_by_events(world, seed, first, counts, times, waits, log):  # type: ignore[no-untyped-def]
    """The same for queues that share agents or lines, and for delays and reserves."""
    types, groups = world.routes.after.shape
    levels, factors = np.empty((groups, world.day.size + 1), np.int64), np.empty((types, world.day[-1] + 1))
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        key = replication_key(seed, first + r)
        day_factors(world, seed, first + r, key, factors)
        staffing(world, key, levels)
        logged = run_coupled(world, key, levels, factors, counts[r], times[r], waits[r], log)
        if logged < 0:
            return logged
    return logged


def kernel_for(world: World) -> Callable[..., Any]:
    """The kernel that runs a lowered centre."""
    return run_by_events if world.is_coupled else run_by_recursion


def run(world: World, seed: int, first: int, replications: int, percentiles: bool = True) -> Books:
    """Run successive replications.

    Args:
        first: number of the first replication, from 0.
        percentiles: whether to count answered contacts by their wait.
    """
    books = empty_books(world, replications, percentiles=percentiles)
    kernel_for(world)(world, seed, first, *books, empty_log(0))
    return books


def run_logged(world: World, seed: int, replication: int) -> tuple[Books, Log]:
    """One replication with its contact log, in order of arrival."""
    size = int(2 * world.volume.sum()) + 1000
    while True:
        books, log = empty_books(world, 1, percentiles=True), empty_log(size)
        logged = kernel_for(world)(world, seed, replication, *books, log)
        if logged != FULL:
            break
        size *= 2
    rows = [column[:logged] for column in log]
    order = np.argsort(rows[Log._fields.index("arrival")], kind="stable")
    return books, Log(*(column[order] for column in rows))
