"""Erlang A: agents, a queue, contacts that abandon after an exponential patience; lines may be limited."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.queueing.erlang.least import Problem, least, least_whole
from wfm.queueing.inputs import (
    NOT_NEGATIVE,
    NOT_NEGATIVE_OR_ENDLESS,
    POSITIVE,
    SHARE,
    broadcast,
    checked,
    checked_targets,
    table,
)
from wfm.queueing.results import TARGETS, Figure, Measures, Requirement, check_definition, ratio, unwrapped

MANY = 64  # from so many queues on it pays to compile what takes them side by side
ENDLESS = 1e9  # a patience of so many handling times never runs out

Arrays = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class ErlangA:
    """The M/M/n+M queue, with limited lines if wanted (M/M/n/lines+M).

    Contacts arrive at random at a constant rate, are answered in order of arrival, take an exponential handling time,
    and abandon when an exponential patience ends before they are answered. Fractional agents follow the continuous
    extension of Erlang B (the incomplete gamma function); a fractional last waiting place admits that fraction.
    Every argument is a number or an array, and all of them broadcast.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    patience: mean patience [s], >= 0; infinite (or beyond 1e9 handling times): nobody abandons, as in Erlang C.
    interval: length of the interval [s], > 0.
    lines: contacts that can be in the centre at once, handled or waiting, >= 0; None or infinite: no limit.
    balking: share of contacts that leave at once when they would have to wait, 0 to 1. They count as abandoned with
        a wait of 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Conny Palm, "Research on telephone traffic carried by full availability groups" (1957); Ofer Garnett,
    Avishai Mandelbaum and Martin Reiman, "Designing a call center with impatient customers" (2002); Avishai Mandelbaum
    and Sergey Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with applications to call centers"
    (2007).

    >>> queue = ErlangA(volume=200, handling_time=180, patience=120)
    >>> queue.offered_load
    10.0
    >>> measures = queue.measures([11, 12, 12.5], answer_within=20)
    >>> measures.service_level().round(4)
    array([0.7422, 0.8256, 0.8596])
    >>> queue.required_agents(service_level=0.8, answer_within=20)
    12
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: ArrayLike
    interval: ArrayLike = 3600.0
    lines: ArrayLike | None = None
    balking: ArrayLike = 0.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        given = self._inputs()
        return unwrapped(given["volume"] * given["handling_time"] / given["interval"])

    def measures(
        self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0, *, alone: bool = False
    ) -> Measures:
        """What contacts and agents experience with so many agents.

        `agents` (net, >= 0, fractional if wanted), `answer_within` and `short_abandon` [s, >= 0] broadcast with the
        queue's own arguments; so does the result. `answer_within` is the threshold T of "answered within T", a wait of
        exactly T included; `short_abandon` is the wait before which an abandonment counts as short, 0: none does.
        `alone`: work out each queue by itself, so that not even its last digit depends on how many others there are;
        two to four times as slow.
        Where nothing is offered, all are answered at once. Where contacts never abandon and the load reaches the
        agents, all wait and waits are infinite. Raises InputError for negative or NaN values.

        >>> measures = ErlangA(volume=200, handling_time=180, patience=120).measures(12, answer_within=20)
        >>> round(measures.abandonment, 4), round(measures.average_speed_of_answer, 1), round(measures.occupancy, 3)
        (0.0616, 6.3, 0.782)
        """
        asked = {
            "agents": (agents, NOT_NEGATIVE),
            "answer_within": (answer_within, NOT_NEGATIVE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
        given = broadcast(self._inputs() | checked(asked))
        return _measures(given, _figures(given, alone=alone))

    def required_agents(
        self,
        *,
        service_level: ArrayLike | None = None,
        answer_within: ArrayLike = 20.0,
        definition: str = "answered_of_offered",
        short_abandon: ArrayLike = 0.0,
        max_occupancy: ArrayLike | None = None,
        max_abandonment: ArrayLike | None = None,
        max_average_speed_of_answer: ArrayLike | None = None,
        whole: bool = True,
    ) -> int | Figure | NDArray[np.int64]:
        """The least net agents that meet every target given; see `requirement` for the targets and limits.

        Whole agents (int, or int64 array), or with `whole=False` the least real number (float, or float64 array).

        >>> queue = ErlangA(volume=200, handling_time=300, patience=[60, 120, 300], interval=1800)
        >>> queue.required_agents(service_level=0.8, answer_within=20)
        array([33, 35, 37])
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
        }
        problem = self._problem(targets, definition, answer_within, short_abandon)
        return least_whole(problem) if whole else least(problem).fractional

    def requirement(
        self,
        *,
        service_level: ArrayLike | None = None,
        answer_within: ArrayLike = 20.0,
        definition: str = "answered_of_offered",
        short_abandon: ArrayLike = 0.0,
        max_occupancy: ArrayLike | None = None,
        max_abandonment: ArrayLike | None = None,
        max_average_speed_of_answer: ArrayLike | None = None,
    ) -> Requirement:
        """The least whole and the least real net agents that meet every target given, and which target binds.

        `service_level` (0 < x < 1, by `definition`, with `answer_within` and `short_abandon` as in `measures`),
        `max_occupancy` and `max_abandonment` (0 < x <= 1) and `max_average_speed_of_answer` [s, > 0]; None: not asked.
        At least one is. Whole numbers are checked by evaluation at n and n - 1 (a target missed by less than 1e-12,
        relative, is met). Something offered needs at least one whole agent; without abandonment or limited lines it
        needs more agents than the load ("stability"). With too few lines no number of agents may do: `whole` is then
        UNREACHABLE and `fractional` infinite. Raises InputError for targets out of range.

        >>> queue = ErlangA(volume=200, handling_time=300, patience=120, interval=1800)
        >>> found = queue.requirement(service_level=0.8, answer_within=20, max_occupancy=0.85)
        >>> found.whole, round(found.fractional, 2), found.binding
        (39, 38.03, 'max_occupancy')
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
        }
        problem = self._problem(targets, definition, answer_within, short_abandon)
        return least(problem)

    def _problem(
        self,
        targets: dict[str, ArrayLike | None],
        definition: str,
        answer_within: ArrayLike,
        short_abandon: ArrayLike,
    ) -> Problem:
        """The queues and their targets as the searches take them; every fault at once."""
        check_definition(definition)
        thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
        given = self._inputs() | checked_targets(targets, thresholds)
        shape = broadcast(given)["volume"].shape
        limits = dict.fromkeys(TARGETS, np.nan) | {name: given[name] for name in targets if name in given}
        unit = np.where(given["handling_time"] > 0, given["handling_time"], 1.0)
        limits["max_average_speed_of_answer"] = limits["max_average_speed_of_answer"] / unit
        return Problem(_system(given, shape), table(*limits.values(), np.nan), definition, shape)

    def _inputs(self) -> Arrays:
        """The queue's own arguments as arrays, checked."""
        return self._checked

    @cached_property
    def _checked(self) -> Arrays:
        """The queue's own arguments as arrays; raises InputError with every fault at once."""
        lines = np.inf if self.lines is None else self.lines
        given = checked(
            {
                "volume": (self.volume, NOT_NEGATIVE),
                "handling_time": (self.handling_time, NOT_NEGATIVE),
                "patience": (self.patience, NOT_NEGATIVE_OR_ENDLESS),
                "interval": (self.interval, POSITIVE),
                "lines": (lines, NOT_NEGATIVE_OR_ENDLESS),
                "balking": (self.balking, SHARE),
            }
        )
        shaped = broadcast(given)
        instant = given["handling_time"] == 0
        if instant.any() and (instant & (shaped["volume"] > 0)).any():
            raise InputError([fault("handling_time", "must be greater than 0 where contacts are offered", 0.0)])
        return given


def _system(given: Arrays, shape: tuple[int, ...] = ()) -> NDArray[np.float64]:
    """One row per queue as the kernels take it: times in handling times; no patience at all is balking.

    The arrays of `given` broadcast to one another and to `shape`.
    """
    handling_time = np.where(given["handling_time"] > 0, given["handling_time"], 1.0)
    impatient = given["patience"] == 0
    patience = np.where(impatient, np.inf, given["patience"])
    return table(
        given["volume"] * given["handling_time"] / given["interval"],
        np.where(patience < ENDLESS * handling_time, handling_time / patience, 0.0),
        given["lines"],
        np.where(impatient, 1.0, given["balking"]),
        given["answer_within"] / handling_time,
        given["short_abandon"] / handling_time,
        shape=shape,
    )


def _figures(given: Arrays, *, alone: bool) -> NDArray[np.float64]:
    """The figures of `kernels.all_figures` (9, shape of the arrays); many queues go side by side where they can."""
    from wfm.queueing.erlang.kernels import all_figures

    agents, system = np.ascontiguousarray(given["agents"].ravel()), _system(given)
    out = np.full((9, agents.size), np.nan)
    if agents.size >= MANY and not alone:
        from wfm.queueing.erlang.patient_lanes import many_figures

        many_figures(agents, system, out)
    if np.isnan(out[0]).any():
        all_figures(agents, system, out)
    return out.reshape(9, *given["agents"].shape)


def _measures(given: Arrays, figures: NDArray[np.float64]) -> Measures:
    """Kernel figures as measures in seconds."""
    waits, within, abandoned_within, abandoned, blocked, answered, queue, waited, short = figures
    offered = given["volume"] > 0
    load = np.where(offered, given["volume"] * given["handling_time"] / given["interval"], 1.0)
    handling_time = given["handling_time"]
    busy = ratio(load * answered, given["agents"], otherwise=1.0)
    joined = np.where(blocked < 1.0, 1.0 - blocked, 0.0)
    return Measures(
        wait_probability=unwrapped(waits),
        answered_within=unwrapped(within),
        abandoned_within=unwrapped(abandoned_within),
        short_abandoned=unwrapped(short),
        abandonment=unwrapped(abandoned),
        blocking=unwrapped(blocked),
        answered=unwrapped(answered),
        mean_wait=ratio(queue / load * handling_time, joined),
        average_speed_of_answer=ratio(waited * handling_time, answered, otherwise=np.inf),
        mean_queue=unwrapped(queue),
        occupancy=unwrapped(np.where(offered, np.minimum(busy, 1.0), 0.0)),
    )
