"""The compiled engine: whole replications in Numba, equal to the reference engine bit for bit."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from wfm.simulation import events, recursion
from wfm.simulation.ledger import NO_ROOM, Books, Log, empty_books, empty_log
from wfm.simulation.lowering import World

ROOM = 1024  # contacts that wait, and that arrive in one interval, to begin with


def run(
    world: World,
    seed: int,
    first: int,
    replications: int,
    percentiles: bool = True,
    kept: threading.local | None = None,
) -> Books:
    """Run successive replications.

    Args:
        first: number of the first replication, from 0.
        percentiles: whether to count answered contacts by their wait.
        kept: where a thread keeps what a kernel needs while it works, for further runs of the same world.
    """
    books = empty_books(world, replications, percentiles=percentiles)
    _fill(world, seed, first, books, empty_log(0), kept or threading.local())
    return books


def run_logged(world: World, seed: int, replication: int) -> tuple[Books, Log]:
    """One replication with its contact log, in order of arrival."""
    books = empty_books(world, 1, percentiles=True)
    log = next(logs(world, seed, replication, books))
    order = np.argsort(log.arrival, kind="stable")
    return books, Log(*(column[order] for column in log))


def logs(world: World, seed: int, first: int, books: Books) -> Iterator[Log]:
    """Fill the books, and give the log of each of their replications, which holds until the next one is asked for.

    Its rows are in order of arrival within each contact type, and in all where `world.is_coupled`.
    """
    log, kept = empty_log(int(1.5 * world.volume.sum()) + 1000), threading.local()
    for r in range(len(books.counts)):
        log, logged = _fill(world, seed, first + r, Books(*(part[r : r + 1] for part in books)), log, kept)
        yield Log(*(column[:logged] for column in log))


def _fill(world: World, seed: int, first: int, books: Books, log: Log, kept: threading.local) -> tuple[Log, int]:
    """A run, again with more room as long as there is too little; keys make it the same run."""
    room = ROOM
    while True:
        if not hasattr(kept, "state"):
            kept.state = events.empty_state(world, room) if world.is_coupled else recursion.empty_state(world)
        kernel = events.run_by_events if world.is_coupled else recursion.run_by_recursion
        logged = kernel(world, seed, first, *books, log, kept.state)
        if logged >= 0:
            return log, logged
        for part in books:
            part[:] = 0
        del kept.state  # whoever waited when the room gave out waits in it still
        if logged == NO_ROOM:
            room *= 2
        else:
            log = empty_log(2 * len(log.arrival))
