"""What queues share that are evaluated one at a time: their arguments, measures and requirements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.queueing.inputs import NOT_NEGATIVE, POSITIVE, WHOLE, broadcast, checked, checked_targets
from wfm.queueing.results import Measures, check_definition, unwrapped
from wfm.queueing.whole_search import least_whole_of_each

Arrays = dict[str, NDArray[np.float64]]
Figures = tuple[float, float, float]
Law = Callable[..., Figures]
"""From (agents, load, threshold in handling times, the queue's own numbers...), 0 < load < agents, to the wait
probability, the fraction answered within the threshold, and the mean wait in handling times."""

EMPTY: Figures = (0.0, 1.0, 0.0)
OVERLOADED: Figures = (1.0, 0.0, np.inf)
SLACK = 1e-12  # a target that is missed by rounding alone is met
MOST_AGENTS = 1e7  # no centre has more


def queue_inputs(volume: ArrayLike, handling_time: ArrayLike, interval: ArrayLike, **own: ArrayLike) -> Arrays:
    """The arguments of a queue as arrays, checked, `own` ones to be at least 0; every fault at once."""
    given = checked(
        {
            "volume": (volume, NOT_NEGATIVE),
            "handling_time": (handling_time, NOT_NEGATIVE),
            "interval": (interval, POSITIVE),
            **{name: (value, NOT_NEGATIVE) for name, value in own.items()},
        }
    )
    shaped = broadcast(given)
    if ((shaped["volume"] > 0) & (shaped["handling_time"] == 0)).any():
        raise InputError([fault("handling_time", "must be greater than 0 where contacts are offered", 0.0)])
    return given


def load_of(given: Arrays) -> NDArray[np.float64]:
    """Offered load [erlang]."""
    return given["volume"] * given["handling_time"] / given["interval"]


def each_queue(rows: Arrays) -> list[dict[str, float]]:
    """One dict of floats for each queue of arrays that have one shape."""
    columns = [value.ravel().tolist() for value in rows.values()]
    return [dict(zip(rows, row, strict=True)) for row in zip(*columns, strict=True)]


def waiting_measures(
    law: Law, given: Arrays, agents: ArrayLike, answer_within: ArrayLike, short_abandon: ArrayLike, *own: str
) -> Measures:
    """All measures of queues in which everybody waits; whole agents. `own` names the numbers that the law takes."""
    asked = {
        "agents": (agents, WHOLE),
        "answer_within": (answer_within, NOT_NEGATIVE),
        "short_abandon": (short_abandon, NOT_NEGATIVE),
    }
    rows = broadcast(given | checked(asked))
    found = [_figures(law, row, own) for row in each_queue(rows)]
    waits, within, wait = np.transpose(found).reshape(3, *rows["agents"].shape)
    load, offered = load_of(rows), rows["volume"] > 0
    busy = np.where(load < rows["agents"], load / np.maximum(rows["agents"], 1.0), 1.0)
    seconds = np.where(offered, wait * np.where(offered, rows["handling_time"], 1.0), 0.0)
    nobody = np.zeros_like(load)
    return Measures(
        wait_probability=unwrapped(waits),
        answered_within=unwrapped(within),
        abandoned_within=unwrapped(nobody),
        short_abandoned=unwrapped(nobody),
        abandonment=unwrapped(nobody),
        blocking=unwrapped(nobody),
        answered=unwrapped(nobody + 1.0),
        mean_wait=unwrapped(seconds),
        average_speed_of_answer=unwrapped(seconds),
        mean_queue=unwrapped(np.where(offered, wait * np.where(offered, load, 1.0), 0.0)),
        occupancy=unwrapped(np.where(offered, busy, 0.0)),
    )


def _figures(law: Law, row: dict[str, float], own: tuple[str, ...]) -> Figures:
    """The figures of one queue; a load that reaches the agents makes waits infinite."""
    load = row["volume"] * row["handling_time"] / row["interval"]
    if load == 0.0:
        return EMPTY
    if load >= row["agents"]:
        return OVERLOADED
    return law(int(row["agents"]), load, row["answer_within"] / row["handling_time"], *(row[name] for name in own))


def asked_of(
    given: Arrays,
    targets: dict[str, ArrayLike | None],
    thresholds: dict[str, ArrayLike],
    definition: str,
    whole: bool = True,
) -> Arrays:
    """A queue's arguments with the targets and thresholds asked of it, all of one shape; every fault at once."""
    faults = [] if whole else [fault("whole", "must be true: this queue is staffed in whole agents", whole)]
    asked: Arrays = {}
    try:
        check_definition(definition)
    except InputError as error:
        faults += error.faults
    try:
        asked = checked_targets(targets, thresholds)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    return broadcast(given | asked)


def least_agents(
    measures: Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], Measures],
    given: Arrays,
    targets: dict[str, ArrayLike | None],
    thresholds: dict[str, ArrayLike],
    definition: str,
    whole: bool,
) -> int | NDArray[np.int64]:
    """The least whole agents with which `measures(agents, *thresholds)` meet each target that is set, waits finite.

    0 where nothing is offered, UNREACHABLE where 10 million agents are too few. Raises InputError for no target at all,
    or one out of range, or where not `whole`.
    """
    rows = asked_of(given, targets, thresholds, definition, whole)

    def enough(agents: NDArray[np.float64]) -> NDArray[np.bool_]:
        found = measures(agents, rows["answer_within"], rows["short_abandon"])
        slack = 1.0 + SLACK
        level = np.asarray(found.service_level(definition)) if "service_level" in rows else np.ones(())
        return np.asarray(
            np.isfinite(found.average_speed_of_answer)
            & (level >= rows.get("service_level", np.zeros(())) - SLACK)
            & (np.asarray(found.occupancy) <= rows.get("max_occupancy", np.ones(())) * slack)
            & (np.asarray(found.abandonment) <= rows.get("max_abandonment", np.ones(())) * slack)
            & (found.average_speed_of_answer <= rows.get("max_average_speed_of_answer", np.full((), np.inf)) * slack)
        )

    start = load_of(rows)
    least = np.where(start > 0.0, least_whole_of_each(enough, start + 1.0, MOST_AGENTS), 0)
    return least if least.ndim else int(least)
