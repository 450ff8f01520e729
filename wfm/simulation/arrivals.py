"""First attempts of one interval: drawn type by type from their keys, then put in order of (time, type, number)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel
from wfm.measures.counts import OFFERED
from wfm.simulation.keys import AFTER_CONTACT_WORK, GAP, TALK, child, uniform
from wfm.simulation.ledger import INDEX, NO_ROOM
from wfm.simulation.lowering import EXPONENTIAL, Law
from wfm.simulation.quantiles import Tables, draw, polynomial_quantile

BATCH = 256
BUCKETS = 4  # for each contact: so seldom do two share one that looking for it costs nothing


class Arrivals(NamedTuple):
    """Contacts of one interval as they were drawn, and the order in which they come.

    time, talk, work (after contact): float64[room], seconds, the last two at speed 1; kind: int64[room];
    key: uint64[room]; order: int64[room], places of the contacts in order; sorted_time: float64[room];
    bucket: int64[BUCKETS x room + 1].
    """

    time: np.ndarray
    talk: np.ndarray
    work: np.ndarray
    kind: np.ndarray
    key: np.ndarray
    order: np.ndarray
    sorted_time: np.ndarray
    bucket: np.ndarray


def room_for_arrivals(room: int) -> Arrivals:
    """Arrivals with room for so many contacts in one interval."""
    time, talk, work, sorted_time = np.empty((4, room))
    kind, order = np.empty((2, room), np.int64)
    key, bucket = np.empty(room, np.uint64), np.empty(BUCKETS * room + 1, np.int64)
    return Arrivals(time, talk, work, kind, key, order, sorted_time, bucket)


class Demand(NamedTuple):
    """What contacts are made of: fields of `World`; work is after-contact work."""

    volume: np.ndarray
    day: np.ndarray
    edges: np.ndarray
    type_key: np.ndarray
    talk: Law
    work: Law
    has_work: np.ndarray
    tables: Tables


@bare_kernel
def arrivals_of(demand, replication, factors, i, counts, arrivals):  # type: ignore[no-untyped-def]
    """Fill in the contacts of interval i, and count them as offered; returns how many, or NO_ROOM."""
    start, end = demand.edges[i], demand.edges[i + 1]
    unit_exponential = demand.tables.coefficients[EXPONENTIAL]
    size, kinds = np.int64(0), 0
    for k in range(demand.volume.shape[0]):
        mean_count = demand.volume[k, i] * factors[k, demand.day[i]]
        if mean_count <= 0.0:
            continue
        interval_key = child(child(replication, demand.type_key[k]), np.uint64(i))
        mean_gap = (end - start) / mean_count
        total, n = 0.0, np.int64(0)
        arriving = True
        while arriving:
            batch = min(BATCH, np.int64(max(mean_count - n, 0.0) + np.sqrt(mean_count)) + 2)
            if size + batch > arrivals.time.size:
                return NO_ROOM
            time, key = arrivals.time, arrivals.key
            for b in range(batch):
                contact = child(interval_key, np.uint64(n + b))
                key[size + b] = contact
                time[size + b] = polynomial_quantile(unit_exponential, uniform(contact, GAP))
            for _ in range(batch):
                total += time[size]
                arrival = start + total * mean_gap
                if arrival >= end:
                    arriving = False
                    break
                time[size] = arrival
                arrivals.kind[size] = k
                size += 1
                n += 1
        draw_many(demand.talk, demand.tables, k, i, TALK, arrivals.key, arrivals.talk, size - n, size)
        if demand.has_work[k]:
            draw_many(demand.work, demand.tables, k, i, AFTER_CONTACT_WORK, arrivals.key, arrivals.work, size - n, size)
        else:
            arrivals.work[size - n : size] = 0.0
        counts[k, i, OFFERED] = n
        kinds += n > 0
    if kinds > 1:
        _sort(arrivals, size, start, end)
    else:
        for b in range(size):
            arrivals.order[b], arrivals.sorted_time[b] = b, arrivals.time[b]
    return size


@woven_kernel
def draw_many(law, tables, k, i, purpose, key, drawn, first, after):  # type: ignore[no-untyped-def]
    """One variate for each key from `first` up to `after`, of contacts of type k that arrive in interval i.

    All at once, nobody waits for a table to be read: half the time of drawing each when it is needed.
    """
    table, scale = law.table[k, i], law.scale[k, i]
    if law.at_zero[k, i] > 0.0 or tables.sample_size[table] > 0:
        for b in range(first, after):
            drawn[b] = draw(law, tables, k, i, uniform(key[b], purpose))
    else:
        coefficients = tables.coefficients[table]
        for b in range(first, after):
            drawn[b] = scale * polynomial_quantile(coefficients, uniform(key[b], purpose))


@bare_kernel
def _sort(arrivals, size, start, end):  # type: ignore[no-untyped-def]
    """Stable: some buckets for each contact, which they fill evenly, then insertion for those who share one."""
    bucket, order, time, buckets = arrivals.bucket, arrivals.order, arrivals.sorted_time, BUCKETS * size
    per_second = buckets / (end - start)
    for b in range(buckets + 1):
        bucket[b] = 0
    for b in range(size):
        bucket[_bucket_of(arrivals.time[b] - start, per_second, buckets) + 1] += 1
    for b in range(buckets):
        bucket[b + 1] += bucket[b]
    for b in range(size):
        at = _bucket_of(arrivals.time[b] - start, per_second, buckets)
        place = bucket[at] & INDEX
        bucket[at] += 1
        time[place], order[place] = arrivals.time[b], b
    for b in range(1, size):
        moved, which, place = time[b], order[b], b
        while place > 0 and time[place - 1] > moved:
            time[place], order[place] = time[place - 1], order[place - 1]
            place -= 1
        time[place], order[place] = moved, which


@woven_kernel
def _bucket_of(time, per_second, buckets):  # type: ignore[no-untyped-def]
    return min(np.int64(time * per_second), buckets - 1) & INDEX
