"""How a queue's probabilities flow through a stretch of time in which nothing is changed from outside.

The chain is Mt/M/st+M. Its state is who is busy and who waits:

    level[n]        n contacts are in, handled or waiting, and at most `agents` of them are handled
    excess[e-1, q]  agents + e are busy, because so many had a contact in hand when staffing fell, and q wait

Beside the chain flow the contacts of one cohort, those that arrived since it began, while they wait:

    waiting[e, j]   expected number of them behind j others, while e agents are in excess
    waited[e, j]    the seconds that they have waited so far, added up

All of this is one linear system, dv/dt = v A, and is advanced by uniformization: v(t) is the Poisson mixture of the
powers of I + A / rate, and its integral the mixture by the tails of the Poisson law. Every term is positive, so nothing
cancels; mixtures are cut where they change no digit.

Source: Armann Ingolfsson, Elvira Akhmetshina, Susan Budge, Yongyue Li and Xudong Wu, "A survey and experimental
comparison of service-level-approximation methods for nonstationary M(t)/M/s(t) queueing systems" (2007).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from wfm.jit import inner_kernel

NEGLIGIBLE = 1e-17  # a probability that changes no digit of a sum of 1
LEAK = 1e-13  # expected contacts that may be lost beyond the longest queue that is kept


class Rates(NamedTuple):
    """What drives the chain in one stretch: per second, but for agents, the balking share and lines (inf: no limit)."""

    arrivals: float
    service: float
    abandonment: float
    balking: float
    lines: float
    agents: int


class System(NamedTuple):
    """Where the chain is: float64[states], and float64[excess, queue lengths] for agents in excess."""

    level: np.ndarray
    excess: np.ndarray


class Cohort(NamedTuple):
    """Contacts that wait, and how long they have waited: float64[1 + excess, places] each."""

    waiting: np.ndarray
    waited: np.ndarray


@inner_kernel
def poisson_weights(mean):  # type: ignore[no-untyped-def]
    """Probabilities of 0, 1, ... events and of more events than that, up to where no digit changes."""
    mode = int(mean)
    last, term = mode, 1.0
    while term > 1e-18:
        last += 1
        term *= mean / last
    weights, tails = np.zeros(last + 1), np.zeros(last + 1)
    weights[mode] = 1.0
    total = 1.0
    for k in range(mode, last):
        weights[k + 1] = weights[k] * mean / (k + 1.0)
        total += weights[k + 1]
    k = mode
    while k > 0 and weights[k] > 1e-18:
        weights[k - 1] = weights[k] * k / mean
        total += weights[k - 1]
        k -= 1
    above = 0.0
    for k in range(last, -1, -1):
        weights[k] /= total
        tails[k] = above
        above += weights[k]
    return weights, tails


@inner_kernel
def most_events(mean):  # type: ignore[no-untyped-def]
    """A number of Poisson events that is not passed but with a negligible probability."""
    if mean > 50.0:
        return int(mean + 9.0 * math.sqrt(mean) + 20.0)
    count, term = 0, math.exp(-mean)
    while count < mean or term > NEGLIGIBLE:
        count += 1
        term *= mean / count
    return count + 2


@inner_kernel
def places_needed(system, rates, seconds):  # type: ignore[no-untyped-def]
    """The longest queue worth keeping in a stretch: by how many may come, or by how fast queues shorten."""
    agents, (layers, width) = rates.agents, system.excess.shape
    joining = rates.arrivals * (1.0 - rates.balking)
    longest = max(system.level.size - 1 - agents, width - 1, 0)
    mass = np.zeros(longest + 1)
    for q in range(longest + 1):
        if agents + q < system.level.size:
            mass[q] += system.level[agents + q]
        if q < width:
            for e in range(layers):
                mass[q] += system.excess[e, q]
    occupied = longest
    while occupied > 0 and mass[occupied] <= NEGLIGIBLE:
        occupied -= 1
    by_arrivals = occupied + most_events(joining * seconds)
    if layers > 0:
        return by_arrivals
    bound, q = 1.0, 0
    while q < by_arrivals and (q < occupied or bound > NEGLIGIBLE):
        q += 1
        leaving = agents * rates.service + q * rates.abandonment
        bound *= min(1.0, joining / leaving) if leaving > 0.0 else 1.0
        if q <= longest:
            bound += mass[q]
    return q


@inner_kernel
def advance(system, cohort, rates, seconds, with_waits):  # type: ignore[no-untyped-def]
    """The system and its cohort `seconds` later, and the integrals of both over that time.

    Contacts that join the queue on the way join the cohort. A system without states lets the cohort flow alone. Without
    `with_waits` the seconds waited stay 0.
    """
    alone = system.level.size == 0
    places = cohort.waiting.shape[1] if alone else places_needed(system, rates, seconds)
    while True:
        after, integral, later, integrals = _advance(system, cohort, rates, seconds, places, with_waits)
        if alone or rates.agents + places >= rates.lines:
            return after, integral, later, integrals
        beyond = integral.level[rates.agents + places]
        for e in range(integral.excess.shape[0]):
            beyond += integral.excess[e, places]
        if rates.arrivals * beyond < LEAK:
            return after, integral, later, integrals
        places *= 2


@inner_kernel
def _advance(system, cohort, rates, seconds, places, with_waits):  # type: ignore[no-untyped-def]
    agents, rows = rates.agents, cohort.waiting.shape[0]
    states = agents + places + 1 if system.level.size > 0 else 0
    layers = system.excess.shape[0]
    rate = rates.arrivals + (agents + rows - 1) * rates.service + (places + 1.0) * rates.abandonment
    rate = max(rate, 1.0 / seconds)
    weights, tails = poisson_weights(rate * seconds)
    stay, up, down = _level_steps(states, rates, rate)
    contact_steps = _contact_steps(rows, places, rates, rate)
    joins = _joins(rows, places, rates, rate)
    excess_stay = _excess_steps(layers, places, joins, rates, rate)

    # Every array has one entry more than it needs, always 0, so that the inner loops know no end.
    level, next_level = _widened(system.level, states + 1), np.zeros(states + 1)
    excess, next_excess = _widened_table(system.excess, layers, places + 2), np.zeros((layers, places + 2))
    waiting, next_waiting = _widened_table(cohort.waiting, rows, places + 2), np.zeros((rows, places + 2))
    waited, next_waited = _widened_table(cohort.waited, rows, places + 2), np.zeros((rows, places + 2))
    out_level, sum_level = np.zeros(states + 1), np.zeros(states + 1)
    out_excess, sum_excess = np.zeros((layers, places + 2)), np.zeros((layers, places + 2))
    out_waiting, sum_waiting = np.zeros((rows, places + 2)), np.zeros((rows, places + 2))
    out_waited, sum_waited = np.zeros((rows, places + 2)), np.zeros((rows, places + 2))
    for k in range(weights.size):
        if weights[k] > 0.0:
            _add(weights[k], level, out_level)
            _add_table(weights[k], excess, out_excess)
            _add_table(weights[k], waiting, out_waiting)
            if with_waits:
                _add_table(weights[k], waited, out_waited)
        tail = tails[k] / rate
        _add(tail, level, sum_level)
        _add_table(tail, excess, sum_excess)
        if with_waits:
            _step_waited(waiting, waited, next_waited, sum_waited, tail, 1.0 / rate, contact_steps)
        _step_waiting(waiting, next_waiting, sum_waiting, tail, contact_steps)
        if k + 1 == weights.size:
            break
        if states > 0:
            _step_level(level, next_level, stay, up, down)
            for j in range(places):
                next_waiting[0, j] += level[agents + j] * joins[0, j]
            _step_excess(excess, next_excess, next_level, next_waiting, excess_stay, joins, rates, rate)
        level, next_level = next_level, level
        excess, next_excess = next_excess, excess
        waiting, next_waiting = next_waiting, waiting
        waited, next_waited = next_waited, waited
    return (
        System(out_level, out_excess),
        System(sum_level, sum_excess),
        Cohort(out_waiting, out_waited),
        Cohort(sum_waiting, sum_waited),
    )


@inner_kernel
def _level_steps(states, rates, rate):  # type: ignore[no-untyped-def]
    """For each number of contacts that are in: the share of `rate` that stays, that comes from one less, one more."""
    stay, up, down = np.zeros(states), np.zeros(states), np.zeros(states)
    for n in range(states):
        grows = rates.arrivals if n < rates.agents else rates.arrivals * (1.0 - rates.balking)
        if n + 1 == states or n >= rates.lines:
            grows = 0.0
        shrinks = min(n, rates.agents) * rates.service + max(n - rates.agents, 0) * rates.abandonment
        stay[n] = 1.0 - (grows + shrinks) / rate
        if n + 1 < states:
            up[n + 1] = grows / rate
        if n > 0:
            down[n - 1] = shrinks / rate
    return stay, up, down


@inner_kernel
def _joins(rows, places, rates, rate):  # type: ignore[no-untyped-def]
    """By excess and queue length: the share of `rate` at which contacts join the queue; none at the longest."""
    joins = np.zeros((rows, places + 1))
    for e in range(rows):
        for q in range(places):
            if rates.agents + e + q < rates.lines:
                joins[e, q] = rates.arrivals * (1.0 - rates.balking) / rate
    return joins


@inner_kernel
def _contact_steps(rows, places, rates, rate):  # type: ignore[no-untyped-def]
    """Of a contact behind j others while e are in excess, the share of `rate` that [0] stays as it is, [1] comes here
    from behind j + 1 others, [2] goes on to e - 1 in excess."""
    steps = np.zeros((3, rows, places + 1))
    for e in range(rows):
        finish = (rates.agents + e) * rates.service
        for j in range(places + 1):
            steps[0, e, j] = 1.0 - (finish + (j + 1.0) * rates.abandonment) / rate
            steps[1, e, j] = ((finish if e == 0 else 0.0) + (j + 1.0) * rates.abandonment) / rate
            steps[2, e, j] = finish / rate
    return steps


@inner_kernel
def _step_level(now, then, stay, up, down):  # type: ignore[no-untyped-def]
    """One step of the chain without excess."""
    then[0] = now[0] * stay[0] + now[1] * down[0]
    for i in range(stay.size - 1):
        then[i + 1] = now[i + 1] * stay[i + 1] + now[i] * up[i + 1] + now[i + 2] * down[i + 1]


@inner_kernel
def _step_waiting(now, then, total, tail, steps):  # type: ignore[no-untyped-def]
    """One step of contacts that wait; what they are now is added, times `tail`, to their total."""
    _, rows, width = steps.shape
    for e in range(rows):
        for j in range(width):
            then[e, j] = now[e, j] * steps[0, e, j] + now[e, j + 1] * steps[1, e, j]
            total[e, j] += tail * now[e, j]
        if e > 0:
            for j in range(width):
                then[e - 1, j] += now[e, j] * steps[2, e, j]


@inner_kernel
def _step_waited(waiting, now, then, total, tail, inverse, steps):  # type: ignore[no-untyped-def]
    """The same of the seconds that they have waited, which grow by one `inverse` rate for each that waits."""
    _, rows, width = steps.shape
    for e in range(rows):
        for j in range(width):
            then[e, j] = now[e, j] * steps[0, e, j] + now[e, j + 1] * steps[1, e, j] + waiting[e, j] * inverse
            total[e, j] += tail * now[e, j]
        if e > 0:
            for j in range(width):
                then[e - 1, j] += now[e, j] * steps[2, e, j]


@inner_kernel
def _excess_steps(layers, places, joins, rates, rate):  # type: ignore[no-untyped-def]
    """With agents in excess and q in queue, the share of `rate` that stays as it is."""
    stay = np.zeros((layers, places + 1))
    for e in range(layers):
        for q in range(places + 1):
            leaving = (rates.agents + e + 1.0) * rates.service + q * rates.abandonment
            stay[e, q] = 1.0 - leaving / rate - joins[e + 1, q]
    return stay


@inner_kernel
def _step_excess(now, then, next_level, next_waiting, stay, joins, rates, rate):  # type: ignore[no-untyped-def]
    """One step of the chain with agents in excess, of those who finish, and of the contacts that join their queues."""
    layers, width = stay.shape
    leave = rates.abandonment / rate
    for e in range(layers):
        then[e, 0] = now[e, 0] * stay[e, 0] + now[e, 1] * leave
        for i in range(width - 1):
            then[e, i + 1] = (
                now[e, i + 1] * stay[e, i + 1] + now[e, i + 2] * (i + 2.0) * leave + now[e, i] * joins[e + 1, i]
            )
        for q in range(width):
            next_waiting[e + 1, q] += now[e, q] * joins[e + 1, q]
        finish = (rates.agents + e + 1.0) * rates.service / rate
        if e == 0:
            for q in range(width):
                next_level[rates.agents + q] += now[0, q] * finish
        else:
            for q in range(width):
                then[e - 1, q] += now[e, q] * finish


@inner_kernel
def _widened(values, size):  # type: ignore[no-untyped-def]
    """The values in an array of another size, the rest 0."""
    wide = np.zeros(size)
    for i in range(min(size, values.size)):
        wide[i] = values[i]
    return wide


@inner_kernel
def _widened_table(values, rows, columns):  # type: ignore[no-untyped-def]
    """The same for a table; what lies beyond it is left out."""
    wide = np.zeros((rows, columns))
    for e in range(min(rows, values.shape[0])):
        for j in range(min(columns, values.shape[1])):
            wide[e, j] = values[e, j]
    return wide


@inner_kernel
def _add(weight, values, total):  # type: ignore[no-untyped-def]
    for i in range(values.size):
        total[i] += weight * values[i]


@inner_kernel
def _add_table(weight, values, total):  # type: ignore[no-untyped-def]
    for e in range(values.shape[0]):
        for j in range(values.shape[1]):
            total[e, j] += weight * values[e, j]
