"""States of the time-varying queue: the chain and contacts that wait, and what becomes of both when staffing steps."""

from __future__ import annotations

import numpy as np

from wfm.jit import inner_kernel
from wfm.queueing.over_time.flow import Cohort, System

NO_EXCESS = 1e-15  # a probability of agents in excess so small that they count as gone


@inner_kernel
def no_system():  # type: ignore[no-untyped-def]
    """A system without states: contacts that wait flow alone."""
    return System(np.zeros(0), np.zeros((0, 1)))


@inner_kernel
def nobody():  # type: ignore[no-untyped-def]
    """A cohort without contacts."""
    return Cohort(np.zeros((1, 1)), np.zeros((1, 1)))


@inner_kernel
def total(values):  # type: ignore[no-untyped-def]
    """The sum of a table."""
    found = 0.0
    for e in range(values.shape[0]):
        for j in range(values.shape[1]):
            found += values[e, j]
    return found


@inner_kernel
def add_table(values, to):  # type: ignore[no-untyped-def]
    """Add a table to another that is at least as large."""
    for e in range(values.shape[0]):
        for j in range(values.shape[1]):
            to[e, j] += values[e, j]


@inner_kernel
def together(one, other):  # type: ignore[no-untyped-def]
    """Contacts of two kinds, by excess and place, as one."""
    both = np.zeros((max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])))
    add_table(one, both)
    add_table(other, both)
    return both


@inner_kernel
def stacked(one, other):  # type: ignore[no-untyped-def]
    """Two lists of tables as float64[m, rows, places], filled up with 0."""
    tables = one + other
    rows, places = 1, 1
    for table in tables:
        rows, places = max(rows, table.shape[0]), max(places, table.shape[1])
    stack = np.zeros((len(tables), rows, places))
    for k in range(len(tables)):
        add_table(tables[k], stack[k])
    return stack


@inner_kernel
def restaffed(system, before, after, preemptive):  # type: ignore[no-untyped-def]
    """The system when staffing changes."""
    if before == after or preemptive:
        return system
    rise, (layers, places) = after - before, system.excess.shape
    level = np.zeros(max(system.level.size, after + places))
    excess = np.zeros((max(layers - rise, 0), max(places, system.level.size - before)))
    for n in range(system.level.size):
        in_excess = min(n, before) - after
        if in_excess > 0:
            excess[in_excess - 1, max(n - before, 0)] += system.level[n]
        else:
            level[n] += system.level[n]
    for e in range(layers):
        for q in range(places):
            if e + 1 > rise:
                excess[e - rise, q] += system.excess[e, q]
            else:
                level[before + e + 1 + q] += system.excess[e, q]
    return System(level, excess)


@inner_kernel
def restaffed_cohort(cohort, before, after, preemptive):  # type: ignore[no-untyped-def]
    """How many of a cohort are answered when staffing changes, how long they waited, and the cohort after it."""
    rise, (rows, places) = after - before, cohort.waiting.shape
    # Contacts that return from agents in excess stand before everybody who waits.
    returned = max(-rise, 0) if preemptive else 0
    taken, wait_of_taken = 0.0, 0.0
    waiting = np.zeros((max(rows - rise - returned, 1), places + returned))
    waited = np.zeros(waiting.shape)
    for e in range(rows):
        free = max(rise - e, 0)
        for j in range(places):
            if j < free:
                taken += cohort.waiting[e, j]
                wait_of_taken += cohort.waited[e, j]
            else:
                row, place = max(e - rise - returned, 0), j - free + returned
                waiting[row, place] += cohort.waiting[e, j]
                waited[row, place] += cohort.waited[e, j]
    return taken, wait_of_taken, Cohort(waiting, waited)


@inner_kernel
def without_queue(system, agents):  # type: ignore[no-untyped-def]
    """The system when everybody who waits is sent away."""
    level = np.zeros(agents + 1)
    for n in range(system.level.size):
        level[min(n, agents)] += system.level[n]
    excess = np.zeros((system.excess.shape[0], 1))
    for e in range(system.excess.shape[0]):
        for q in range(system.excess.shape[1]):
            excess[e, 0] += system.excess[e, q]
    return System(level, excess)


@inner_kernel
def without_empty_layers(system, cohort, agents):  # type: ignore[no-untyped-def]
    """System and cohort without the greatest excess, where it is as good as gone; the rest of it becomes smaller."""
    layers, places = system.excess.shape
    kept = 0
    for e in range(layers):
        for q in range(places):
            if system.excess[e, q] > NO_EXCESS:
                kept = e + 1
    if kept == layers and cohort.waiting.shape[0] == kept + 1:
        return system, cohort
    waiting, waited = np.zeros((kept + 1, cohort.waiting.shape[1])), np.zeros((kept + 1, cohort.waiting.shape[1]))
    for e in range(cohort.waiting.shape[0]):
        for j in range(cohort.waiting.shape[1]):
            waiting[min(e, kept), j] += cohort.waiting[e, j]
            waited[min(e, kept), j] += cohort.waited[e, j]
    level = np.zeros(max(system.level.size, agents + places))
    for n in range(system.level.size):
        level[n] = system.level[n]
    excess = np.zeros((kept, places))
    for e in range(layers):
        for q in range(places):
            if kept > 0:
                excess[min(e, kept - 1), q] += system.excess[e, q]
            else:
                level[agents + q] += system.excess[e, q]
    return System(level, excess), Cohort(waiting, waited)


@inner_kernel
def compact(cohort):  # type: ignore[no-untyped-def]
    """The cohort without rows of excess and places at the far end that hold next to nobody."""
    enough = NO_EXCESS * total(cohort.waiting)
    rows, places = 1, 1
    for e in range(cohort.waiting.shape[0]):
        for j in range(cohort.waiting.shape[1]):
            if cohort.waiting[e, j] > enough:
                rows, places = max(rows, e + 1), max(places, j + 1)
    waiting, waited = np.zeros((rows, places)), np.zeros((rows, places))
    for e in range(rows):
        for j in range(places):
            waiting[e, j] = cohort.waiting[e, j]
            if e < cohort.waited.shape[0] and j < cohort.waited.shape[1]:
                waited[e, j] = cohort.waited[e, j]
    return Cohort(waiting, waited)
