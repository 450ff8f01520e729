"""Binary heaps of times in plain arrays, padded with infinity so that a missing child never wins."""

from __future__ import annotations

import numpy as np

from wfm.jit import inner_kernel

ONE, TWO = np.uint64(1), np.uint64(2)


@inner_kernel
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


@inner_kernel
def pop(heap, size):  # type: ignore[no-untyped-def]
    """Take the smallest away; the heap then holds size - 1."""
    last = heap[size - 1]
    heap[size - 1] = np.inf
    if size > 1:
        replace_top(heap, size - 1, last)


@inner_kernel
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
