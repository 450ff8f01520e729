"""Agents of each group while a replication runs: on duty, busy, and free since when."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, inner_kernel, woven_kernel
from wfm.measures.counts import BUSY, OVERTIME, STAFFED
from wfm.simulation.ledger import add_span, interval_of, microseconds, settle


class Agents(NamedTuple):
    """State per group, and the books of its time.

    on_duty, busy, free, too_many: int64[groups]; free = max(0, on duty - busy), too many = max(0, busy - on duty).
    idle_since: float64[groups, room], a ring: from `longest` on, when each free agent became free; room: a power of two.
    span, span_edges: int64[groups, intervals + 1], busy time; late, late_edges: time of those too many; both as spans.
    """

    on_duty: np.ndarray
    busy: np.ndarray
    free: np.ndarray
    too_many: np.ndarray
    idle_since: np.ndarray
    longest: np.ndarray
    span: np.ndarray
    span_edges: np.ndarray
    late: np.ndarray
    late_edges: np.ndarray


@inner_kernel
def no_agents(groups, intervals, most):  # type: ignore[no-untyped-def]
    """Nobody on duty yet; `most` is the largest number of any group."""
    room = np.int64(1)
    while room < most + 1:
        room *= 2
    shape = (groups, intervals + 1)
    return Agents(
        np.zeros(groups, np.int64), np.zeros(groups, np.int64), np.zeros(groups, np.int64), np.zeros(groups, np.int64),
        np.zeros((groups, room)), np.zeros(groups, np.int64),
        np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64),
    )  # fmt: skip


@woven_kernel
def longest_idle_since(agents, g):  # type: ignore[no-untyped-def]
    """When the free agent of group g who is free for the longest time became free; there must be one."""
    return agents.idle_since[g, agents.longest[g]]


@woven_kernel
def take_longest_idle(agents, g):  # type: ignore[no-untyped-def]
    """A free agent of group g becomes busy."""
    agents.longest[g] = (agents.longest[g] + 1) & (agents.idle_since.shape[1] - 1)
    agents.free[g] -= 1
    agents.busy[g] += 1


@woven_kernel
def add_free(agents, g, now):  # type: ignore[no-untyped-def]
    """An agent of group g is free from now on."""
    agents.idle_since[g, (agents.longest[g] + agents.free[g]) & (agents.idle_since.shape[1] - 1)] = now
    agents.free[g] += 1


@bare_kernel
def set_on_duty(world, agents, g, level, now):  # type: ignore[no-untyped-def]
    """When the number falls, agents idle for the shortest time leave first, then busy ones as they finish."""
    agents.on_duty[g] = level
    free = max(np.int64(0), level - agents.busy[g])
    agents.free[g] = min(agents.free[g], free)
    while agents.free[g] < free:
        add_free(agents, g, now)
    note_too_many(world, agents, g, now)


@bare_kernel
def note_too_many(world, agents, g, now):  # type: ignore[no-untyped-def]
    """Book agents who are still busy although too many: they count as staffed until they finish or are wanted again."""
    found = max(np.int64(0), agents.busy[g] - agents.on_duty[g])
    change = found - agents.too_many[g]
    if change != 0:
        i = interval_of(now, world.edges, 1.0 / world.edges[1])
        agents.late[g, i] -= change * microseconds(now)
        agents.late_edges[g, i] += change
        agents.too_many[g] = found


@woven_kernel
def book_busy(agents, g, first, start_us, last, end_us):  # type: ignore[no-untyped-def]
    """An agent of group g is busy from a time in interval `first` to one in interval `last`."""
    if first == last:
        agents.span[g, first] += end_us - start_us
    else:
        add_span(agents.span[g], agents.span_edges[g], first, start_us, last, end_us)


@bare_kernel
def close_time_books(world, agents, levels, times):  # type: ignore[no-untyped-def]
    """Fill int64[groups, intervals + 1, TIMES] from what was booked."""
    groups, intervals = world.on_duty.shape
    for g in range(groups):
        settle(agents.span[g], agents.span_edges[g], world.edges_us)
        settle(agents.late[g], agents.late_edges[g], world.edges_us)
        for i in range(intervals + 1):
            busy = agents.span[g, i]
            times[g, i, BUSY] = times[g, i, STAFFED] = times[g, i, OVERTIME] = busy
            if i < intervals and world.on_duty[g, i]:
                length = world.edges_us[i + 1] - world.edges_us[i]
                times[g, i, STAFFED] = levels[g, i] * length + agents.late[g, i]
                times[g, i, OVERTIME] = agents.late[g, i]
