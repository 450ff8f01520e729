"""Binary heaps in plain arrays, of instants and of events, padded with NEVER so that a missing child never wins.

An instant is the bits of a time as an int64. Times from 0 on stand in the same order as their bits, and a processor
compares whole numbers in a third of the time.
"""

from __future__ import annotations

import numpy as np

from wfm.jit import bare_kernel, woven_kernel

ONE, TWO = np.uint64(1), np.uint64(2)
NEVER = np.float64(np.inf).view(np.int64)


@woven_kernel
def instant(time):  # type: ignore[no-untyped-def]
    """The int64 that stands for a time of at least 0."""
    return np.float64(time).view(np.int64)


@woven_kernel
def time_of(instant):  # type: ignore[no-untyped-def]
    """The time that an instant stands for."""
    return np.int64(instant).view(np.float64)


# ---- instants: int64[> size + 1]


@woven_kernel
def replace_top(heap, size, when):  # type: ignore[no-untyped-def]
    """Put an instant in the place of the smallest."""
    hole, low, end = np.uint64(0), ONE, np.uint64(size)
    while low < end:
        low += np.uint64(heap[low + ONE] < heap[low])
        if heap[low] >= when:
            break
        heap[hole] = heap[low]
        hole = low
        low = TWO * hole + ONE
    heap[hole] = when


@bare_kernel
def pop(heap, size):  # type: ignore[no-untyped-def]
    """Take the smallest away; the heap then holds size - 1."""
    last = heap[size - 1]
    heap[size - 1] = NEVER
    if size > 1:
        replace_top(heap, size - 1, last)


@bare_kernel
def push(heap, size, when):  # type: ignore[no-untyped-def]
    """Add an instant; the heap then holds size + 1."""
    hole = np.uint64(size)
    while hole > 0:
        above = (hole - ONE) >> ONE
        if heap[above] <= when:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = when


# ---- events: int64[> 2 x size + 4], in turn the instant of an event and what it is


def empty_agenda(room: int) -> np.ndarray:
    """An agenda for at most `room` events at once."""
    return np.tile(np.array([NEVER, 0]), room + 3)


@woven_kernel
def schedule(agenda, size, when, what):  # type: ignore[no-untyped-def]
    """Add an event; the agenda then holds size + 1."""
    hole = np.uint64(size) << ONE
    while hole > 0:
        above = (hole - TWO) >> TWO << ONE
        if agenda[above] <= when:
            break
        agenda[hole], agenda[hole + ONE] = agenda[above], agenda[above + ONE]
        hole = above
    agenda[hole], agenda[hole + ONE] = when, what


@woven_kernel
def reschedule(agenda, size, when, what):  # type: ignore[no-untyped-def]
    """Put an event in the place of the first."""
    hole, low, end = np.uint64(0), TWO, np.uint64(size) << ONE
    while low < end:
        low += np.uint64(agenda[low + TWO] < agenda[low]) << ONE
        if agenda[low] >= when:
            break
        agenda[hole], agenda[hole + ONE] = agenda[low], agenda[low + ONE]
        hole = low
        low = (hole << ONE) + TWO
    agenda[hole], agenda[hole + ONE] = when, what


@woven_kernel
def strike_first(agenda, size):  # type: ignore[no-untyped-def]
    """Take the first event away; the agenda then holds size - 1."""
    last = np.uint64(size - 1) << ONE
    when, what = agenda[last], agenda[last + ONE]
    agenda[last] = NEVER
    if size > 1:
        reschedule(agenda, size - 1, when, what)


@woven_kernel
def first_of_instant(agenda, size):  # type: ignore[no-untyped-def]
    """Of all events at the instant of the first, bring the one with the smallest `what` to the top; returns it."""
    if agenda[2] == agenda[0] or agenda[4] == agenda[0]:
        least = 0
        for one in range(2, 2 * size, 2):
            if agenda[one] == agenda[0] and agenda[one + 1] < agenda[least + 1]:
                least = one
        agenda[1], agenda[least + 1] = agenda[least + 1], agenda[1]
    return agenda[1]
