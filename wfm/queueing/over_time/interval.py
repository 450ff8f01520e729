"""The exact Mt/M/st+M queue over a horizon: intervals with rates of their own, staffing that steps at their edges.

Each interval's contacts are a cohort, followed until every one of them is answered or gone, over as many edges as that
takes. Between edges the chain and the cohort flow (`flow`). Where staffing rises at an edge, the first in
queue are answered; where it falls

    exhaustive   agents in excess finish the contact in hand and leave; a rise meanwhile keeps them
    preemptive   contacts in hand of agents in excess return to the head of the queue
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from wfm.jit import inner_kernel, kernel
from wfm.queueing.over_time.flow import Cohort, Rates, advance
from wfm.queueing.over_time.states import (
    compact,
    no_system,
    nobody,
    restaffed,
    restaffed_cohort,
    stacked,
    together,
    total,
    without_empty_layers,
    without_queue,
)

# Figures of an interval, by their column. Of the contacts that arrive in it, and their waits [s]:
(
    OFFERED,
    ANSWERED_AT_ONCE,
    ANSWERED,
    ANSWERED_WITHIN,
    ABANDONED,
    ABANDONED_WITHIN,
    SHORT_ABANDONED,
    BLOCKED,
    DROPPED,
    UNFINISHED,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
    # Of the time that passes in it [s]: of busy agents, of busy or ready ones, in queue; and how many abandon in it.
    BUSY,
    STAFFED,
    QUEUED,
    ABANDONMENTS,
) = range(16)
FIGURES = 16

FORGOTTEN = 1e-15  # of an interval's contacts: so few are not followed any further
STEPS = 64.0  # events in one stretch, where states die out that need not be carried along

SERVE, DROP, CARRY = 0, 1, 2
WITHIN, SHORT = np.int64(0), np.int64(1)  # the places of the thresholds
WITH_WAITS = np.bool_(True)


class Timetable(NamedTuple):
    """What drives the chain in each interval, and the rules of the day.

    arrivals, service, abandonment: float64[intervals], per second (service: of one agent); balking: float64[intervals];
    agents: int64[intervals + 1], on duty, the last after the horizon; is_open: bool[intervals]; drops: bool[intervals],
    at whose end contacts that wait are dropped; interval: seconds; lines: inf where there is no limit;
    thresholds: float64[2], answer_within and short_abandon, seconds; nodes, weights: a quadrature rule on [0, 1];
    after_close: what happens at the horizon's end; preemptive: the discipline where staffing falls.
    """

    arrivals: np.ndarray
    service: np.ndarray
    abandonment: np.ndarray
    balking: np.ndarray
    agents: np.ndarray
    is_open: np.ndarray
    drops: np.ndarray
    interval: float
    lines: float
    thresholds: np.ndarray
    nodes: np.ndarray
    weights: np.ndarray
    after_close: int
    preemptive: bool


class Ends(NamedTuple):
    """How the waits of a cohort end: expected contacts, and seconds that they waited."""

    answered: float
    abandoned: float
    dropped: float
    unfinished: float
    wait_of_answered: float
    wait_of_unanswered: float


@kernel
def pass_interval(table, system, i, factor, row):  # type: ignore[no-untyped-def]
    """Take the chain through interval i, at `factor` times its arrivals, and add what happens on the way to its row.

    `system` is where the chain is before the interval's staffing takes over. Returns where it is at the end; the cohort
    of contacts that then still wait; and float64[m, rows, places], contacts that have to be followed up to a threshold,
    with float64[m, 2], from which second of the interval on and up to which threshold.
    """
    system = at_edge(table, system, i)
    rates = rates_of(table, i, factor)
    row[OFFERED] += rates.arrivals * table.interval
    cohort = nobody()
    # Until `calm[k]`, contacts reach threshold k before anything changes: they are followed together, from the time
    # that the chain spends in each state. Later ones are followed from the nodes of a quadrature over their arrival.
    calm = np.array([calm_until(table, i, WITHIN), calm_until(table, i, SHORT)])
    early = [nobody().waiting, nobody().waiting]
    late = [nobody().waiting for _ in range(0)]
    stops = stops_of(table, calm)
    from_when = np.zeros((stops.shape[0], 2))
    from_when[1, 1] = SHORT
    now = 0.0
    for s in range(stops.shape[0]):
        until, threshold, weight = stops[s, 0], int(stops[s, 1]), stops[s, 2]
        while now < until:
            system, cohort = without_empty_layers(system, cohort, rates.agents)
            seconds = stretch(now, until, rates, system)
            system, spent, cohort, waited = advance(system, cohort, rates, seconds, WITH_WAITS)
            now = until if seconds == until - now else now + seconds
            book(table, rates, spent, waited, table.is_open[i], row)
            for k in range(2):
                if now <= calm[k] and table.thresholds[k] > 0.0:
                    early[k] = together(early[k], joiners(spent, rates, 1.0))
        if threshold >= 0:
            from_when[2 + len(late), 0], from_when[2 + len(late), 1] = now, threshold
            late.append(joiners(system, rates, weight))
    return system, cohort, stacked(early, late), from_when[: 2 + len(late)]


@kernel
def settle(table, i, offered, cohort, followed, from_when, row):  # type: ignore[no-untyped-def]
    """Follow the contacts of interval i that `pass_interval` left, and add how their waits end to its row."""
    for k in range(followed.shape[0] + 1):
        last = k == followed.shape[0]  # those who wait at the end are followed as far as it takes
        if last:
            group, now, seconds = cohort, table.interval, math.inf
        else:
            threshold = int(from_when[k, 1])
            group = Cohort(followed[k].copy(), np.zeros((1, 1)))
            now, seconds = from_when[k, 0], table.thresholds[threshold]
        ends = follow(table, group, i, now, seconds, offered, last)
        if last:
            row[ANSWERED] += ends.answered
            row[ABANDONED] += ends.abandoned
            row[DROPPED] += ends.dropped
            row[UNFINISHED] += ends.unfinished
            row[WAIT_OF_ANSWERED] += ends.wait_of_answered
            row[WAIT_OF_UNANSWERED] += ends.wait_of_unanswered
        elif threshold == WITHIN:
            row[ANSWERED_WITHIN] += ends.answered
            row[ABANDONED_WITHIN] += ends.abandoned
        else:
            row[SHORT_ABANDONED] += ends.abandoned


@inner_kernel
def at_edge(table, system, i):  # type: ignore[no-untyped-def]
    """The system when the staffing of interval i takes over from the one before, after a closing if there is one."""
    before = table.agents[i - 1] if i > 0 else 0
    if i > 0 and table.drops[i - 1]:
        system = without_queue(system, 0 if table.preemptive else before)
    return restaffed(system, before, table.agents[i], table.preemptive)


@inner_kernel
def rates_of(table, i, factor):  # type: ignore[no-untyped-def]
    """The rates of an interval; after the horizon nobody arrives."""
    last = min(i, table.arrivals.size - 1)
    arrivals = table.arrivals[i] * factor if i == last else 0.0
    return Rates(
        arrivals, table.service[last], table.abandonment[last], table.balking[last], table.lines, table.agents[i]
    )


@inner_kernel
def stretch(now, until, rates, system):  # type: ignore[no-untyped-def]
    """How far to go at once: to the end, but with agents in excess only as far again: fewer of them are left then."""
    layers, places = system.excess.shape
    if layers == 0:
        return until - now
    rate = rates.arrivals + (rates.agents + layers) * rates.service + places * rates.abandonment
    return min(until - now, max(now, STEPS / rate))


@inner_kernel
def calm_until(table, i, threshold):  # type: ignore[no-untyped-def]
    """Seconds into an interval until which a contact's whole threshold passes under the interval's own conditions."""
    seconds = table.thresholds[threshold]
    edge, reached = i + 1, 0.0
    while reached < seconds:
        if table.drops[edge - 1] or table.agents[edge] != table.agents[i]:
            return max(0.0, table.interval - (seconds - reached))
        if edge == table.arrivals.size:
            return table.interval if table.after_close == SERVE else max(0.0, table.interval - (seconds - reached))
        if table.service[edge] != table.service[i] or table.abandonment[edge] != table.abandonment[i]:
            return max(0.0, table.interval - (seconds - reached))
        edge += 1
        reached += table.interval
    return table.interval


@inner_kernel
def stops_of(table, calm):  # type: ignore[no-untyped-def]
    """Where to stop within an interval, in order: rows of (seconds, threshold whose node it is or -1, weight).

    A threshold longer than an interval ends in one interval for early contacts and in the next for late ones; the
    quadrature is cut in two there.
    """
    nodes = table.nodes.size
    stops = np.full((4 * nodes + 3, 3), -1.0)
    used = 0
    for threshold in range(2):
        stops[used, 0] = calm[threshold]
        used += 1
        if table.thresholds[threshold] > 0.0:
            cut = max(calm[threshold], table.interval - table.thresholds[threshold] % table.interval)
            for low, high in ((calm[threshold], cut), (cut, table.interval)):
                if high > low:
                    for k in range(nodes):
                        stops[used, 0] = low + (high - low) * table.nodes[k]
                        stops[used, 1] = threshold
                        stops[used, 2] = (high - low) * table.weights[k]
                        used += 1
    stops[used, 0] = table.interval
    used += 1
    for one in range(1, used):  # in order of time; there are few
        k = one
        while k > 0 and stops[k - 1, 0] > stops[k, 0]:
            for column in range(3):
                stops[k - 1, column], stops[k, column] = stops[k, column], stops[k - 1, column]
            k -= 1
    return stops[:used]


@inner_kernel
def joiners(system, rates, weight):  # type: ignore[no-untyped-def]
    """Contacts that join the queue, by excess and place: `weight` seconds of arrivals at this state.

    The weight is 1 where the system holds the seconds that are spent in each state.
    """
    layers = system.excess.shape[0]
    places = max(1, system.level.size - rates.agents, system.excess.shape[1])
    waiting = np.zeros((layers + 1, places))
    joining = weight * rates.arrivals * (1.0 - rates.balking)
    for n in range(rates.agents, system.level.size):
        if n < rates.lines:
            waiting[0, n - rates.agents] = joining * system.level[n]
    for e in range(layers):
        for q in range(system.excess.shape[1]):
            if rates.agents + e + 1 + q < rates.lines:
                waiting[e + 1, q] = joining * system.excess[e, q]
    return waiting


@inner_kernel
def book(table, rates, spent, waited, is_open, row):  # type: ignore[no-untyped-def]
    """Add what happens in a stretch: `spent` is the time in each state, `waited` the cohort's time in each place."""
    at_once, balked, blocked, busy, ready, queued = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(spent.level.size):
        here = spent.level[n]
        busy += here * min(n, rates.agents)
        ready += here * max(rates.agents - n, 0)
        queued += here * max(n - rates.agents, 0)
        if n >= rates.lines:
            blocked += rates.arrivals * here
        elif n < rates.agents:
            at_once += rates.arrivals * here
        else:
            balked += rates.arrivals * rates.balking * here
    for e in range(spent.excess.shape[0]):
        for q in range(spent.excess.shape[1]):
            here = spent.excess[e, q]
            busy += here * (rates.agents + e + 1)
            queued += here * q
            if rates.agents + e + 1 + q >= rates.lines:
                blocked += rates.arrivals * here
            else:
                balked += rates.arrivals * rates.balking * here
    answering = rates.agents * rates.service
    row[ANSWERED_AT_ONCE] += at_once
    row[ANSWERED] += at_once + answering * waited.waiting[0, 0]
    row[ANSWERED_WITHIN] += at_once
    row[ABANDONED] += balked + rates.abandonment * total(waited.waiting)
    row[ABANDONED_WITHIN] += balked
    row[SHORT_ABANDONED] += balked if table.thresholds[1] > 0.0 else 0.0
    row[BLOCKED] += blocked
    row[WAIT_OF_ANSWERED] += answering * waited.waited[0, 0]
    row[WAIT_OF_UNANSWERED] += rates.abandonment * total(waited.waited)
    row[BUSY] += busy
    row[STAFFED] += busy + (ready if is_open else 0.0)
    row[QUEUED] += queued
    row[ABANDONMENTS] += balked + rates.abandonment * queued


@inner_kernel
def follow(table, cohort, i, now, seconds, offered, with_waits):  # type: ignore[no-untyped-def]
    """How the waits of a cohort end in so many seconds from `now`, a moment of interval i.

    Only staffing matters to those who wait: who comes later is answered later. Without `with_waits` the cohort's time
    waited is not carried along.
    """
    intervals, nothing = table.arrivals.size, no_system()
    answered, abandoned, dropped, unfinished, wait_of_answered, wait_of_unanswered = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    while total(cohort.waiting) > FORGOTTEN * offered and seconds > 0.0:
        rates = rates_of(table, i, 0.0)
        if i == intervals and (table.after_close != SERVE or rates.agents * rates.service + rates.abandonment == 0.0):
            unfinished += total(cohort.waiting)
            wait_of_unanswered += total(cohort.waited)
            break
        cohort = compact(cohort)
        layers, places = cohort.waiting.shape
        rate = (rates.agents + layers - 1.0) * rates.service + places * rates.abandonment
        left = table.interval - now if i < intervals else math.inf
        piece = min(left, seconds)
        if rate * piece > STEPS:
            piece = STEPS / rate
        if piece > 0.0:
            _, _, cohort, passed = advance(nothing, cohort, rates, piece, with_waits)
            answered += rates.agents * rates.service * passed.waiting[0, 0]
            abandoned += rates.abandonment * total(passed.waiting)
            if with_waits:
                wait_of_answered += rates.agents * rates.service * passed.waited[0, 0]
                wait_of_unanswered += rates.abandonment * total(passed.waited)
        seconds -= piece
        now += piece
        if piece == left:
            if table.drops[i]:
                dropped += total(cohort.waiting)
                wait_of_unanswered += total(cohort.waited)
                break
            taken, wait_of_taken, cohort = restaffed_cohort(
                cohort, table.agents[i], table.agents[i + 1], table.preemptive
            )
            answered += taken
            wait_of_answered += wait_of_taken
            i += 1
            now = 0.0
    return Ends(answered, abandoned, dropped, unfinished, wait_of_answered, wait_of_unanswered)
