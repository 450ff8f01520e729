"""The books of one replication, told again from its contact log, the slow way: what both engines must have booked.

Nothing of the engines is used but the plan's levels of staffing, and that a time is rounded to microseconds once.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from wfm.measures.counts import BINS, BINS_PER_DOUBLING, COUNTS, TIMES, column
from wfm.model.center import ContactCenter
from wfm.simulation.days import replication_key, staffing
from wfm.simulation.ledger import OUTCOMES, Books, Log
from wfm.simulation.lowering import World

END_OF_TIME = np.iinfo(np.int64).max


def books_from_log(center: ContactCenter, world: World, seed: int, replication: int, log: Log) -> Books:
    """Counts, times and waits, each with a leading axis of 1."""
    types, groups, intervals = len(center.contact_types), len(center.agent_groups), center.horizon.intervals
    counts = np.zeros((1, types, intervals, len(COUNTS)), np.int64)
    times = np.zeros((1, groups, intervals + 1, len(TIMES)), np.int64)
    waits = np.zeros((1, types, BINS), np.int64)
    for k, name in enumerate(center.contact_types):
        mine = Log(*(one[log.contact_type == k] for one in log))
        _count(center, name, mine, counts[0, k])
        wait = (microseconds(mine.decided) - microseconds(mine.arrival))[_with_outcome(mine, "answered")]
        waits[0, k] = np.bincount(np.searchsorted(_first_of_bin(), wait, side="right"), minlength=BINS)
    levels = levels_of(world, seed, replication)
    for g in range(groups):
        mine = Log(*(one[log.agent_group == g] for one in log))
        _time(center, g, mine, levels[g], times[0, g])
    return Books(counts, times, waits)


def levels_of(world: World, seed: int, replication: int) -> np.ndarray:
    """int64[groups, intervals + 1]: agents on duty."""
    levels = np.empty((len(world.rows), world.day.size + 1), np.int64)
    with np.errstate(over="ignore"):
        staffing(world, np.uint64(replication_key(seed, replication)), levels)
    return levels


def microseconds(time: np.ndarray) -> np.ndarray:
    return np.floor(time * 1e6 + 0.5).astype(np.int64)


def time_inside(starts: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How much of the spans lies in each interval, and in what comes after the last edge."""
    low, high = edges, np.append(edges[1:], END_OF_TIME)
    inside = np.minimum(ends[:, None], high) - np.maximum(starts[:, None], low)
    return np.maximum(inside, 0).sum(axis=0)


def _with_outcome(log: Log, outcome: str) -> np.ndarray:
    return log.outcome == OUTCOMES.index(outcome)


def _count(center: ContactCenter, name: str, log: Log, counts: np.ndarray) -> None:
    """Fill int64[intervals, COUNTS] of one contact type."""
    edges, target = center.horizon.edges, center.contact_types[name].target
    interval = np.searchsorted(edges, log.arrival, side="right") - 1
    answered, abandoned = _with_outcome(log, "answered"), _with_outcome(log, "abandoned")
    is_within = log.decided <= log.arrival + target.answer_within
    ranks = {g: group.skills[name].rank for g, group in enumerate(center.agent_groups.values()) if name in group.skills}
    best = [g for g, rank in ranks.items() if rank == min(ranks.values())]
    wait = microseconds(log.decided) - microseconds(log.arrival)

    def book(count: str, amount: np.ndarray) -> None:
        np.add.at(counts[:, column(count)], interval, amount.astype(np.int64))

    for outcome in OUTCOMES:
        book(outcome, _with_outcome(log, outcome))
    book("offered", np.ones(len(interval)))
    book("answered_within", answered & is_within)
    book("abandoned_within", abandoned & is_within)
    book("short_abandoned", abandoned & (log.decided < log.arrival + target.short_abandon))
    book("wait_of_answered", wait * answered)
    book("wait_of_unanswered", wait * ~answered)
    book("answered_by_best", np.isin(log.agent_group, best))
    counts[:, column("queue_time")] = time_inside(
        microseconds(log.arrival), microseconds(log.decided), microseconds(edges)
    )[:-1]


def _first_of_bin() -> np.ndarray:
    """int64: the smallest wait of each bin but the first, microseconds; 64 even steps to each doubling."""
    index = np.arange(BINS - 1)
    return np.ceil(np.ldexp(1 + index % BINS_PER_DOUBLING / BINS_PER_DOUBLING, index // BINS_PER_DOUBLING))


def _time(center: ContactCenter, g: int, log: Log, levels: np.ndarray, times: np.ndarray) -> None:
    """Fill int64[intervals + 1, TIMES] of one group, from one change of the number busy to the next."""
    edges = microseconds(center.horizon.edges)
    on_duty = np.append(np.where(center.on_duty(list(center.agent_groups)[g]), levels[:-1], 0), 0)
    starts, ends = microseconds(log.decided), microseconds(log.freed)
    moments = np.unique(np.concatenate([edges, starts, ends]))
    for moment, following in pairwise(moments):
        i = np.searchsorted(edges, moment, side="right") - 1
        busy = int(np.sum((starts <= moment) & (ends > moment)))
        length = following - moment
        times[i] += np.array([busy, max(busy, on_duty[i]), max(0, busy - on_duty[i])]) * length
