"""The birth-death chain of a queue whose abandonment depends on its length, and the wait of one contact in it.

Time is counted in handling times, so that an agent serves at rate 1. `leaving` holds, for each queue length k, the
total rate at which contacts abandon: leaving[0] = 0, never falling, infinite where nobody is so patient. Of those who
wait, the one with i contacts ahead abandons at rate leaving[i + 1] - leaving[i], and moves up at rate agents +
leaving[i]; so the rates of all who wait add up to leaving[k], and contacts are conserved. All sums have positive terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wfm.jit import kernel
from wfm.queueing.erlang.kernels import states_below

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-22  # a term this small beside its sum changes no digit of it
NOBODY = 1e-60  # so seldom is nobody ahead of the others; less than NEGLIGIBLE, for they are answered first
LONGEST_QUEUE = 1 << 22
CHUNK = 1024  # events at a time


def figures(
    agents: float,
    load: float,
    lines: float,
    balking: float,
    within: float,
    short: float,
    leaving_of: Callable[[int], Array],
) -> tuple[float, ...] | None:
    """Nine figures of one queue with load > 0, as fractions of offered unless said otherwise.

    Waits, answered within, abandoned within, abandoned, blocked, answered, mean queue [contacts], mean wait of answered
    contacts times their fraction [handling times], abandoned before the short-abandon limit. `leaving_of(size)` gives
    the rates of the queue lengths 0..size - 1. None where more than LONGEST_QUEUE contacts would wait.
    """
    serving = min(agents, lines)
    places = max(0.0, lines - serving)
    joining = load * (1.0 - balking)
    size, counted = 64, 64
    while counted == size:
        size *= 4
        if size > LONGEST_QUEUE:
            return None
        leaving, odds = leaving_of(size + 1), np.empty(size)
        counted = queue_lengths(serving, joining, places, leaving, odds)
    leaving, lengths = leaving[: counted + 1], np.arange(counted)
    free, queue = _probabilities(serving, load, odds[:counted])
    room = queue * np.clip(places - lengths, 0.0, 1.0)
    open_ = math.fsum(room)
    patient = int(np.searchsorted(leaving[1:], np.inf))  # who finds as many or more in queue abandons at once
    behind = room[:patient] * (1.0 - balking)
    at_once = balking * open_ + (1.0 - balking) * math.fsum(room[patient:])
    in_the_end = (
        serving / load * math.fsum(queue[1:]),
        float(queue @ np.where(queue > 0.0, leaving[:counted], 0.0)) / load,
    )
    answered_late, abandoned_late = _late(serving, leaving[: patient + 1], behind, within, in_the_end)
    moving = serving + leaving[1 : patient + 1]
    moving = np.where(moving > 0.0, moving, np.inf)
    return (
        open_ * (1.0 - balking),
        free + answered_late,
        at_once + abandoned_late,
        at_once + in_the_end[1],
        float(queue @ (1.0 - np.clip(places - lengths, 0.0, 1.0))),
        free + in_the_end[0],
        float(queue @ lengths),
        float((behind * serving / moving) @ np.cumsum(1.0 / moving)),
        at_once + _late(serving, leaving[: patient + 1], behind, short, in_the_end)[1] if short > 0.0 else 0.0,
    )


def _probabilities(agents: float, load: float, odds: Array) -> tuple[float, Array]:
    """Probability of a free agent, and of each queue length with all busy, from the odds of the latter."""
    total = math.fsum(odds)
    below, log_scale = states_below(agents, load)
    idle, busy = below * (float(odds[0]) / total), math.exp(-log_scale)  # in one unit; neither can overflow
    return idle / (idle + busy), odds * (busy / (idle + busy) / total)


def _late(
    agents: float, leaving: Array, behind: Array, within: float, in_the_end: tuple[float, float]
) -> tuple[float, float]:
    """Fractions of offered that wait and are answered, and that wait and abandon, within the threshold."""
    from scipy.special import gammainc

    fastest = agents + leaving[-1]
    if within == 0.0 or fastest == 0.0 or behind.size == 0:
        return 0.0, 0.0
    if _all_over(agents + leaving[1:], behind, within):
        return in_the_end
    events = fastest * within  # the mean of a Poisson number
    waiting, answered, abandoned = behind.copy(), 0.0, 0.0
    for first in range(0, math.ceil(62.0 + events + 12.0 * math.sqrt(events)), CHUNK):
        if not waiting.any():
            break
        happens = gammainc(np.arange(first + 1.0, first + CHUNK + 1.0), events)
        ended = advance(agents, leaving, waiting, happens)
        answered, abandoned = answered + ended[0], abandoned + ended[1]
    return answered, abandoned


def _all_over(moving: Array, behind: Array, within: float) -> bool:
    """Whether no wait worth counting outlasts the threshold: Chernoff's bound for a contact that sees out each place.

    `moving` (m,): the rate at which a contact with i contacts ahead leaves that place, never falling.
    """
    slowest = moving[0]
    if slowest == 0.0:
        return False
    growth = np.cumsum(-np.log1p(-0.5 * slowest / moving)) - 0.5 * slowest * within
    return bool(behind @ np.exp(np.minimum(growth, 0.0)) < NEGLIGIBLE)


@kernel
def queue_lengths(agents, joining, places, leaving, out):  # type: ignore[no-untyped-def]
    """Fill `out` (m,) with the odds of the queue lengths 0..m - 1, relative to the most likely one; `leaving` (m + 1,).

    Returns how many lengths count; m where the table is too short to tell.
    """
    last = out.size - 1
    mode = 0
    while mode < last and joining * min(1.0, max(0.0, places - mode)) > agents + leaving[mode + 1]:
        mode += 1
    out[mode] = 1.0
    for k in range(mode, 0, -1):
        out[k - 1] = out[k] * (agents + leaving[k]) / (joining * min(1.0, max(0.0, places - k + 1.0)))
    total = 1.0
    for k in range(mode, last):
        rate = joining * min(1.0, max(0.0, places - k))
        out[k + 1] = out[k] * (rate / (agents + leaving[k + 1])) if rate > 0.0 else 0.0
        total += out[k + 1]
        if out[k + 1] <= NEGLIGIBLE * total:
            return k + 1
    return out.size


@kernel
def advance(agents, leaving, waiting, happens):  # type: ignore[no-untyped-def]
    """Let one event of a Poisson stream, as fast as the fastest state, after the other happen to a waiting contact.

    `waiting` (m,): probability to have i contacts ahead, changed in place; `leaving` (m + 1,); `happens` (events,):
    probability that the event comes within the threshold. Returns by how much the probabilities of an answer and of
    abandonment within the threshold grow. An event moves the contact with the share that its state's rate has in the
    fastest (uniformization).
    """
    low, high = 0, waiting.size - 1
    while low < high and waiting[low] == 0.0:
        low += 1
    while high > 0 and waiting[high] == 0.0:
        high -= 1
    most_leaving = leaving[waiting.size]
    fastest = agents + most_leaving
    answered, abandoned = 0.0, 0.0
    for event in range(happens.size):
        answered += happens[event] * waiting[0] * (agents / fastest)
        gone = 0.0
        low = max(0, low - 1)
        for i in range(low, high + 1):
            gone += waiting[i] * ((leaving[i + 1] - leaving[i]) / fastest)
            stays = waiting[i] * ((most_leaving - leaving[i + 1]) / fastest)
            follows = waiting[i + 1] * ((agents + leaving[i + 1]) / fastest) if i < high else 0.0
            waiting[i] = stays + follows
        abandoned += happens[event] * gone
        while low <= high and waiting[low] < NOBODY:
            waiting[low] = 0.0
            low += 1
        while high >= low and waiting[high] < NEGLIGIBLE:
            waiting[high] = 0.0
            high -= 1
        if high < low:
            break
    return answered, abandoned
