"""Groups that share contact types, as events: what the reference engine does, where the recursion has no words for it.

The next event is the first of four: a staffing change, an agent freed (a heap), a delay that is over, a contact that
arrives; closings come last at their instant. Nothing else needs an event: patience is looked at when somebody comes to
the contact, and lines, where they are limited, are counted up to now when a contact arrives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, inner_kernel, woven_kernel
from wfm.measures.counts import ANSWERED_BY_BEST
from wfm.simulation.agents import (
    Agents,
    add_free,
    book_busy,
    close_time_books,
    no_agents,
    note_too_many,
    set_on_duty,
    take_longest_idle,
)
from wfm.simulation.arrivals import Arrivals, arrivals_of, room_for_arrivals
from wfm.simulation.booking import Page, book_abandoned, book_end, book_wait, close_page, new_page
from wfm.simulation.choices import contact_for, group_for, oldest_is_alive
from wfm.simulation.days import held
from wfm.simulation.heap import Agenda, empty_agenda, first_of_instant, reschedule, schedule, strike_first
from wfm.simulation.keys import AFTER_CONTACT_WORK, BALKING, PATIENCE, TALK, uniform
from wfm.simulation.ledger import (
    FULL,
    IS_ANSWERED,
    IS_BLOCKED,
    IS_DROPPED,
    IS_UNFINISHED,
    NOBODY,
    interval_of,
    microseconds,
    write,
)
from wfm.simulation.lines import Lines, all_lines_free, is_line_free, talk_until
from wfm.simulation.lowering import CARRY, DROP, NO_LIMIT
from wfm.simulation.quantiles import draw
from wfm.simulation.waiting import GONE, NONE, Waiting, drop_oldest, join, nobody_waits

STAFFING, FREED, OVERFLOWS, ARRIVES, CLOSES = 1, 3, 4, 5, 8  # ranks at one instant
ROOM = np.int64(1024)  # contacts of an interval, and contacts that wait, to begin with
NO_ROOM = np.int64(-2)
GROUP_BITS = np.int64(16)  # of what the agenda holds: a contact's number, then its group
GROUP_MASK = np.int64((1 << 16) - 1)


class State(NamedTuple):
    """All that changes while a replication runs, and when which type closes."""

    agents: Agents
    waiting: Waiting
    lines: Lines
    page: Page
    agenda: Agenda
    arrivals: Arrivals
    closing_time: np.ndarray
    closing_type: np.ndarray
    is_held: np.ndarray


@inner_kernel
def run_coupled(world, replication, levels, factors, counts, times, waits, log):  # type: ignore[no-untyped-def]
    """Run all contact types and groups through one replication.

    levels: int64[groups, intervals + 1]; factors: float64[types, days]; counts: int64[types, intervals, COUNTS], times:
    int64[groups, intervals + 1, TIMES] and waits: int64[types, BINS or 0], zero on entry. Returns the number of contacts
    logged, or FULL.
    """
    types, intervals = world.volume.shape
    groups = levels.shape[0]
    most, in_all = np.int64(0), np.int64(0)
    for g in range(groups):
        most, in_all = max(most, np.max(levels[g])), in_all + np.max(levels[g])
    closing_time, closing_type = _closings(world)
    room = ROOM
    while True:
        state = State(
            no_agents(groups, intervals, most), nobody_waits(room, types, world.routes.delays.shape[1]),
            all_lines_free(world.routes.lines, in_all), new_page(counts, waits, log), empty_agenda(in_all),
            room_for_arrivals(room), closing_time, closing_type, np.zeros(types, np.bool_),
        )  # fmt: skip
        contacts = _run(world, replication, levels, factors, state)
        if contacts != NO_ROOM:
            break
        room *= 2
        counts[:], waits[:] = 0, 0
    if contacts == FULL:
        return FULL
    close_page(world, state.page)
    close_time_books(world, state.agents, levels, times)
    return contacts if log.arrival.size > 0 else 0


@bare_kernel
def _run(world, replication, levels, factors, state):  # type: ignore[no-untyped-def]
    """From the first event to the last; returns the number of contacts, FULL (the log) or NO_ROOM (anything else)."""
    agents, waiting, lines, page, agenda = state.agents, state.waiting, state.lines, state.page, state.agenda
    arrivals, is_held, closing_time, closing_type = (
        state.arrivals, state.is_held, state.closing_time, state.closing_type,
    )  # fmt: skip
    types, intervals = world.volume.shape
    groups, edges, log = levels.shape[0], world.edges, page.log
    logging, limited, delayed = log.arrival.size > 0, world.routes.lines < NO_LIMIT, world.routes.delays.shape[1] > 0
    i, arriving, a, arrived, busy = np.int64(-1), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    change, closing = np.int64(0), np.int64(0)
    arrives_at, overflows_at = np.inf, np.inf
    changes_at, closes_at = edges[0], closing_time[0]

    while True:
        if a == arriving and i + 1 < intervals:
            i += 1
            arriving = arrivals_of(world, replication, factors, i, page.counts, arrivals)
            if arriving < 0:
                return NO_ROOM
            a = np.int64(0)
            arrives_at = arrivals.time[0] if arriving > 0 else np.inf
            continue
        freed_at = agenda.time[0]
        other = min(changes_at, overflows_at, closes_at)
        if arrives_at < freed_at and arrives_at < other:
            event = ARRIVES
        elif freed_at <= arrives_at and freed_at < other:
            event = FREED
        elif changes_at <= min(freed_at, overflows_at, arrives_at, closes_at) and changes_at < np.inf:
            event = STAFFING
        elif freed_at <= min(overflows_at, arrives_at, closes_at) and freed_at < np.inf:
            event = FREED
        elif overflows_at <= min(arrives_at, closes_at) and overflows_at < np.inf:
            event = OVERFLOWS
        elif arrives_at <= closes_at and arrives_at < np.inf:
            event = ARRIVES
        elif closes_at < np.inf:
            event = CLOSES
        else:
            break

        if event == ARRIVES:
            now, k, key, number = arrives_at, arrivals.kind[a], arrivals.key[a], arrived
            a += 1
            arrived += 1
            arrives_at = arrivals.time[a] if a < arriving else np.inf
            if logging and number >= log.arrival.size:
                return FULL
            if limited and not is_line_free(world, lines, waiting, page, now):
                book_end(world, page, k, i, number, now, IS_BLOCKED, now)
                continue
            lines.free[0] -= 1
            g = group_for(world, agents, k, key, now, now)
            if g != NOBODY:
                take_longest_idle(agents, g)
                freed = _begin(world, agents, lines, page, k, g, i, number, key, now, now, i)
                schedule(agenda, busy, freed, number << GROUP_BITS | g)
                busy += 1
                continue
            patience = _patience(world, k, i, key)
            if patience <= 0.0:
                book_abandoned(world, page, k, i, number, now, now)
                lines.free[0] += 1
                continue
            if waiting.spare[0] == NONE:
                return NO_ROOM
            join(waiting, k, number, i, key, now, now + patience)
            if limited:
                lines.first_loss[0] = min(lines.first_loss[0], now + patience)

        elif event == FREED:
            now, g = freed_at, first_of_instant(agenda, busy) & GROUP_MASK
            k = NONE
            agents.busy[g] -= 1
            if agents.busy[g] < agents.on_duty[g]:
                k = contact_for(world, agents, waiting, lines, page, is_held, g, agents.free[g] + 1, now)
                if k == NONE:
                    add_free(agents, g, now)
            else:
                note_too_many(world, agents, g, now)
            if k == NONE:
                strike_first(agenda, busy)
                busy -= 1
            else:
                agents.busy[g] += 1
                number, freed = _answer_oldest(world, agents, lines, page, waiting, k, g, now)
                reschedule(agenda, busy, freed, number << GROUP_BITS | g)

        elif event == STAFFING:
            now = changes_at
            for g in range(groups):
                set_on_duty(world, agents, g, levels[g, change], now)
            for k in range(types):
                is_held[k] = held(world, k, change)
            for g in range(groups):
                while agents.free[g] > 0:
                    k = contact_for(world, agents, waiting, lines, page, is_held, g, agents.free[g], now)
                    if k == NONE:
                        break
                    take_longest_idle(agents, g)
                    number, freed = _answer_oldest(world, agents, lines, page, waiting, k, g, now)
                    schedule(agenda, busy, freed, number << GROUP_BITS | g)
                    busy += 1
            change += 1
            changes_at = edges[change] if change <= intervals else np.inf

        elif event == OVERFLOWS:
            now = overflows_at
            k, d = _first_delay(world, waiting)
            place = waiting.pending[k, d]
            waiting.pending[k, d] = waiting.following[place]
            if waiting.number[place] != GONE and waiting.deadline[place] >= now and not is_held[k]:
                arrival, key = waiting.arrival[place], waiting.key[place]
                g = group_for(world, agents, k, key, arrival, now)
                if g != NOBODY:
                    number, its_interval = waiting.number[place], waiting.interval[place]
                    waiting.number[place] = GONE
                    take_longest_idle(agents, g)
                    last = interval_of(now, edges, 1.0 / edges[1])
                    book_wait(world, page, k, its_interval, arrival, now, last)
                    freed = _begin(world, agents, lines, page, k, g, its_interval, number, key, arrival, now, last)
                    schedule(agenda, busy, freed, number << GROUP_BITS | g)
                    busy += 1

        else:
            k = closing_type[closing]
            outcome = IS_DROPPED if world.after_close[k] == DROP else IS_UNFINISHED
            _give_up_on_all(world, waiting, lines, page, k, outcome, closes_at)
            closing += 1
            closes_at = closing_time[closing]

        if delayed:
            overflows_at = _next_delay(world, waiting)

    for k in range(types):
        _give_up_on_all(world, waiting, lines, page, k, IS_UNFINISHED, np.inf)
    return arrived


# ---- what happens to a contact


@woven_kernel
def _begin(world, agents, lines, page, k, g, i, number, key, arrival, now, first):  # type: ignore[no-untyped-def]
    """Group g, one agent of which is busy already, answers a contact now, in interval `first`; when he is freed."""
    pace = world.routes.pace[k, g]
    end = now + draw(world.talk, world.tables, k, i, uniform(key, TALK)) * pace
    freed = end
    if world.has_after_contact_work[k]:
        u = uniform(key, AFTER_CONTACT_WORK)
        freed = end + draw(world.after_contact_work, world.tables, k, i, u) * pace
    if not world.routes.is_best[k, g]:
        page.counts[k, i, ANSWERED_BY_BEST] -= 1
    last = interval_of(freed, world.edges, 1.0 / world.edges[1])
    book_busy(agents, g, first, microseconds(now), last, microseconds(freed))
    talk_until(lines, end, now)
    if page.log.arrival.size > 0:
        write(page.log, number, k, g, arrival, IS_ANSWERED, now, end, freed)
    return freed


@woven_kernel
def _answer_oldest(world, agents, lines, page, waiting, k, g, now):  # type: ignore[no-untyped-def]
    """Group g answers the oldest of type k, who is alive: his number, and when the agent is freed."""
    place = waiting.oldest[k]
    number, i = waiting.number[place], waiting.interval[place]
    key, arrival = waiting.key[place], waiting.arrival[place]
    drop_oldest(waiting, k)
    last = interval_of(now, world.edges, 1.0 / world.edges[1])
    book_wait(world, page, k, i, arrival, now, last)
    return number, _begin(world, agents, lines, page, k, g, i, number, key, arrival, now, last)


@woven_kernel
def _patience(world, k, i, key):  # type: ignore[no-untyped-def]
    """How long this customer will wait; 0 if he balks."""
    if world.balking[k] > 0.0 and uniform(key, BALKING) < world.balking[k]:
        return 0.0
    return draw(world.patience, world.tables, k, i, uniform(key, PATIENCE))


@bare_kernel
def _give_up_on_all(world, waiting, lines, page, k, outcome, now):  # type: ignore[no-untyped-def]
    """End every contact of type k that waits now; at infinity, who has no patience to lose waits till the horizon's end."""
    while waiting.oldest[k] != NONE:
        place = waiting.oldest[k]
        if waiting.number[place] != GONE:
            i, number, arrival = waiting.interval[place], waiting.number[place], waiting.arrival[place]
            if waiting.deadline[place] <= now and waiting.deadline[place] < np.inf:
                book_abandoned(world, page, k, i, number, arrival, waiting.deadline[place])
            else:
                book_end(world, page, k, i, number, arrival, outcome, min(now, world.edges[world.edges.size - 1]))
            lines.free[0] += 1
        drop_oldest(waiting, k)


# ---- what is looked up


@inner_kernel
def _closings(world):  # type: ignore[no-untyped-def]
    """When waiting contacts are given up on: at each closing if dropped, at the horizon's end if carried; then never."""
    types, intervals = world.volume.shape
    time, kind = np.full(types * intervals + 1, np.inf), np.zeros(types * intervals + 1, np.int64)
    size = 0
    for i in range(intervals):
        for k in range(types):
            ends = world.is_open[k, i] and (i == intervals - 1 or not world.is_open[k, i + 1])
            if (world.after_close[k] == DROP and ends) or (world.after_close[k] == CARRY and i == intervals - 1):
                time[size], kind[size] = world.edges[i + 1], k
                size += 1
    return time, kind


@bare_kernel
def _next_delay(world, waiting):  # type: ignore[no-untyped-def]
    """When the next delay of a waiting contact is over."""
    time = np.inf
    for k in range(waiting.pending.shape[0]):
        for d in range(waiting.pending.shape[1]):
            place = waiting.pending[k, d]
            if place != NONE:
                time = min(time, waiting.arrival[place] + world.routes.delays[k, d])
    return time


@bare_kernel
def _first_delay(world, waiting):  # type: ignore[no-untyped-def]
    """The type and the index of the delay that is over first; at one instant by contact number, then index."""
    time, number, first, which = np.inf, np.int64(0), NONE, NONE
    for k in range(waiting.pending.shape[0]):
        for d in range(waiting.pending.shape[1]):
            place = waiting.pending[k, d]
            if place != NONE:
                over = waiting.arrival[place] + world.routes.delays[k, d]
                if over < time or (over == time and waiting.number[place] < number):
                    time, number, first, which = over, waiting.number[place], k, d
    return first, which
