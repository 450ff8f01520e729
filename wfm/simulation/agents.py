"""Agents of each group while a replication runs: on duty, busy, and free since when."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel
from wfm.measures.counts import BUSY, OVERTIME, STAFFED
from wfm.simulation.ledger import INDEX, WORD, bits_of, interval_of, microseconds, settle


class Agents(NamedTuple):
    """State per group, and the books of its time.

    on_duty, busy, free, too_many: int64[groups]; free = max(0, on duty - busy), too many = max(0, busy - on duty).
    with_free: uint64[1], groups with a free agent, each by its own `bit`: uint64[groups] (`bits_of`).
    idle_since: float64[groups, room], a ring: from `longest` on, when each free agent became free; room: a power of 2.
    span: int64[groups, intervals + 1], busy time: minus each start, plus each end, in the interval where it falls, and
    busy agents x edge at edges (`cross_edge`), so that a freed agent who takes the next contact needs no entry.
    late, late_edges: int64[groups, intervals + 1], time of those too many, as spans (`wfm.simulation.ledger.add_span`).
    """

    on_duty: np.ndarray
    busy: np.ndarray
    free: np.ndarray
    too_many: np.ndarray
    with_free: np.ndarray
    bit: np.ndarray
    idle_since: np.ndarray
    longest: np.ndarray
    span: np.ndarray
    late: np.ndarray
    late_edges: np.ndarray


def no_agents(groups: int, intervals: int, most: int) -> Agents:
    """Nobody on duty yet; `most` is the largest number of any group."""
    on_duty, busy, free, too_many, longest = np.zeros((5, groups), np.int64)
    span, late, late_edges = np.zeros((3, groups, intervals + 1), np.int64)
    with_free, bit = bits_of(groups)
    idle_since = np.zeros((groups, 1 << (most + 1).bit_length()))
    return Agents(on_duty, busy, free, too_many, with_free, bit, idle_since, longest, span, late, late_edges)


@bare_kernel
def send_home(agents):  # type: ignore[no-untyped-def]
    """Nobody on duty again, and nothing booked."""
    agents.on_duty[:] = 0
    agents.busy[:] = 0
    agents.free[:] = 0
    agents.too_many[:] = 0
    agents.longest[:] = 0
    if agents.bit.size <= WORD:
        agents.with_free[0] = 0
    agents.span[:] = 0
    agents.late[:] = 0
    agents.late_edges[:] = 0


@woven_kernel
def longest_idle_since(agents, g):  # type: ignore[no-untyped-def]
    """When the free agent of group g who is free for the longest time became free; there must be one."""
    return agents.idle_since[g, agents.longest[g] & INDEX]


@woven_kernel
def take_longest_idle(agents, g):  # type: ignore[no-untyped-def]
    """A free agent of group g becomes busy."""
    agents.longest[g] = (agents.longest[g] + 1) & (agents.idle_since.shape[1] - 1)
    agents.free[g] -= 1
    agents.busy[g] += 1
    if agents.free[g] == 0:
        agents.with_free[0] &= ~agents.bit[g]


@woven_kernel
def add_free(agents, g, now):  # type: ignore[no-untyped-def]
    """An agent of group g is free from now on."""
    newest = (agents.longest[g] + agents.free[g]) & (agents.idle_since.shape[1] - 1)
    agents.idle_since[g, newest & INDEX] = now
    agents.free[g] += 1
    agents.with_free[0] |= agents.bit[g]


@woven_kernel
def take_just_freed(agents, g):  # type: ignore[no-untyped-def]
    """The agent of group g who became free last is busy again."""
    agents.free[g] -= 1
    agents.busy[g] += 1
    if agents.free[g] == 0:
        agents.with_free[0] &= ~agents.bit[g]


@bare_kernel
def set_on_duty(edges, agents, g, level, opens, now):  # type: ignore[no-untyped-def]
    """When the number falls, agents idle for the shortest time leave first, then busy ones as they finish.

    When the group opens, all who are free come on duty now.
    """
    agents.on_duty[g] = level
    if opens:
        agents.free[g] = 0
    free = max(np.int64(0), level - agents.busy[g])
    agents.free[g] = min(agents.free[g], free)
    if free == 0:
        agents.with_free[0] &= ~agents.bit[g]
    while agents.free[g] < free:
        add_free(agents, g, now)
    note_too_many(edges, agents, g, now)


@bare_kernel
def note_too_many(edges, agents, g, now):  # type: ignore[no-untyped-def]
    """Book agents who are still busy although too many: they count as staffed until they finish or are wanted again."""
    found = max(np.int64(0), agents.busy[g] - agents.on_duty[g])
    change = found - agents.too_many[g]
    if change != 0:
        i = interval_of(now, edges, 1.0 / edges[1])
        agents.late[g, i] -= change * microseconds(now)
        agents.late_edges[g, i] += change
        agents.too_many[g] = found


@bare_kernel
def cross_edge(edges_us, agents, i):  # type: ignore[no-untyped-def]
    """At the start of interval i, who is busy ends the interval before and begins this one."""
    for g in range(agents.busy.size):
        if i > 0:
            agents.span[g, i - 1] += agents.busy[g] * edges_us[i]
        agents.span[g, i] -= agents.busy[g] * edges_us[i]


@bare_kernel
def close_time_books(on_duty, edges_us, agents, levels, times):  # type: ignore[no-untyped-def]
    """Fill int64[groups, intervals + 1, TIMES] from what was booked."""
    for g in range(on_duty.shape[0]):
        settle(agents.late[g], agents.late_edges[g], edges_us)
        fill_times(on_duty[g], edges_us, levels[g], agents.span[g], agents.late[g], times[g])


@bare_kernel
def fill_times(on_duty, edges_us, levels, busy, late, times):  # type: ignore[no-untyped-def]
    """Fill int64[intervals + 1, TIMES] of one group: who is busy off duty, or late, is in overtime."""
    intervals = on_duty.size
    for i in range(intervals + 1):
        times[i, BUSY] = times[i, STAFFED] = times[i, OVERTIME] = busy[i]
        if i < intervals and on_duty[i]:
            times[i, STAFFED] = levels[i] * (edges_us[i + 1] - edges_us[i]) + late[i]
            times[i, OVERTIME] = late[i]
