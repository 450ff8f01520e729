"""Groups that share contact types, as events: what the reference engine does, where the recursion has no words for it.

The next event is the first of four: a staffing change, an agent freed (a heap), a delay that is over, a contact that
arrives; closings come last at their instant. Nothing else needs an event: patience is looked at when somebody comes to
the contact, and lines, where they are limited, are counted up to now when a contact arrives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, loop_kernel, woven_kernel
from wfm.measures.counts import ANSWERED_BY_BEST
from wfm.simulation.agents import (
    Agents,
    add_free,
    close_time_books,
    cross_edge,
    no_agents,
    note_too_many,
    send_home,
    set_on_duty,
    take_just_freed,
    take_longest_idle,
)
from wfm.simulation.arrivals import Arrivals, Demand, arrivals_of, room_for_arrivals
from wfm.simulation.booking import Page, book_abandoned, book_end, book_wait, close_page
from wfm.simulation.choices import contact_for, group_for
from wfm.simulation.days import fill_day_factors, fill_levels, held, replication_key
from wfm.simulation.heap import empty_agenda, first_of_instant, instant, reschedule, schedule, strike_first, time_of
from wfm.simulation.keys import BALKING, PATIENCE, uniform
from wfm.simulation.ledger import (
    FULL,
    INDEX,
    IS_ANSWERED,
    IS_BLOCKED,
    IS_DROPPED,
    IS_UNFINISHED,
    NO_ROOM,
    NOBODY,
    microseconds,
    write,
)
from wfm.simulation.lines import Lines, all_lines_free, free_lines, is_line_free, talk_until
from wfm.simulation.lowering import CARRY, DROP, NO_LIMIT, World
from wfm.simulation.quantiles import draw
from wfm.simulation.waiting import GONE, NONE, Waiting, drop_oldest, join, nobody_waits

NOTHING, STAFFING, FREED, OVERFLOWS, ARRIVES, CLOSES = range(6)  # in the order of ranks at one instant
GROUP_BITS = np.int64(16)  # of what the agenda holds: a contact's number, then its group
GROUP_MASK = np.int64((1 << 16) - 1)


class State(NamedTuple):
    """All that changes while replications run, and when which type closes; made once, and used again and again.

    levels: int64[groups, intervals + 1]; factors: float64[types, days]; is_held: bool[types].
    queue, queue_edges: int64[types, intervals + 1]; closing_time: float64[closings + 1], then infinite; closing_type.
    """

    agents: Agents
    waiting: Waiting
    lines: Lines
    agenda: np.ndarray
    arrivals: Arrivals
    levels: np.ndarray
    factors: np.ndarray
    is_held: np.ndarray
    queue: np.ndarray
    queue_edges: np.ndarray
    closing_time: np.ndarray
    closing_type: np.ndarray


def empty_state(world: World, room: int) -> State:
    """State with room for so many contacts that wait, and so many that arrive in one interval."""
    types, intervals = world.volume.shape
    most = np.ceil(world.rows).max(axis=1).astype(np.int64)
    return State(
        no_agents(len(most), intervals, int(most.max())),
        nobody_waits(room, types, world.routes.delays.shape[1]),
        all_lines_free(world.routes.lines, int(most.sum())),
        empty_agenda(int(most.sum())),
        room_for_arrivals(room),
        np.empty((len(most), intervals + 1), np.int64),
        np.empty((types, int(world.day[-1]) + 1)),
        np.zeros(types, np.bool_),
        np.zeros((types, intervals + 1), np.int64),
        np.zeros((types, intervals + 1), np.int64),
        *_closings(world),
    )


@loop_kernel
def run_by_events(world, seed, first, counts, times, waits, log, state):  # type: ignore[no-untyped-def]
    """Replications first, first + 1, ... of centres whose types share groups or lines, or that have delays or reserves.

    counts, times, waits: as in `wfm.simulation.ledger.Books`, zero on entry; log: of one replication, or of length 0.
    Returns the number of contacts logged, or FULL (the log), or NO_ROOM (the state). While a replication runs:

    loaded          intervals whose contacts are drawn; the last of them holds the next arrival
    arriving, a     contacts of that interval, and the place of the next one among them
    arrived         contacts that have arrived: the number of the next one
    busy            agents busy: events on the agenda
    change          staffing changes that are done; interval change - 1 is passing
    closing         closings that are done
    arrives_at, changes_at, overflows_at, closes_at     when each kind is next; other_at: the first of the last three
    """
    agents, waiting, lines, agenda, arrivals = state.agents, state.waiting, state.lines, state.agenda, state.arrivals
    is_held, closing_time, closing_type = state.is_held, state.closing_time, state.closing_type
    types, intervals = world.volume.shape
    edges, levels, routes, patience_law = world.edges, state.levels, world.routes, world.patience
    logging, limited, delayed = log.arrival.size > 0, world.routes.lines < NO_LIMIT, world.routes.delays.shape[1] > 0
    demand = Demand(
        world.volume, world.day, world.edges, world.type_key, world.talk, world.after_contact_work,
        world.has_after_contact_work, world.tables,
    )  # fmt: skip
    arrived = np.int64(0)
    for r in range(counts.shape[0]):
        replication = replication_key(seed, first + r)
        fill_day_factors(
            world.factor, world.tables, world.day_key, world.strata, seed, first + r, replication, state.factors
        )
        fill_levels(
            world.on_duty, world.rows, world.absence, world.stays, world.group_key, world.day, world.rounding,
            replication, levels,
        )  # fmt: skip
        state.queue[:] = 0
        state.queue_edges[:] = 0
        page = Page(
            counts[r], waits[r], log, state.queue, state.queue_edges, world.answer_within, world.short_abandon, edges
        )
        send_home(agents)
        free_lines(lines, routes.lines)
        a, arrived, busy, change, closing = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        loaded, arriving, arrives_at = _load(demand, replication, np.int64(0), page, state)
        if arriving < 0:
            return NO_ROOM
        changes_at, closes_at, overflows_at = edges[0], closing_time[0], np.inf
        other_at = changes_at

        while True:
            freed_at = time_of(agenda[0])
            if arrives_at < freed_at and arrives_at < other_at:
                event = ARRIVES
            elif freed_at <= arrives_at and freed_at < other_at:
                event = FREED
            else:
                event = _event(changes_at, freed_at, overflows_at, arrives_at, closes_at)

            if event == ARRIVES:
                now, number, i = arrives_at, arrived, loaded - 1 & INDEX
                place = arrivals.order[a] & INDEX
                k, key = arrivals.kind[place] & INDEX, arrivals.key[place]
                talk, work = arrivals.talk[place], arrivals.work[place]
                a = a + 1 & INDEX
                arrived += 1
                if a < arriving:
                    arrives_at = arrivals.sorted_time[a]
                else:
                    loaded, arriving, arrives_at = _load(demand, replication, loaded, page, state)
                    a = np.int64(0)
                    if arriving < 0:
                        return NO_ROOM
                if logging and number >= log.arrival.size:
                    return FULL
                if limited:
                    if not is_line_free(lines, waiting, page, now):
                        book_end(page, k, i, number, now, IS_BLOCKED, now)
                        continue
                    lines.free[0] -= 1
                g = group_for(routes, agents, k, key, now, now)
                if g != NOBODY:
                    g &= INDEX
                    take_longest_idle(agents, g)
                    agents.span[g, change - 1 & INDEX] -= microseconds(now)
                    freed = _begin(routes, lines, page, k, g, i, number, now, now, talk, work)
                    schedule(agenda, busy, instant(freed), number << GROUP_BITS | g)
                    busy += 1
                    continue
                patience = 0.0
                if world.balking[k] == 0.0 or uniform(key, BALKING) >= world.balking[k]:
                    patience = draw(patience_law, world.tables, k, i, uniform(key, PATIENCE))
                if patience <= 0.0:
                    book_abandoned(page, k, i, number, now, now)
                    lines.free[0] += 1
                    continue
                if waiting.spare[0] == NONE:
                    return NO_ROOM
                join(waiting, k, number, i, key, now, now + patience, talk, work)
                lines.first_loss[0] = min(lines.first_loss[0], now + patience)
                if not delayed:
                    continue

            elif event == FREED:
                now, g = freed_at, first_of_instant(agenda, busy) & GROUP_MASK
                now_us, k = microseconds(now), NONE
                agents.busy[g] -= 1
                if agents.busy[g] < agents.on_duty[g]:
                    add_free(agents, g, now)
                    k = contact_for(routes, agents, waiting, lines, page, is_held, g, now)
                else:
                    note_too_many(edges, agents, g, now)
                if k == NONE:
                    agents.span[g, change - 1 & INDEX] += now_us
                    strike_first(agenda, busy)
                    busy -= 1
                else:
                    take_just_freed(agents, g)
                    number, freed = _answer_oldest(
                        routes, lines, page, waiting, k & INDEX, g, now, now_us, change - 1 & INDEX
                    )
                    reschedule(agenda, busy, instant(freed), number << GROUP_BITS | g)
                if not delayed:
                    continue

            elif event == STAFFING:
                cross_edge(world.edges_us, agents, change)
                for g in range(levels.shape[0]):
                    opens = change < intervals and world.on_duty[g, change] and not world.on_duty[g, max(change - 1, 0)]
                    set_on_duty(edges, agents, g, levels[g, change], opens, changes_at)
                for k in range(types):
                    is_held[k] = held(world.after_close[k], world.is_open[k], change)
                busy = _take_waiting(routes, page, state, change, changes_at, world.edges_us[change], busy)
                change += 1
                changes_at = edges[change] if change <= intervals else np.inf

            elif event == OVERFLOWS:
                busy = _look_again(routes, page, state, change - 1, overflows_at, busy)

            elif event == CLOSES:
                _close(page, state, closing_type[closing], world.after_close, closes_at)
                closing += 1
                closes_at = closing_time[closing]

            else:
                break

            if delayed:
                overflows_at = _next_delay(routes.delays, waiting)
            other_at = min(changes_at, overflows_at, closes_at)

        for k in range(types):
            _close(page, state, k, world.after_close, np.inf)
        close_page(page, world.edges_us)
        close_time_books(world.on_duty, world.edges_us, agents, levels, times[r])
    return arrived if logging else np.int64(0)


# ---- what happens seldom


@bare_kernel
def _event(changes_at, freed_at, overflows_at, arrives_at, closes_at):  # type: ignore[no-untyped-def]
    """Which event is next, by time, then by rank; NOTHING when there is none."""
    first = min(changes_at, freed_at, overflows_at, arrives_at, closes_at)
    if first == np.inf:
        return NOTHING
    if changes_at == first:
        return STAFFING
    if freed_at == first:
        return FREED
    if overflows_at == first:
        return OVERFLOWS
    return ARRIVES if arrives_at == first else CLOSES


@bare_kernel
def _load(demand, replication, loaded, page, state):  # type: ignore[no-untyped-def]
    """Draw the next interval that anybody arrives in: intervals drawn, contacts (or NO_ROOM) and the first of them."""
    while loaded < demand.day.size:
        arriving = arrivals_of(demand, replication, state.factors, loaded, page.counts, state.arrivals)
        loaded += 1
        if arriving != 0:
            return loaded, arriving, state.arrivals.sorted_time[0]
    return loaded, np.int64(0), np.inf


@bare_kernel
def _take_waiting(routes, page, state, i, now, now_us, busy):  # type: ignore[no-untyped-def]
    """Staffing has changed, as interval i begins: free agents, groups in file order, take contacts until none fits.

    Returns how many are busy.
    """
    agents, waiting, lines = state.agents, state.waiting, state.lines
    for g in range(state.levels.shape[0]):
        while agents.free[g] > 0:
            k = contact_for(routes, agents, waiting, lines, page, state.is_held, g, now)
            if k == NONE:
                break
            take_longest_idle(agents, g)
            agents.span[g, i] -= now_us
            number, freed = _answer_oldest(routes, lines, page, waiting, k, g, now, now_us, i)
            schedule(state.agenda, busy, instant(freed), number << GROUP_BITS | g)
            busy += 1
    return busy


@bare_kernel
def _look_again(routes, page, state, i, now, busy):  # type: ignore[no-untyped-def]
    """A delay is over, in interval i: the contact looks for an agent by the rule of arrivals; how many are busy."""
    agents, waiting, lines = state.agents, state.waiting, state.lines
    k, d = _first_delay(routes.delays, waiting)
    place = waiting.pending[k, d]
    waiting.pending[k, d] = waiting.following[place]
    if waiting.number[place] == GONE or waiting.deadline[place] < now or state.is_held[k]:
        return busy
    arrival, key = waiting.arrival[place], waiting.key[place]
    g = group_for(routes, agents, k, key, arrival, now)
    if g == NOBODY:
        return busy
    number, its_interval = waiting.number[place], waiting.interval[place]
    waiting.number[place] = GONE
    take_longest_idle(agents, g)
    now_us = microseconds(now)
    agents.span[g, i] -= now_us
    book_wait(page, k, its_interval, arrival, now, now_us, i)
    freed = _begin(
        routes, lines, page, k, g, its_interval, number, arrival, now, waiting.talk[place], waiting.work[place]
    )
    schedule(state.agenda, busy, instant(freed), number << GROUP_BITS | g)
    return busy + 1


@bare_kernel
def _close(page, state, k, after_close, now):  # type: ignore[no-untyped-def]
    """End every contact of type k that waits now; at infinity, who never gives up has waited to the horizon's end."""
    waiting, horizon_end = state.waiting, page.edges[page.edges.size - 1]
    outcome = IS_DROPPED if after_close[k] == DROP and now < np.inf else IS_UNFINISHED
    while waiting.oldest[k] != NONE:
        place = waiting.oldest[k]
        if waiting.number[place] != GONE:
            i, number, arrival = waiting.interval[place], waiting.number[place], waiting.arrival[place]
            if waiting.deadline[place] <= now and waiting.deadline[place] < np.inf:
                book_abandoned(page, k, i, number, arrival, waiting.deadline[place])
            else:
                book_end(page, k, i, number, arrival, outcome, min(now, horizon_end))
            state.lines.free[0] += 1
        drop_oldest(waiting, k)


# ---- what happens to everybody


@woven_kernel
def _begin(routes, lines, page, k, g, i, number, arrival, now, talk, work):  # type: ignore[no-untyped-def]
    """Group g answers a contact now; returns when its agent is freed."""
    pace = routes.pace[k, g]
    end = now + talk * pace
    freed = end + work * pace
    page.counts[k, i, ANSWERED_BY_BEST] -= not routes.is_best[k, g]
    talk_until(lines, end, now)
    if page.log.arrival.size > 0:
        write(page.log, number, k, g, arrival, IS_ANSWERED, now, end, freed)
    return freed


@woven_kernel
def _answer_oldest(routes, lines, page, waiting, k, g, now, now_us, last):  # type: ignore[no-untyped-def]
    """Group g answers the oldest of type k, who is alive, in interval `last`: his number, and when it is over."""
    place = waiting.oldest[k] & INDEX
    number, i = waiting.number[place], waiting.interval[place] & INDEX
    arrival, talk, work = waiting.arrival[place], waiting.talk[place], waiting.work[place]
    drop_oldest(waiting, k)
    book_wait(page, k, i, arrival, now, now_us, last)
    return number, _begin(routes, lines, page, k, g, i, number, arrival, now, talk, work)


# ---- what is looked up


def _closings(world: World) -> tuple[np.ndarray, np.ndarray]:
    """When waiting contacts are given up on: at each closing if dropped, at the horizon's end if carried; then never.

    Times, and the type of each.
    """
    ends = world.is_open & ~np.append(world.is_open[:, 1:], np.zeros((len(world.is_open), 1), np.bool_), axis=1)
    ends[world.after_close != DROP] = False
    ends[world.after_close == CARRY, -1] = True
    interval, kind = np.nonzero(ends.T)
    return np.append(world.edges[interval + 1], np.inf), np.append(kind, 0)


@bare_kernel
def _next_delay(delays, waiting):  # type: ignore[no-untyped-def]
    """When the next delay of a waiting contact is over."""
    time = np.inf
    for k in range(waiting.pending.shape[0]):
        for d in range(waiting.pending.shape[1]):
            place = waiting.pending[k, d]
            if place != NONE:
                time = min(time, waiting.arrival[place] + delays[k, d])
    return time


@bare_kernel
def _first_delay(delays, waiting):  # type: ignore[no-untyped-def]
    """The type and the index of the delay that is over first; at one instant by contact number, then index."""
    time, number, first, which = np.inf, np.int64(0), NONE, NONE
    for k in range(waiting.pending.shape[0]):
        for d in range(waiting.pending.shape[1]):
            place = waiting.pending[k, d]
            if place != NONE:
                over = waiting.arrival[place] + delays[k, d]
                if over < time or (over == time and waiting.number[place] < number):
                    time, number, first, which = over, waiting.number[place], k, d
    return first, which
