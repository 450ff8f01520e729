"""Writing down what happens to the contacts of one replication, while it runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel
from wfm.measures.counts import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_BY_BEST,
    ANSWERED_WITHIN,
    BLOCKED,
    DROPPED,
    OFFERED,
    QUEUE_TIME,
    SHORT_ABANDONED,
    UNFINISHED,
    WAIT_OF_ANSWERED,
    WAIT_OF_UNANSWERED,
)
from wfm.measures.waits import bin_of
from wfm.simulation.ledger import IS_ABANDONED, NOBODY, Log, add_span, interval_of, microseconds, settle, write

COLUMN_OF = np.array([ANSWERED, ABANDONED, BLOCKED, DROPPED, UNFINISHED])  # the count of each outcome


class Page(NamedTuple):
    """The books of one replication. Contacts who are answered at once by a best group need no entry until the end.

    counts: int64[types, intervals, COUNTS]; waits: int64[types, BINS or 0]; log: its rows are contact numbers.
    queue, queue_edges: int64[types, intervals + 1], time in queue as spans (`wfm.simulation.ledger.add_span`).
    answer_within, short_abandon: float64[types], seconds; edges: float64[intervals + 1].
    """

    counts: np.ndarray
    waits: np.ndarray
    log: Log
    queue: np.ndarray
    queue_edges: np.ndarray
    answer_within: np.ndarray
    short_abandon: np.ndarray
    edges: np.ndarray


@woven_kernel
def book_queue(page, k, i, arrival_us, last, end_us):  # type: ignore[no-untyped-def]
    """Time in queue from an arrival in interval i to an end in interval `last`."""
    if i == last:
        page.queue[k, i] += end_us - arrival_us
    else:
        add_span(page.queue[k], page.queue_edges[k], i, arrival_us, last, end_us)


@woven_kernel
def book_wait(page, k, i, arrival, now, now_us, last):  # type: ignore[no-untyped-def]
    """An answer, in interval `last`, to a contact that had to wait, maybe for no time at all."""
    arrival_us = microseconds(arrival)
    page.counts[k, i, ANSWERED_WITHIN] -= now > arrival + page.answer_within[k]
    page.counts[k, i, WAIT_OF_ANSWERED] += now_us - arrival_us
    book_queue(page, k, i, arrival_us, last, now_us)
    if page.waits.shape[1] > 0 and now_us > arrival_us:
        page.waits[k, bin_of(now_us - arrival_us)] += 1


@woven_kernel
def book_abandoned(page, k, i, number, arrival, now):  # type: ignore[no-untyped-def]
    """A contact gave up."""
    page.counts[k, i, ABANDONED_WITHIN] += now <= arrival + page.answer_within[k]
    page.counts[k, i, SHORT_ABANDONED] += now < arrival + page.short_abandon[k]
    book_end(page, k, i, number, arrival, IS_ABANDONED, now)


@woven_kernel
def book_end(page, k, i, number, arrival, outcome, now):  # type: ignore[no-untyped-def]
    """A contact ended without an answer; a blocked one has waited for nothing."""
    page.counts[k, i, COLUMN_OF[outcome]] += 1
    if now > arrival:
        arrival_us, now_us = microseconds(arrival), microseconds(now)
        page.counts[k, i, WAIT_OF_UNANSWERED] += now_us - arrival_us
        book_queue(page, k, i, arrival_us, interval_of(now, page.edges, 1.0 / page.edges[1]), now_us)
    if page.log.arrival.size > 0:
        write(page.log, number, k, NOBODY, arrival, outcome, now, now, now)


@bare_kernel
def close_page(page, edges_us):  # type: ignore[no-untyped-def]
    """Everyone else was answered, at once and within the threshold, and by a best group."""
    for k in range(page.counts.shape[0]):
        settle(page.queue[k], page.queue_edges[k], edges_us)
        answered_in_all = np.int64(0)
        for i in range(page.counts.shape[1]):
            row = page.counts[k, i]
            answered = row[OFFERED] - row[ABANDONED] - row[BLOCKED] - row[DROPPED] - row[UNFINISHED]
            row[ANSWERED] = answered
            row[ANSWERED_WITHIN] += answered
            row[ANSWERED_BY_BEST] += answered
            row[QUEUE_TIME] = page.queue[k, i]
            answered_in_all += answered
        if page.waits.shape[1] > 0:
            page.waits[k, 0] = answered_in_all - np.sum(page.waits[k, 1:])
