"""A queue with one exchangeable group, first come first served, without events: a heap of the agents' free times.

Each contact in order of arrival takes the agent who is free first (Kiefer and Wolfowitz, "On the theory of queues with
many servers", 1955), extended to staffing that changes, impatience and closing. It decides every contact as the events
of the reference engine do, in a fraction of the time; what couples queues needs `wfm.simulation.events`.

State of a queue while it runs:

    free[0:agents]      heap of the instants at which the agents on duty are free; a waiting contact starts at the top
    leaving[0:left]     free times of those too many on duty, ascending: they go when they finish
    i_staff             intervals up to this one have had their staffing change
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, loop_kernel
from wfm.measures.counts import OFFERED
from wfm.simulation.agents import fill_times
from wfm.simulation.arrivals import BATCH, draw_many
from wfm.simulation.booking import Page, book_abandoned, book_end, book_wait, close_page
from wfm.simulation.days import fill_day_factors, fill_levels, replication_key
from wfm.simulation.heap import NEVER, instant, pop, push, replace_top, time_of
from wfm.simulation.keys import AFTER_CONTACT_WORK, BALKING, GAP, PATIENCE, TALK, child, uniform
from wfm.simulation.ledger import (
    FULL,
    INDEX,
    IS_ABANDONED,
    IS_ANSWERED,
    IS_DROPPED,
    IS_UNFINISHED,
    add_span,
    interval_of,
    microseconds,
    settle,
    write,
)
from wfm.simulation.lowering import CARRY, DROP, EXPONENTIAL, World
from wfm.simulation.quantiles import draw, polynomial_quantile


class State(NamedTuple):
    """What one queue needs while it runs; made once, and used again for every queue and replication.

    free: int64[most agents + 3], a heap of instants; leaving: float64[2 x most agents + 2], a stack.
    gaps, talks: float64[BATCH]; keys: uint64[BATCH].
    busy, crossing and surplus, surplus_crossing: int64[intervals + 1], busy time and time of those too many, as spans.
    levels: int64[groups, intervals + 1]; factors: float64[types, days].
    queue, queue_edges: int64[types, intervals + 1], for `wfm.simulation.booking.Page`.
    """

    free: np.ndarray
    leaving: np.ndarray
    gaps: np.ndarray
    talks: np.ndarray
    keys: np.ndarray
    busy: np.ndarray
    crossing: np.ndarray
    surplus: np.ndarray
    surplus_crossing: np.ndarray
    levels: np.ndarray
    factors: np.ndarray
    queue: np.ndarray
    queue_edges: np.ndarray


def empty_state(world: World) -> State:
    """State for the largest group."""
    types, intervals = world.volume.shape
    most = int(np.ceil(world.rows).max())
    return State(
        free=np.empty(most + 3, np.int64),
        leaving=np.empty(2 * most + 2),
        gaps=np.empty(BATCH),
        talks=np.empty(BATCH),
        keys=np.empty(BATCH, np.uint64),
        busy=np.empty(intervals + 1, np.int64),
        crossing=np.empty(intervals + 1, np.int64),
        surplus=np.empty(intervals + 1, np.int64),
        surplus_crossing=np.empty(intervals + 1, np.int64),
        levels=np.empty((len(world.rows), intervals + 1), np.int64),
        factors=np.empty((types, int(world.day[-1]) + 1)),
        queue=np.empty((types, intervals + 1), np.int64),
        queue_edges=np.empty((types, intervals + 1), np.int64),
    )


@loop_kernel
def run_by_recursion(world, seed, first, counts, times, waits, log, state):  # type: ignore[no-untyped-def]
    """Replications first, first + 1, ... of a centre whose contact types each have a group of their own.

    counts, times, waits: as in `wfm.simulation.ledger.Books`, zero on entry; log: of one replication, or of length 0.
    Returns the number of contacts logged, or FULL.
    """
    types, intervals = world.volume.shape
    edges, per_second = world.edges, 1.0 / world.edges[1]
    horizon_end = edges[intervals]
    free, busy, crossing = state.free, state.busy, state.crossing
    gaps, talks, keys = state.gaps, state.talks, state.keys
    surplus, surplus_crossing = state.surplus, state.surplus_crossing
    unit_exponential = world.tables.coefficients[EXPONENTIAL]
    logging = log.arrival.size > 0
    logged = np.int64(0)
    for r in range(counts.shape[0]):
        replication = replication_key(seed, first + r)
        fill_day_factors(
            world.factor, world.tables, world.day_key, world.strata, seed, first + r, replication, state.factors
        )
        fill_levels(
            world.on_duty, world.rows, world.absence, world.stays, world.group_key, world.day, world.rounding,
            replication, state.levels,
        )  # fmt: skip
        state.queue[:] = 0
        state.queue_edges[:] = 0
        page = Page(
            counts[r], waits[r], log, state.queue, state.queue_edges, world.answer_within, world.short_abandon, edges
        )
        for k in range(types):
            g = world.routes.choices[k, 0] & INDEX
            levels, pace = state.levels[g], world.routes.pace[k, g]
            balking, has_acw, after_close = world.balking[k], world.has_after_contact_work[k], world.after_close[k]
            free[:] = NEVER
            busy[:] = 0
            crossing[:] = 0
            surplus[:] = 0
            surplus_crossing[:] = 0
            agents, left, i_staff = np.int64(0), np.int64(0), np.int64(-1)
            next_change = edges[0]
            type_key = child(replication, world.type_key[k])
            for i in range(intervals):
                mean_count = world.volume[k, i] * state.factors[k, world.day[i]]
                if mean_count <= 0.0:
                    continue
                interval_key = child(type_key, np.uint64(i))
                mean_gap = (edges[i + 1] - edges[i]) / mean_count
                close = world.close[k, i]
                total, n = 0.0, 0
                arriving = True
                while arriving:
                    batch = min(BATCH, np.int64(max(mean_count - n, 0.0) + np.sqrt(mean_count)) + 2)
                    for b in range(batch):
                        keys[b] = child(interval_key, np.uint64(n + b))
                        gaps[b] = polynomial_quantile(unit_exponential, uniform(keys[b], GAP))
                    draw_many(world.talk, world.tables, k, i, TALK, keys, talks, np.int64(0), batch)
                    for b in range(batch):
                        total += gaps[b]
                        arrival = edges[i] + total * mean_gap
                        if arrival >= edges[i + 1]:
                            arriving = False
                            break
                        key = keys[b]
                        n += 1

                        start, begun = max(arrival, time_of(free[0])), i
                        while next_change <= start and i_staff < intervals:
                            i_staff += 1
                            agents, left = _change_staffing(edges, world.edges_us, i_staff, levels, agents, left, state)
                            next_change = edges[i_staff + 1] if i_staff < intervals else np.inf
                            start = max(arrival, time_of(free[0]))

                        if start > arrival:
                            deadline = arrival
                            if balking == 0.0 or uniform(key, BALKING) >= balking:
                                deadline = arrival + draw(world.patience, world.tables, k, i, uniform(key, PATIENCE))
                            until, outcome = start, IS_ANSWERED
                            if after_close == DROP and start >= close:
                                until, outcome = close, IS_DROPPED
                            elif after_close == CARRY and start >= horizon_end:
                                until, outcome = horizon_end, IS_UNFINISHED
                            elif start == np.inf:
                                until, outcome = np.inf, IS_UNFINISHED
                            if deadline < start and deadline <= until:
                                until, outcome = deadline, IS_ABANDONED
                            if outcome != IS_ANSWERED:
                                if logging and logged == log.arrival.size:
                                    return FULL
                                if outcome == IS_ABANDONED:
                                    book_abandoned(page, k, i, logged, arrival, until)
                                else:
                                    book_end(page, k, i, logged, arrival, outcome, min(until, horizon_end))
                                logged += 1
                                continue
                            begun = interval_of(start, edges, per_second)
                            book_wait(page, k, i, arrival, start, microseconds(start), begun)

                        end = start + talks[b] * pace
                        freed = end
                        if has_acw:
                            u = uniform(key, AFTER_CONTACT_WORK)
                            freed = end + draw(world.after_contact_work, world.tables, k, i, u) * pace
                        replace_top(free, agents, instant(freed))
                        last = interval_of(freed, edges, per_second)
                        add_span(busy, crossing, begun, microseconds(start), last, microseconds(freed))
                        if logging:
                            if logged == log.arrival.size:
                                return FULL
                            write(log, logged, k, g, arrival, IS_ANSWERED, start, end, freed)
                            logged += 1
                page.counts[k, i, OFFERED] = n

            while i_staff < intervals:
                i_staff += 1
                agents, left = _change_staffing(edges, world.edges_us, i_staff, levels, agents, left, state)
            settle(busy, crossing, world.edges_us)
            settle(surplus, surplus_crossing, world.edges_us)
            fill_times(world.on_duty[g], world.edges_us, levels, busy, surplus, times[r, g])
        close_page(page, world.edges_us)
    return logged


@bare_kernel
def _change_staffing(edges, edges_us, i, levels, agents, left, state):  # type: ignore[no-untyped-def]
    """Apply the level of interval i at its edge; who is busy when the level falls leaves as he finishes."""
    free, leaving, surplus, crossing = state.free, state.leaving, state.surplus, state.surplus_crossing
    now, now_us, per_second = edges[i], edges_us[i], 1.0 / edges[1]
    change = levels[i] - agents
    while change < 0:
        until = time_of(free[0])
        pop(free, agents)
        agents -= 1
        change += 1
        if until > now:
            leaving[left] = until
            left += 1
            add_span(surplus, crossing, i, now_us, interval_of(until, edges, per_second), microseconds(until))
    while change > 0:
        back = now
        if left > 0:
            left -= 1
            until = leaving[left]
            if until > now:
                back = until
                # He stays after all: from here on he is not one too many.
                add_span(surplus, crossing, interval_of(until, edges, per_second), microseconds(until), i, now_us)
            else:
                left = 0
        push(free, agents, instant(back))
        agents += 1
        change -= 1
    return agents, left
