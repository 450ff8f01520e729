"""Lines (trunks) that all contact types share, counted up to now whenever a contact arrives.

A line is held from arrival to the end of the talk, or to the end of the wait. Nothing but an arrival looks at lines, so
neither end needs an event of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wfm.jit import bare_kernel, woven_kernel
from wfm.simulation.booking import book_abandoned
from wfm.simulation.heap import NEVER, instant, pop, push
from wfm.simulation.lowering import NO_LIMIT
from wfm.simulation.waiting import GONE, NONE


class Lines(NamedTuple):
    """free: int64[1]; talk_ends: int64[room], a heap of `talking`: int64[1]; first_loss: float64[1], no waiting
    contact gives up before it.
    """

    free: np.ndarray
    talk_ends: np.ndarray
    talking: np.ndarray
    first_loss: np.ndarray


def all_lines_free(lines: int, agents: int) -> Lines:
    """At the start; `agents` is the largest number that may talk at once."""
    room = agents + 3 if lines < NO_LIMIT else 0
    return Lines(np.full(1, lines), np.full(room, NEVER), np.zeros(1, np.int64), np.full(1, np.inf))


@bare_kernel
def free_lines(state, lines):  # type: ignore[no-untyped-def]
    """All lines are free again."""
    state.free[0] = lines
    state.talk_ends[:] = NEVER
    state.talking[0] = 0
    state.first_loss[0] = np.inf


@bare_kernel
def is_line_free(lines, waiting, page, now):  # type: ignore[no-untyped-def]
    """Whether a contact that arrives now finds a line."""
    _hang_up(lines, now)
    if lines.free[0] == 0 and lines.first_loss[0] < now:
        lines.first_loss[0] = np.inf
        for k in range(waiting.oldest.size):
            place = waiting.oldest[k]
            while place != NONE:
                deadline, arrival = waiting.deadline[place], waiting.arrival[place]
                if waiting.number[place] != GONE and deadline < now:
                    book_abandoned(page, k, waiting.interval[place], waiting.number[place], arrival, deadline)
                    waiting.number[place] = GONE
                    lines.free[0] += 1
                elif waiting.number[place] != GONE:
                    lines.first_loss[0] = min(lines.first_loss[0], deadline)
                place = waiting.following[place]
    return lines.free[0] > 0


@woven_kernel
def talk_until(lines, end, now):  # type: ignore[no-untyped-def]
    """The line of a contact that is answered now is free again at `end`."""
    if lines.talk_ends.size > 0:
        _hang_up(lines, now)
        push(lines.talk_ends, lines.talking[0], instant(end))
        lines.talking[0] += 1


@bare_kernel
def _hang_up(lines, now):  # type: ignore[no-untyped-def]
    while lines.talk_ends[0] <= instant(now):
        pop(lines.talk_ends, lines.talking[0])
        lines.talking[0] -= 1
        lines.free[0] += 1
