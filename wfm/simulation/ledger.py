"""Keeping the books of a replication: whole microseconds, spans of time over intervals, and the contact log."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel
from wfm.measures.counts import BINS, COUNTS, TIMES

OUTCOMES = ("answered", "abandoned", "blocked", "dropped", "unfinished")
IS_ANSWERED, IS_ABANDONED, IS_BLOCKED, IS_DROPPED, IS_UNFINISHED = np.arange(
    len(OUTCOMES)
)  # int64, so that kernels have one signature
FULL, NO_ROOM = np.int64(-1), np.int64(-2)  # instead of how many: the log is full, or what a kernel works in


NOBODY = np.int64(-1)
WORD = 64  # bits of a set of types or groups
INDEX = np.int64(0x7FFFFFFF)  # index & INDEX is never negative, so that no code is made for counting from the end


class Books(NamedTuple):
    """What was counted in some replications; times and waits in whole microseconds.

    counts: int64[replications, types, intervals, COUNTS]; times: int64[replications, groups, intervals + 1, TIMES], the
    last interval what passes after the horizon; waits: int64[replications, types, BINS], answered contacts by their
    wait, or [replications, types, 0] when percentiles are not asked for.
    """

    counts: np.ndarray
    times: np.ndarray
    waits: np.ndarray


def bits_of(many: int) -> tuple[np.ndarray, np.ndarray]:
    """An empty set of so many as bits, uint64[1], and the bit of each, uint64[many].

    A word has 64 bits: with more than that to tell apart it is full for ever, and rules nothing out.
    """
    if many > WORD:
        return np.full(1, ~np.uint64(0)), np.zeros(many, np.uint64)
    return np.zeros(1, np.uint64), np.uint64(1) << np.arange(many, dtype=np.uint64)


def empty_books(world: Any, replications: int, *, percentiles: bool) -> Books:
    """Books in which nothing is counted yet."""
    types, intervals = world.volume.shape
    return Books(
        np.zeros((replications, types, intervals, len(COUNTS)), np.int64),
        np.zeros((replications, len(world.rows), intervals + 1, len(TIMES)), np.int64),
        np.zeros((replications, types, BINS if percentiles else 0), np.int64),
    )


class Log(NamedTuple):
    """One row per contact, in order of arrival; arrays of length 0 when no log is asked for.

    contact_type, agent_group (-1: none), outcome: int64; arrival, decided (answered, gone or given up), left (end of
    talk), freed (end of after-contact work): seconds.
    """

    contact_type: np.ndarray
    agent_group: np.ndarray
    arrival: np.ndarray
    outcome: np.ndarray
    decided: np.ndarray
    left: np.ndarray
    freed: np.ndarray


def empty_log(size: int) -> Log:
    """A log with room for so many contacts."""
    whole, real = np.zeros(size, np.int64), np.zeros(size)
    return Log(whole, whole.copy(), real, whole.copy(), real.copy(), real.copy(), real.copy())


@woven_kernel
def write(log, row, contact_type, agent_group, arrival, outcome, decided, left, freed):  # type: ignore[no-untyped-def]
    """Write one contact; the caller has seen to it that `row` is inside the log."""
    log.contact_type[row] = contact_type
    log.agent_group[row] = agent_group
    log.arrival[row] = arrival
    log.outcome[row] = outcome
    log.decided[row] = decided
    log.left[row] = left
    log.freed[row] = freed


@woven_kernel
def microseconds(time):  # type: ignore[no-untyped-def]
    """A time rounded once to whole microseconds; sums of differences of them are exact in any order."""
    return np.int64(time * 1e6 + 0.5)


@woven_kernel
def interval_of(time, edges, per_second):  # type: ignore[no-untyped-def]
    """Index of the interval that holds a time; the number of intervals when it is past the horizon."""
    last = np.uint64(edges.size - 1)
    i = np.uint64(min(np.int64(time * per_second), np.int64(last)))
    while i < last and edges[i + np.uint64(1)] <= time:
        i += np.uint64(1)
    while edges[i] > time:
        i -= np.uint64(1)
    return np.int64(i) & INDEX


@woven_kernel
def add_span(total, crossing, first, start_us, last, end_us):  # type: ignore[no-untyped-def]
    """Book a span of time: its ends in their intervals, the edges between them later, by `settle`."""
    total[first] -= start_us
    total[last] += end_us
    crossing[first] += 1
    crossing[last] -= 1


@bare_kernel
def settle(total, crossing, edges_us):  # type: ignore[no-untyped-def]
    """Give each interval the part of the spans that cross its edges. total, crossing: int64[intervals + 1]."""
    open_spans = 0
    for i in range(edges_us.size - 1):
        open_spans += crossing[i]
        total[i] += open_spans * edges_us[i + 1]
        total[i + 1] -= open_spans * edges_us[i + 1]
