"""Heaps in plain arrays: does what comes out come in order, whatever went in?"""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wfm.jit import kernel
from wfm.simulation.heap import (
    NEVER,
    empty_agenda,
    first_of_instant,
    instant,
    pop,
    push,
    reschedule,
    schedule,
    strike_first,
    time_of,
)

SCHEDULE, STRIKE, RESCHEDULE = 0, 1, 2
TIMES = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 1e-300, 1e300]) | st.floats(0.0, 1e9)
STEPS = st.lists(st.tuples(st.sampled_from([SCHEDULE, SCHEDULE, STRIKE, RESCHEDULE]), TIMES), max_size=60)


@kernel
def sorted_by_heap(times, heap, found):  # type: ignore[no-untyped-def]
    for n in range(times.size):
        push(heap, n, instant(times[n]))
    for n in range(times.size):
        found[n] = time_of(heap[0])
        pop(heap, times.size - n)


@kernel
def follow(steps, times, agenda, seen):  # type: ignore[no-untyped-def]
    """Do the steps, the number of each being what is scheduled; `seen` gets what was first before each."""
    size = np.int64(0)
    for n in range(steps.size):
        seen[n] = -1
        if size > 0:
            seen[n] = first_of_instant(agenda, size)
        if steps[n] == SCHEDULE:
            schedule(agenda, size, instant(times[n]), np.int64(n))
            size += 1
        elif size > 0 and steps[n] == STRIKE:
            strike_first(agenda, size)
            size -= 1
        elif size > 0:
            reschedule(agenda, size, instant(times[n]), np.int64(n))


@given(st.lists(TIMES, max_size=70))
def test_times_come_out_in_order(times):
    heap, found = np.full(len(times) + 3, NEVER), np.empty(len(times))
    sorted_by_heap(np.array(times), heap, found)
    assert found.tolist() == sorted(times)
    assert np.all(heap == NEVER)


@given(STEPS)
def test_events_come_by_time_and_at_one_instant_by_what_they_are(steps):
    """As with Python's own heap of pairs."""
    expected, events = [], []
    for number, (step, time) in enumerate(steps):
        expected.append(events[0][1] if events else -1)
        if step == SCHEDULE:
            heapq.heappush(events, (time, number))
        elif events and step == STRIKE:
            heapq.heappop(events)
        elif events:
            heapq.heapreplace(events, (time, number))
    seen = np.empty(len(steps), np.int64)
    kinds, times = np.array([step for step, _ in steps], np.int64), np.array([time for _, time in steps])
    follow(kinds, times, empty_agenda(len(steps)), seen)
    assert seen.tolist() == expected


def test_instants_stand_in_the_order_of_times():
    times = np.array([0.0, 5e-324, 1e-9, 0.1, 1.0, np.nextafter(1.0, 2.0), 86400.0, 1e300, np.inf])
    assert np.all(np.diff(times.view(np.int64)) > 0)
    assert times.view(np.int64)[-1] == NEVER
