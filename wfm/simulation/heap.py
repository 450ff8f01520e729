"""Binary heaps in plain arrays, of times and of events, padded with infinity so that a missing child never wins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel

ONE, TWO = np.uint64(1), np.uint64(2)


@woven_kernel
def replace_top(heap, size, time):  # type: ignore[no-untyped-def]
    """Put `time` in the place of the smallest. heap: float64[> size], infinite from `size` on."""
    hole, low, end = np.uint64(0), ONE, np.uint64(size)
    while low < end:
        low += np.uint64(heap[low + ONE] < heap[low])
        if heap[low] >= time:
            break
        heap[hole] = heap[low]
        hole = low
        low = TWO * hole + ONE
    heap[hole] = time


@bare_kernel
def pop(heap, size):  # type: ignore[no-untyped-def]
    """Take the smallest away; the heap then holds size - 1."""
    last = heap[size - 1]
    heap[size - 1] = np.inf
    if size > 1:
        replace_top(heap, size - 1, last)


@bare_kernel
def push(heap, size, time):  # type: ignore[no-untyped-def]
    """Add a time; the heap then holds size + 1."""
    hole = np.uint64(size)
    while hole > 0:
        above = (hole - ONE) >> ONE
        if heap[above] <= time:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = time


class Agenda(NamedTuple):
    """A heap of events to come, by time. time: float64[> size + 1], infinite from `size` on; what: int64[...]."""

    time: np.ndarray
    what: np.ndarray


def empty_agenda(room: int) -> Agenda:
    """An agenda for at most `room` events at once."""
    return Agenda(np.full(room + 3, np.inf), np.zeros(room + 3, np.int64))


@woven_kernel
def schedule(agenda, size, time, what):  # type: ignore[no-untyped-def]
    """Add an event; the agenda then holds size + 1."""
    hole = np.uint64(size)
    while hole > 0:
        above = (hole - ONE) >> ONE
        if agenda.time[above] <= time:
            break
        agenda.time[hole] = agenda.time[above]
        agenda.what[hole] = agenda.what[above]
        hole = above
    agenda.time[hole] = time
    agenda.what[hole] = what


@woven_kernel
def reschedule(agenda, size, time, what):  # type: ignore[no-untyped-def]
    """Put an event in the place of the first."""
    hole, low, end = np.uint64(0), ONE, np.uint64(size)
    while low < end:
        low += np.uint64(agenda.time[low + ONE] < agenda.time[low])
        if agenda.time[low] >= time:
            break
        agenda.time[hole] = agenda.time[low]
        agenda.what[hole] = agenda.what[low]
        hole = low
        low = TWO * hole + ONE
    agenda.time[hole] = time
    agenda.what[hole] = what


@woven_kernel
def strike_first(agenda, size):  # type: ignore[no-untyped-def]
    """Take the first event away; the agenda then holds size - 1."""
    last = np.uint64(size - 1)
    time, what = agenda.time[last], agenda.what[last]
    agenda.time[last] = np.inf
    if size > 1:
        reschedule(agenda, size - 1, time, what)


@woven_kernel
def first_of_instant(agenda, size):  # type: ignore[no-untyped-def]
    """Of all events at the time of the first, bring the one with the smallest `what` to the top; returns it."""
    if agenda.time[1] == agenda.time[0] or agenda.time[2] == agenda.time[0]:
        least = 0
        for one in range(1, size):
            if agenda.time[one] == agenda.time[0] and agenda.what[one] < agenda.what[least]:
                least = one
        agenda.what[0], agenda.what[least] = agenda.what[least], agenda.what[0]
    return agenda.what[0]
