"""The event kernel: queues that are coupled by a limited number of lines, event by event in the order of the rules.

Events that wait in the heap are the ends of talks (rank 2), of after-contact work (3) and of patience (6); staffing
changes (1), arrivals (5) and closings (8) come from sorted lists. At one instant the smaller rank goes first, then the
smaller number, which is the contact's place in the merged list of arrivals. Timers that have lost their meaning look at
the contact's state and do nothing.

State of a contact c, in order of arrival:

    kind[c], interval[c], key[c], arrival[c]    what it is
    state[c]                                    WAITING, TALKING, or OVER (or not yet arrived)
    following[c]                                who joined the same queue after it
"""

from __future__ import annotations

import numpy as np

from wfm.jit import inner_kernel
from wfm.measures.counts import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_WITHIN,
    BLOCKED,
    DROPPED,
    OFFERED,
    SHORT_ABANDONED,
    UNFINISHED,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
)
from wfm.simulation.keys import AFTER_CONTACT_WORK, BALKING, GAP, PATIENCE, TALK, child, uniform
from wfm.simulation.ledger import (
    FULL,
    IS_ABANDONED,
    IS_ANSWERED,
    IS_BLOCKED,
    IS_DROPPED,
    IS_UNFINISHED,
    add_span,
    interval_of,
    microseconds,
    settle,
    write,
)
from wfm.simulation.lowering import CARRY, DROP, EXPONENTIAL
from wfm.simulation.quantiles import draw, polynomial_quantile

STAFFING, LEAVES, FREED, ARRIVES, GIVES_UP, CLOSES = np.array([1, 2, 3, 5, 6, 8])
WAITING, TALKING, OVER = np.array([1, 2, 3])
NOBODY = np.int64(-1)


@inner_kernel
def run_coupled(world, replication, levels, factors, counts, times, log):  # type: ignore[no-untyped-def]
    """Run all contact types through one replication.

    levels: int64[types, intervals + 1]; factors: float64[types, days]; counts: int64[types, intervals, COUNTS] and times:
    int64[types, intervals + 1, TIMES], zero on entry. Returns the number of contacts logged, or FULL.
    """
    types, intervals = world.volume.shape
    edges, edges_us, per_second = world.edges, world.edges_us, 1.0 / world.edges[1]
    kind, interval, key, arrival = all_arrivals(world, replication, factors)
    contacts = arrival.size
    logging = log.arrival.size > 0
    if logging and contacts > log.arrival.size:
        return FULL
    closing_time, closing_type = _closings(world)

    state, following = np.zeros(contacts, np.int64), np.full(contacts, NOBODY)
    head, tail = np.full(types, NOBODY), np.full(types, NOBODY)
    busy, level = np.zeros(types, np.int64), np.zeros(types, np.int64)
    span, crossing = np.zeros((types, intervals + 1), np.int64), np.zeros((types, intervals + 1), np.int64)
    surplus, late = np.zeros((types, intervals + 1), np.int64), np.zeros((types, intervals + 1), np.int64)
    excess = np.zeros(types, np.int64)
    free_lines = world.lines

    when, what = np.empty(3 * contacts + 1), np.empty((3 * contacts + 1, 2), np.int64)
    size, i_staff, c_next, closing = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while True:
        # The next event: the smallest (time, rank) of the three lists and the heap; ranks differ between them.
        now, rank = np.inf, np.int64(0)
        if i_staff <= intervals:
            now, rank = edges[i_staff], STAFFING
        if size > 0 and (when[0] < now or (when[0] == now and what[0, 0] < rank)):
            now, rank = when[0], what[0, 0]
        if c_next < contacts and (arrival[c_next] < now or (arrival[c_next] == now and rank > ARRIVES)):
            now, rank = arrival[c_next], ARRIVES
        if closing < closing_time.size and closing_time[closing] < now:
            now, rank = closing_time[closing], CLOSES
        if rank == 0:
            break

        if rank == STAFFING:
            for k in range(types):
                level[k] = levels[k, i_staff]
                _note_excess(k, now, busy, level, excess, surplus, late, edges, per_second)
            for k in range(types):
                while busy[k] < level[k]:
                    c = _oldest(head, k, state, following)
                    if c == NOBODY:
                        break
                    size = _answer(
                        world, c, k, now, interval, key, arrival, state, busy, counts, span, crossing, per_second,
                        when, what, size, log, logging,
                    )  # fmt: skip
            i_staff += 1
        elif rank == LEAVES:
            c = what[0, 1]
            size = _pop_event(when, what, size)
            free_lines += 1
            freed = now
            if world.has_after_contact_work[kind[c]]:
                work = draw(
                    world.after_contact_work, world.tables, kind[c], interval[c], uniform(key[c], AFTER_CONTACT_WORK)
                )
                freed = now + work
            size = _push_event(when, what, size, freed, FREED, c)
        elif rank == FREED:
            c = what[0, 1]
            size = _pop_event(when, what, size)
            k = kind[c]
            busy[k] -= 1
            state[c] = OVER
            if busy[k] < level[k]:
                waiting = _oldest(head, k, state, following)
                if waiting != NOBODY:
                    size = _answer(
                        world, waiting, k, now, interval, key, arrival, state, busy, counts, span, crossing, per_second,
                        when, what, size, log, logging,
                    )  # fmt: skip
            _note_excess(k, now, busy, level, excess, surplus, late, edges, per_second)
        elif rank == ARRIVES:
            c, k = c_next, kind[c_next]
            c_next += 1
            i = interval[c]
            counts[k, i, OFFERED] += 1
            if free_lines == 0:
                counts[k, i, BLOCKED] += 1
                state[c] = OVER
                if logging:
                    write(log, c, k, now, IS_BLOCKED, now, now, now)
                continue
            if busy[k] < level[k]:
                free_lines -= 1
                size = _answer(
                    world, c, k, now, interval, key, arrival, state, busy, counts, span, crossing, per_second,
                    when, what, size, log, logging,
                )  # fmt: skip
                continue
            deadline = now
            if world.balking[k] == 0.0 or uniform(key[c], BALKING) >= world.balking[k]:
                deadline = now + draw(world.patience, world.tables, k, i, uniform(key[c], PATIENCE))
            if deadline <= now:
                _abandon(world, c, k, i, now, arrival, state, counts, log, logging)
                continue
            free_lines -= 1
            state[c] = WAITING
            if head[k] == NOBODY:
                head[k] = c
            else:
                following[tail[k]] = c
            tail[k] = c
            if deadline < np.inf:
                size = _push_event(when, what, size, deadline, GIVES_UP, c)
        elif rank == GIVES_UP:
            c = what[0, 1]
            size = _pop_event(when, what, size)
            if state[c] == WAITING:
                free_lines += 1
                _abandon(world, c, kind[c], interval[c], now, arrival, state, counts, log, logging)
        else:
            k = closing_type[closing]
            closing += 1
            outcome = IS_DROPPED if world.after_close[k] == DROP else IS_UNFINISHED
            free_lines += _give_up_on_all(
                world, k, outcome, now, head, following, interval, arrival, state, counts, log, logging
            )

    for k in range(types):
        _give_up_on_all(
            world, k, IS_UNFINISHED, edges[intervals], head, following, interval, arrival, state, counts, log, logging
        )
        settle(span[k], crossing[k], edges_us)
        settle(surplus[k], late[k], edges_us)
        for i in range(intervals + 1):
            times[k, i, 0] = span[k, i]
            if i < intervals and world.is_open[k, i]:
                times[k, i, 1] = levels[k, i] * (edges_us[i + 1] - edges_us[i]) + surplus[k, i]
            else:
                times[k, i, 1] = span[k, i]
    return contacts if logging else 0


@inner_kernel
def all_arrivals(world, replication, factors):  # type: ignore[no-untyped-def]
    """Every first attempt, merged by (time, contact type, number): kind, interval, key, time."""
    types, intervals = world.volume.shape
    unit_exponential = world.tables.coefficients[EXPONENTIAL]
    room, size = 1024, 0
    kind, interval = np.empty(room, np.int64), np.empty(room, np.int64)
    key, time = np.empty(room, np.uint64), np.empty(room)
    for k in range(types):
        type_key = child(replication, world.type_key[k])
        for i in range(intervals):
            mean_count = world.volume[k, i] * factors[k, world.day[i]]
            if mean_count <= 0.0:
                continue
            interval_key = child(type_key, np.uint64(i))
            mean_gap = (world.edges[i + 1] - world.edges[i]) / mean_count
            total, n = 0.0, 0
            while True:
                contact = child(interval_key, np.uint64(n))
                total += polynomial_quantile(unit_exponential, uniform(contact, GAP))
                arrival = world.edges[i] + total * mean_gap
                if arrival >= world.edges[i + 1]:
                    break
                if size == room:
                    room *= 2
                    kind, interval = _grown(kind, room), _grown(interval, room)
                    key, time = _grown(key, room), _grown(time, room)
                kind[size], interval[size], key[size], time[size] = k, i, contact, arrival
                size += 1
                n += 1
    order = np.argsort(time[:size], kind="mergesort")
    return kind[order], interval[order], key[order], time[order]


@inner_kernel
def _grown(array, room):  # type: ignore[no-untyped-def]
    larger = np.empty(room, array.dtype)
    larger[: array.size] = array
    return larger


@inner_kernel
def _closings(world):  # type: ignore[no-untyped-def]
    """When waiting contacts are given up on: at each closing where they are dropped, at the end where they are carried."""
    types, intervals = world.volume.shape
    time, kind = np.empty(types * (intervals + 1)), np.empty(types * (intervals + 1), np.int64)
    size = 0
    for i in range(intervals):
        for k in range(types):
            ends = world.is_open[k, i] and (i == intervals - 1 or not world.is_open[k, i + 1])
            if (world.after_close[k] == DROP and ends) or (world.after_close[k] == CARRY and i == intervals - 1):
                time[size], kind[size] = world.edges[i + 1], k
                size += 1
    return time[:size], kind[:size]


@inner_kernel
def _oldest(head, k, state, following):  # type: ignore[no-untyped-def]
    """The contact that has waited longest in queue k, or NOBODY; those who have gone are taken out on the way."""
    while head[k] != NOBODY and state[head[k]] != WAITING:
        head[k] = following[head[k]]
    return head[k]


@inner_kernel
def _answer(
    world,
    c,
    k,
    now,
    interval,
    key,
    arrival,
    state,
    busy,
    counts,
    span,
    crossing,
    per_second,
    when,
    what,
    size,
    log,
    logging,
):  # type: ignore[no-untyped-def]
    i = interval[c]
    state[c] = TALKING
    busy[k] += 1
    counts[k, i, ANSWERED] += 1
    counts[k, i, ANSWERED_WITHIN] += now <= arrival[c] + world.answer_within[k]
    counts[k, i, WAIT_OF_ANSWERED] += microseconds(now) - microseconds(arrival[c])
    end = now + draw(world.talk, world.tables, k, i, uniform(key[c], TALK))
    freed = end
    if world.has_after_contact_work[k]:
        freed = end + draw(world.after_contact_work, world.tables, k, i, uniform(key[c], AFTER_CONTACT_WORK))
    first, last = interval_of(now, world.edges, per_second), interval_of(freed, world.edges, per_second)
    add_span(span[k], crossing[k], first, microseconds(now), last, microseconds(freed))
    if logging:
        write(log, c, k, arrival[c], IS_ANSWERED, now, end, freed)
    return _push_event(when, what, size, end, LEAVES, c)


@inner_kernel
def _abandon(world, c, k, i, now, arrival, state, counts, log, logging):  # type: ignore[no-untyped-def]
    state[c] = OVER
    counts[k, i, ABANDONED] += 1
    counts[k, i, ABANDONED_WITHIN] += now <= arrival[c] + world.answer_within[k]
    counts[k, i, SHORT_ABANDONED] += now < arrival[c] + world.short_abandon[k]
    counts[k, i, WAIT_OF_UNANSWERED] += microseconds(now) - microseconds(arrival[c])
    if logging:
        write(log, c, k, arrival[c], IS_ABANDONED, now, now, now)


@inner_kernel
def _give_up_on_all(world, k, outcome, now, head, following, interval, arrival, state, counts, log, logging):  # type: ignore[no-untyped-def]
    """End every contact that waits in queue k as dropped or unfinished; returns how many."""
    column = DROPPED if outcome == IS_DROPPED else UNFINISHED
    given_up = 0
    c = _oldest(head, k, state, following)
    while c != NOBODY:
        state[c] = OVER
        given_up += 1
        counts[k, interval[c], column] += 1
        counts[k, interval[c], WAIT_OF_UNANSWERED] += microseconds(now) - microseconds(arrival[c])
        if logging:
            write(log, c, k, arrival[c], outcome, now, now, now)
        c = _oldest(head, k, state, following)
    return given_up


@inner_kernel
def _note_excess(k, now, busy, level, excess, surplus, late, edges, per_second):  # type: ignore[no-untyped-def]
    """Book agents who are still busy although too many: they count as staffed until they finish or are wanted again."""
    found = max(np.int64(0), busy[k] - level[k])
    change = found - excess[k]
    if change != 0:
        i = interval_of(now, edges, per_second)
        surplus[k, i] -= change * microseconds(now)
        late[k, i] += change
        excess[k] = found


@inner_kernel
def _before(when, what, a, b):  # type: ignore[no-untyped-def]
    if when[a] != when[b]:
        return when[a] < when[b]
    if what[a, 0] != what[b, 0]:
        return what[a, 0] < what[b, 0]
    return what[a, 1] < what[b, 1]


@inner_kernel
def _swap(when, what, a, b):  # type: ignore[no-untyped-def]
    when[a], when[b] = when[b], when[a]
    what[a, 0], what[b, 0] = what[b, 0], what[a, 0]
    what[a, 1], what[b, 1] = what[b, 1], what[a, 1]


@inner_kernel
def _push_event(when, what, size, time, rank, number):  # type: ignore[no-untyped-def]
    when[size], what[size, 0], what[size, 1] = time, rank, number
    hole = size
    while hole > 0 and _before(when, what, hole, (hole - 1) // 2):
        _swap(when, what, hole, (hole - 1) // 2)
        hole = (hole - 1) // 2
    return size + 1


@inner_kernel
def _pop_event(when, what, size):  # type: ignore[no-untyped-def]
    size -= 1
    _swap(when, what, 0, size)
    hole, low = 0, 1
    while low < size:
        if low + 1 < size and _before(when, what, low + 1, low):
            low += 1
        if not _before(when, what, low, hole):
            break
        _swap(when, what, low, hole)
        hole, low = low, 2 * low + 1
    return size
