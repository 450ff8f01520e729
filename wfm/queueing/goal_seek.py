"""The requirement the other way round: the volume, handling time or answer threshold that so many agents can keep.

Each function takes any queue of this room with a `volume`, a `handling_time` and `measures(agents, ...)`, and evaluates
those exact measures at every step of a bracketing search, for all queues of an array at once. What it returns keeps
the targets; 1e-12 of it more (or less, for a threshold) does not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.inputs import NOT_NEGATIVE, OPEN_SHARE, broadcast, checked, checked_targets
from wfm.queueing.results import Figure, Measures, check_definition, unwrapped

Array = NDArray[np.float64]
Margin = Callable[[Array], Array]
"""By how much the targets are kept at a value: at least 0 where they are; only the sign counts beyond 1 and -1."""

WIDTH = 1e-13  # of the value
SMALLEST, GREATEST = 1e-250, 1e6  # times a load as great as the agents; beyond them lie 0 and infinity
ENDLESS = 1e9  # a threshold of so many handling times is never reached


def largest_volume(
    queue: Any,
    agents: ArrayLike,
    *,
    service_level: ArrayLike | None = None,
    answer_within: ArrayLike = 20.0,
    definition: str = "answered_of_offered",
    short_abandon: ArrayLike = 0.0,
    max_occupancy: ArrayLike | None = None,
    max_abandonment: ArrayLike | None = None,
    max_average_speed_of_answer: ArrayLike | None = None,
    max_blocking: ArrayLike | None = None,
) -> Figure:
    """The most contacts per interval that so many agents can be offered while every target given is kept.

    The queue's own volume is not read, only its shape. `agents` (>= 0, fractional if wanted), the targets and the
    thresholds [s] are as in `ErlangA.requirement`, with `max_blocking` (0 < x <= 1) for limited lines; arrays
    broadcast. Waits must stay finite: without abandonment the volume stays below what the agents can handle. The
    answer is 0 where no volume keeps the targets, and infinite where every volume does, up to a million times what the
    agents can handle. Should a target be kept, missed and kept again as the volume grows, the answer is the first end
    of a stretch that doubling (or halving, where they miss it) from a load equal to the agents finds. Raises InputError
    for targets out of range.

    >>> from wfm.queueing import ErlangA, ErlangC
    >>> queue = ErlangC(volume=0, handling_time=180, interval=1800)
    >>> largest_volume(queue, [13, 14], service_level=0.8, answer_within=20).round(2)
    array([ 99.67, 108.68])
    >>> round(largest_volume(ErlangA(0, 180, patience=120), 12, max_abandonment=0.05), 1)
    191.0
    """
    targets = {
        "service_level": service_level,
        "max_occupancy": max_occupancy,
        "max_abandonment": max_abandonment,
        "max_average_speed_of_answer": max_average_speed_of_answer,
        "max_blocking": max_blocking,
    }
    return _greatest("volume", queue, agents, targets, definition, answer_within, short_abandon)


def longest_handling_time(
    queue: Any,
    agents: ArrayLike,
    *,
    service_level: ArrayLike | None = None,
    answer_within: ArrayLike = 20.0,
    definition: str = "answered_of_offered",
    short_abandon: ArrayLike = 0.0,
    max_occupancy: ArrayLike | None = None,
    max_abandonment: ArrayLike | None = None,
    max_average_speed_of_answer: ArrayLike | None = None,
    max_blocking: ArrayLike | None = None,
) -> Figure:
    """The longest mean handling time [s] with which so many agents keep every target given.

    As `largest_volume`, with the queue's own handling time not read; infinite where nothing is offered.

    >>> from wfm.queueing import ErlangC
    >>> queue = ErlangC(volume=100, handling_time=1, interval=1800)
    >>> round(longest_handling_time(queue, 14, service_level=0.8, answer_within=20), 1)
    194.9
    """
    targets = {
        "service_level": service_level,
        "max_occupancy": max_occupancy,
        "max_abandonment": max_abandonment,
        "max_average_speed_of_answer": max_average_speed_of_answer,
        "max_blocking": max_blocking,
    }
    return _greatest("handling_time", queue, agents, targets, definition, answer_within, short_abandon)


def shortest_answer_within(
    queue: Any,
    agents: ArrayLike,
    service_level: ArrayLike,
    *,
    definition: str = "answered_of_offered",
    short_abandon: ArrayLike = 0.0,
) -> Figure:
    """The shortest threshold [s] within which so many agents reach the service level; infinite where none is enough.

    `agents` (>= 0), `service_level` (0 < x < 1, by `definition`) and `short_abandon` [s] broadcast with the queue's
    arguments. Raises InputError for values out of range.

    >>> from wfm.queueing import ErlangA
    >>> queue = ErlangA(volume=200, handling_time=180, patience=120)
    >>> shortest_answer_within(queue, [8, 11, 14], 0.8).round(1)
    array([ inf, 33.2,  0. ])
    """
    check_definition(definition)
    given = checked(
        {
            "agents": (agents, NOT_NEGATIVE),
            "service_level": (service_level, OPEN_SHARE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
    )
    handling_time = np.asarray(queue.handling_time, dtype=np.float64)
    shape = _shape(given, queue)

    def too_short(within: Array) -> Array:
        measures = _measures(queue, given["agents"], within, given["short_abandon"])
        return _bounded(given["service_level"] - np.asarray(measures.service_level(definition)))

    unit = np.broadcast_to(np.where(handling_time > 0.0, handling_time, 1.0), shape)
    at_once = too_short(np.zeros(shape)) <= 0.0
    never = too_short(unit * ENDLESS) > 0.0
    _, found = _turn(too_short, unit, at_once | never)
    return unwrapped(np.where(at_once, 0.0, np.where(never, np.inf, found)))


def _greatest(
    name: str,
    queue: Any,
    agents: ArrayLike,
    targets: dict[str, ArrayLike | None],
    definition: str,
    answer_within: ArrayLike,
    short_abandon: ArrayLike,
) -> Figure:
    """The greatest value of the queue's field `name` with which the targets are kept."""
    check_definition(definition)
    thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
    given = checked({"agents": (agents, NOT_NEGATIVE)}) | checked_targets(targets, thresholds)
    shape = _shape(given, queue)
    other = np.asarray(queue.handling_time if name == "volume" else queue.volume, dtype=np.float64)
    interval = np.asarray(queue.interval, dtype=np.float64)
    some = np.broadcast_to(other > 0.0, shape)
    unit = np.broadcast_to(np.maximum(given["agents"], 1.0) * interval / np.where(other > 0.0, other, 1.0), shape)
    # Where there is nothing to handle any value will do; the search then goes on with the rest.
    filled = replace(queue, **{"handling_time" if name == "volume" else "volume": np.where(other > 0.0, other, 1.0)})

    def margin(value: Array) -> Array:
        measures = _measures(
            replace(filled, **{name: value}), given["agents"], given["answer_within"], given["short_abandon"]
        )
        return _room(measures, given, definition)

    never = (margin(unit * SMALLEST) < 0.0) & some
    always = ~some | (_all_are_one(given, targets) & (margin(2.0 * unit) >= 0.0))
    found, _ = _turn(margin, unit, never | always)
    return unwrapped(np.where(always, np.inf, np.where(never, 0.0, found)))


def _all_are_one(given: dict[str, Array], targets: dict[str, ArrayLike | None]) -> NDArray[np.bool_]:
    """Whether every limit that is set is a share of 1, which nothing exceeds."""
    shares = [given[name] == 1.0 if name.startswith("max") else np.asarray(False) for name in targets if name in given]
    return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*shares)))


def _room(measures: Measures, given: dict[str, Array], definition: str) -> Array:
    """By how much the target that is kept least is kept; -1 where waits have no end."""
    room = np.where(np.isinf(measures.mean_wait), -1.0, 1.0)
    if "service_level" in given:
        room = np.minimum(room, _bounded(np.asarray(measures.service_level(definition)) - given["service_level"]))
    for name, value in (
        ("max_occupancy", measures.occupancy),
        ("max_abandonment", measures.abandonment),
        ("max_average_speed_of_answer", measures.average_speed_of_answer),
        ("max_blocking", measures.blocking),
    ):
        if name in given:
            room = np.minimum(room, _bounded(1.0 - np.asarray(value) / given[name]))
    return room


def _bounded(margin: Array) -> Array:
    """Margins from -1 to 1: far from a root only their sign counts; a ratio without a denominator is missed."""
    return np.asarray(np.clip(np.nan_to_num(margin, nan=-1.0), -1.0, 1.0))


def _measures(queue: Any, agents: Array, within: Array, short: Array) -> Measures:
    """The queue's measures, with the thresholds that it knows."""
    known = inspect.signature(queue.measures).parameters
    thresholds = {"answer_within": within, "short_abandon": short}
    measures: Measures = queue.measures(agents, **{name: value for name, value in thresholds.items() if name in known})
    return measures


def _shape(given: dict[str, Array], queue: Any) -> tuple[int, ...]:
    """The shape that the arguments and all fields of the queue broadcast to: its measures, nothing offered, have it."""
    empty = replace(queue, volume=np.zeros(np.shape(queue.volume)))
    measures = _measures(empty, given["agents"], np.zeros(()), np.zeros(()))
    return broadcast(given | {"volume": np.asarray(measures.occupancy)})["volume"].shape


def _turn(margin: Margin, start: Array, settled: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Where the margin falls below 0: the last value at which it is kept, and one WIDTH above at which it is not.

    Both are 0, or infinite, where no value between SMALLEST and GREATEST times `start` encloses the change; where
    `settled`, they mean nothing.
    """
    low, high, at_low = start.copy(), start.copy(), margin(start)
    at_high, up, open_ = at_low.copy(), at_low >= 0.0, ~settled
    gone = np.zeros(start.shape, dtype=bool)
    while open_.any():  # doubled or halved until the change is enclosed
        at = np.where(up, 2.0 * high, 0.5 * low)
        room = margin(np.where(open_, at, start))
        still, upper, lower = (room >= 0.0) == up, open_ & (up | (room < 0.0)), open_ & (~up | (room >= 0.0))
        high, at_high = np.where(upper, at, high), np.where(upper, room, at_high)
        low, at_low = np.where(lower, at, low), np.where(lower, room, at_low)
        gone |= open_ & still & ((at > GREATEST * start) | (at < SMALLEST * start))
        open_ &= still & ~gone
    low, high = np.where(gone | settled, start, low), np.where(gone | settled, start, high)
    low, high = _narrowed(margin, (low, at_low), (high, at_high))
    nowhere = np.where(up, np.inf, 0.0)
    return np.where(gone, nowhere, low), np.where(gone, nowhere, high)


def _narrowed(margin: Margin, kept: tuple[Array, Array], missed: tuple[Array, Array]) -> tuple[Array, Array]:
    """Values and margins on both sides of a change, brought together until WIDTH apart.

    By the Illinois form of false position, with a halving every third step, which a step in the margin needs. Source:
    Murray Dowell and Peter Jarratt, "A modified regula falsi method for computing the root of an equation" (1971).
    """
    (low, at_low), (high, at_high) = kept, missed
    last, count = np.zeros(low.shape), 0
    while (rows := high - low > WIDTH * high).any():
        count += 1
        share = np.full(low.shape, 0.5) if count % 3 == 0 else at_high / np.where(rows, at_high - at_low, 1.0)
        least = 0.4 * WIDTH * high
        at = np.where(rows, np.clip(high - (high - low) * share, low + least, high - least), low)
        room = margin(at)
        good, bad = rows & (room >= 0.0), rows & (room < 0.0)
        low, at_low = np.where(good, at, low), np.where(good, room, at_low)
        high, at_high = np.where(bad, at, high), np.where(bad, room, at_high)
        # An end that stays twice loses half its height, so that it moves too.
        at_high, at_low = (
            np.where(good & (last > 0.0), 0.5 * at_high, at_high),
            np.where(bad & (last < 0.0), 0.5 * at_low, at_low),
        )
        last = np.where(good, 1.0, -1.0)
    return low, high
