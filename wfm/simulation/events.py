"""The event kernel: queues that are coupled by a limited number of lines, event by event in the order of the rules.

Events that wait in the heap are the ends of talks (rank 2), of after-contact work (3) and of patience (6); staffing
changes (1), arrivals (5) and closings (8) come from sorted lists. At one instant the smaller rank goes first, then the
smaller number, which is the contact's place in the merged list of arrivals. Timers that have lost their meaning look at
the contact's state and do nothing.

The state is in three tables: contacts by their number, queues by contact type, and the agenda of events to come.
"""

from __future__ import annotations

from typing import NamedTuple

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
COLUMN_OF = np.array([ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED])  # the count of each outcome


class Contacts(NamedTuple):
    """Contacts in order of arrival: what each is, how it stands, and who joined the same queue after it."""

    kind: np.ndarray
    interval: np.ndarray
    key: np.ndarray
    arrival: np.ndarray
    state: np.ndarray
    following: np.ndarray


class Queues(NamedTuple):
    """Per contact type: first and last who wait, agents busy and on duty, and how many are too many.

    span, span_edges and late, late_edges: int64[types, intervals + 1], busy time and time of those too many; `settle`
    adds what crosses the edges of intervals.
    """

    head: np.ndarray
    tail: np.ndarray
    busy: np.ndarray
    on_duty: np.ndarray
    too_many: np.ndarray
    span: np.ndarray
    span_edges: np.ndarray
    late: np.ndarray
    late_edges: np.ndarray


class Agenda(NamedTuple):
    """A heap of events to come: when, float64[room]; what, int64[room, 2], the rank and the contact's number."""

    when: np.ndarray
    what: np.ndarray


@inner_kernel
def run_coupled(world, replication, levels, factors, counts, times, log):  # type: ignore[no-untyped-def]
    """Run all contact types through one replication.

    levels: int64[types, intervals + 1]; factors: float64[types, days]; counts: int64[types, intervals, COUNTS] and
    times: int64[types, intervals + 1, TIMES], zero on entry. Returns the number of contacts logged, or FULL.
    """
    types, intervals = world.volume.shape
    edges = world.edges
    contacts = all_arrivals(world, replication, factors)
    arriving = contacts.arrival.size
    if 0 < log.arrival.size < arriving:
        return FULL
    queues = _empty_queues(types, intervals)
    agenda = Agenda(np.empty(3 * arriving + 1), np.empty((3 * arriving + 1, 2), np.int64))
    closing_time, closing_type = _closings(world)
    free_lines = world.lines
    size, i_staff, arrived, closing = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while True:
        # The next event: the smallest (time, rank) of the three lists and the agenda; ranks differ between them.
        now, rank = np.inf, np.int64(0)
        if i_staff <= intervals:
            now, rank = edges[i_staff], STAFFING
        if size > 0 and (agenda.when[0] < now or (agenda.when[0] == now and agenda.what[0, 0] < rank)):
            now, rank = agenda.when[0], agenda.what[0, 0]
        if arrived < arriving:
            arrival = contacts.arrival[arrived]
            if arrival < now or (arrival == now and rank > ARRIVES):
                now, rank = arrival, ARRIVES
        if closing < closing_time.size and closing_time[closing] < now:
            now, rank = closing_time[closing], CLOSES
        if rank == 0:
            break

        c = agenda.what[0, 1]
        if rank in (LEAVES, FREED, GIVES_UP):
            size = _pop(agenda, size)

        if rank == STAFFING:
            for k in range(types):
                queues.on_duty[k] = levels[k, i_staff]
                _note_too_many(world, queues, k, now)
            for k in range(types):
                waiting = _oldest(contacts, queues, k)
                while queues.busy[k] < queues.on_duty[k] and waiting != NOBODY:
                    size = _answer(world, contacts, queues, agenda, size, waiting, now, counts, log)
                    waiting = _oldest(contacts, queues, k)
            i_staff += 1
        elif rank == LEAVES:
            free_lines += 1
            size = _push(agenda, size, now + _after_contact_work(world, contacts, c), FREED, c)
        elif rank == FREED:
            k = contacts.kind[c]
            contacts.state[c] = OVER
            queues.busy[k] -= 1
            waiting = _oldest(contacts, queues, k)
            if queues.busy[k] < queues.on_duty[k] and waiting != NOBODY:
                size = _answer(world, contacts, queues, agenda, size, waiting, now, counts, log)
            _note_too_many(world, queues, k, now)
        elif rank == ARRIVES:
            c, k = arrived, contacts.kind[arrived]
            arrived += 1
            counts[k, contacts.interval[c], OFFERED] += 1
            if free_lines == 0:
                _end(contacts, c, IS_BLOCKED, now, counts, log)
            elif queues.busy[k] < queues.on_duty[k]:
                free_lines -= 1
                size = _answer(world, contacts, queues, agenda, size, c, now, counts, log)
            else:
                deadline = now + _patience(world, contacts, c)
                if deadline <= now:
                    _abandon(world, contacts, c, now, counts, log)
                else:
                    free_lines -= 1
                    _join(contacts, queues, c)
                    if deadline < np.inf:
                        size = _push(agenda, size, deadline, GIVES_UP, c)
        elif rank == GIVES_UP:
            if contacts.state[c] == WAITING:
                free_lines += 1
                _abandon(world, contacts, c, now, counts, log)
        else:
            k = closing_type[closing]
            outcome = IS_DROPPED if world.after_close[k] == DROP else IS_UNFINISHED
            free_lines += _give_up_on_all(contacts, queues, k, outcome, now, counts, log)
            closing += 1

    for k in range(types):
        _give_up_on_all(contacts, queues, k, IS_UNFINISHED, edges[intervals], counts, log)
        settle(queues.span[k], queues.span_edges[k], world.edges_us)
        settle(queues.late[k], queues.late_edges[k], world.edges_us)
        for i in range(intervals + 1):
            times[k, i, 0] = times[k, i, 1] = queues.span[k, i]
            if i < intervals and world.is_open[k, i]:
                length = world.edges_us[i + 1] - world.edges_us[i]
                times[k, i, 1] = levels[k, i] * length + queues.late[k, i]
    return arriving if log.arrival.size > 0 else 0


# ---- what happens to a contact


@inner_kernel
def _answer(world, contacts, queues, agenda, size, c, now, counts, log):  # type: ignore[no-untyped-def]
    k, i, arrival = contacts.kind[c], contacts.interval[c], contacts.arrival[c]
    contacts.state[c] = TALKING
    queues.busy[k] += 1
    counts[k, i, ANSWERED] += 1
    counts[k, i, ANSWERED_WITHIN] += now <= arrival + world.answer_within[k]
    counts[k, i, WAIT_OF_ANSWERED] += microseconds(now) - microseconds(arrival)
    end = now + draw(world.talk, world.tables, k, i, uniform(contacts.key[c], TALK))
    freed = end + _after_contact_work(world, contacts, c)
    per_second = 1.0 / world.edges[1]
    first, last = interval_of(now, world.edges, per_second), interval_of(freed, world.edges, per_second)
    add_span(queues.span[k], queues.span_edges[k], first, microseconds(now), last, microseconds(freed))
    if log.arrival.size > 0:
        write(log, c, k, arrival, IS_ANSWERED, now, end, freed)
    return _push(agenda, size, end, LEAVES, c)


@inner_kernel
def _after_contact_work(world, contacts, c):  # type: ignore[no-untyped-def]
    k = contacts.kind[c]
    if not world.has_after_contact_work[k]:
        return 0.0
    u = uniform(contacts.key[c], AFTER_CONTACT_WORK)
    return draw(world.after_contact_work, world.tables, k, contacts.interval[c], u)


@inner_kernel
def _patience(world, contacts, c):  # type: ignore[no-untyped-def]
    k = contacts.kind[c]
    if world.balking[k] > 0.0 and uniform(contacts.key[c], BALKING) < world.balking[k]:
        return 0.0
    return draw(world.patience, world.tables, k, contacts.interval[c], uniform(contacts.key[c], PATIENCE))


@inner_kernel
def _join(contacts, queues, c):  # type: ignore[no-untyped-def]
    k = contacts.kind[c]
    contacts.state[c] = WAITING
    if queues.head[k] == NOBODY:
        queues.head[k] = c
    else:
        contacts.following[queues.tail[k]] = c
    queues.tail[k] = c


@inner_kernel
def _oldest(contacts, queues, k):  # type: ignore[no-untyped-def]
    """The contact that has waited longest in queue k, or NOBODY; those who have gone are taken out on the way."""
    while queues.head[k] != NOBODY and contacts.state[queues.head[k]] != WAITING:
        queues.head[k] = contacts.following[queues.head[k]]
    return queues.head[k]


@inner_kernel
def _abandon(world, contacts, c, now, counts, log):  # type: ignore[no-untyped-def]
    k, i, arrival = contacts.kind[c], contacts.interval[c], contacts.arrival[c]
    counts[k, i, ABANDONED_WITHIN] += now <= arrival + world.answer_within[k]
    counts[k, i, SHORT_ABANDONED] += now < arrival + world.short_abandon[k]
    _end(contacts, c, IS_ABANDONED, now, counts, log)


@inner_kernel
def _give_up_on_all(contacts, queues, k, outcome, now, counts, log):  # type: ignore[no-untyped-def]
    """End every contact that waits in queue k as dropped or unfinished; returns how many."""
    given_up = 0
    c = _oldest(contacts, queues, k)
    while c != NOBODY:
        _end(contacts, c, outcome, now, counts, log)
        given_up += 1
        c = _oldest(contacts, queues, k)
    return given_up


@inner_kernel
def _end(contacts, c, outcome, now, counts, log):  # type: ignore[no-untyped-def]
    """End a contact that was not answered; a blocked one has waited for nothing."""
    k, i, arrival = contacts.kind[c], contacts.interval[c], contacts.arrival[c]
    contacts.state[c] = OVER
    counts[k, i, COLUMN_OF[outcome]] += 1
    counts[k, i, WAIT_OF_UNANSWERED] += microseconds(now) - microseconds(arrival)
    if log.arrival.size > 0:
        write(log, c, k, arrival, outcome, now, now, now)


@inner_kernel
def _note_too_many(world, queues, k, now):  # type: ignore[no-untyped-def]
    """Book agents who are still busy although too many: they count as staffed until they finish or are wanted again."""
    found = max(np.int64(0), queues.busy[k] - queues.on_duty[k])
    change = found - queues.too_many[k]
    if change != 0:
        i = interval_of(now, world.edges, 1.0 / world.edges[1])
        queues.late[k, i] -= change * microseconds(now)
        queues.late_edges[k, i] += change
        queues.too_many[k] = found


# ---- what is known before the first event


@inner_kernel
def _empty_queues(types, intervals):  # type: ignore[no-untyped-def]
    shape = (types, intervals + 1)
    return Queues(
        np.full(types, NOBODY), np.full(types, NOBODY),
        np.zeros(types, np.int64), np.zeros(types, np.int64), np.zeros(types, np.int64),
        np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64),
    )  # fmt: skip


@inner_kernel
def all_arrivals(world, replication, factors):  # type: ignore[no-untyped-def]
    """Every first attempt, merged by (time, contact type, number)."""
    types, intervals = world.volume.shape
    unit_exponential = world.tables.coefficients[EXPONENTIAL]
    room, size = np.int64(1024), np.int64(0)
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
    return Contacts(
        kind[order], interval[order], key[order], time[order], np.zeros(size, np.int64), np.full(size, NOBODY)
    )


@inner_kernel
def _grown(array, room):  # type: ignore[no-untyped-def]
    larger = np.empty(room, array.dtype)
    larger[: array.size] = array
    return larger


@inner_kernel
def _closings(world):  # type: ignore[no-untyped-def]
    """When waiting contacts are given up on: at each closing if dropped, at the horizon's end if carried."""
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


# ---- the agenda


@inner_kernel
def _before(agenda, a, b):  # type: ignore[no-untyped-def]
    if agenda.when[a] != agenda.when[b]:
        return agenda.when[a] < agenda.when[b]
    if agenda.what[a, 0] != agenda.what[b, 0]:
        return agenda.what[a, 0] < agenda.what[b, 0]
    return agenda.what[a, 1] < agenda.what[b, 1]


@inner_kernel
def _swap(agenda, a, b):  # type: ignore[no-untyped-def]
    when, what = agenda.when, agenda.what
    when[a], when[b] = when[b], when[a]
    what[a, 0], what[b, 0] = what[b, 0], what[a, 0]
    what[a, 1], what[b, 1] = what[b, 1], what[a, 1]


@inner_kernel
def _push(agenda, size, time, rank, number):  # type: ignore[no-untyped-def]
    agenda.when[size], agenda.what[size, 0], agenda.what[size, 1] = time, rank, number
    hole = size
    while hole > 0 and _before(agenda, hole, (hole - 1) // 2):
        _swap(agenda, hole, (hole - 1) // 2)
        hole = (hole - 1) // 2
    return size + 1


@inner_kernel
def _pop(agenda, size):  # type: ignore[no-untyped-def]
    """Take the first event away: the last takes its place and sinks."""
    size -= 1
    _swap(agenda, 0, size)
    hole, low = 0, 1
    while low < size:
        if low + 1 < size and _before(agenda, low + 1, low):
            low += 1
        if not _before(agenda, low, hole):
            break
        _swap(agenda, low, hole)
        hole, low = low, 2 * low + 1
    return size
