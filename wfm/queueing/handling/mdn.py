"""M/D/n: agents and a queue in which everybody waits, and every contact takes equally long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.handling.mdn_law import constant_handling
from wfm.queueing.handling.waiting import Arrays, least_agents, load_of, queue_inputs, waiting_measures
from wfm.queueing.results import Figure, Measures, unwrapped


@dataclass(frozen=True, eq=False)
class MDn:
    """The M/D/n queue, exactly: random arrivals at a constant rate, constant handling times, nobody abandons.

    It shows the most that steadier handling can win: under heavy load waits are half those of Erlang C. Agents are
    whole numbers. Relative errors are about 1e-14, from one agent to 100,000, in light and in heavy traffic.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array.
    handling_time: handling time of every contact [s], > 0 (0 is allowed where nothing is offered).
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Claude Crommelin, "Delay probability formulae when the holding times are constant" (1932); Gerard Franx,
    "A simple solution for the M/D/c waiting time distribution" (2001).

    >>> queue = MDn(volume=200, handling_time=180)
    >>> measures = queue.measures([11, 12, 14], answer_within=20)
    >>> measures.service_level().round(3)
    array([0.438, 0.691, 0.913])
    >>> measures.average_speed_of_answer.round(2)
    array([63.18, 21.55,  4.54])
    """

    volume: ArrayLike
    handling_time: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return unwrapped(load_of(self._inputs()))

    def measures(self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0) -> Measures:
        """What contacts and agents experience with so many agents.

        `agents` (net, whole, >= 0), `answer_within` and `short_abandon` [s, >= 0; nobody abandons] broadcast with the
        queue's own arguments; so does the result. Where nothing is offered, all are answered at once; where the load
        reaches the agents, all wait and waits are infinite. Raises InputError for negative, NaN or fractional values.

        >>> round(MDn(volume=9, handling_time=300).measures(1).mean_wait, 9)
        450.0
        """
        return waiting_measures(constant_handling, self._inputs(), agents, answer_within, short_abandon)

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
    ) -> int | NDArray[np.int64]:
        """The least whole net agents that meet every target given, and always more than the load.

        Targets as in `ErlangA.requirement`; at least one is asked. Nobody abandons, so that `max_abandonment` is always
        met and every `definition` gives the same service level. An int, or an int64 array; 0 where nothing is offered.
        Raises InputError for targets out of range, and for `whole=False`: agents are whole numbers.

        >>> MDn(volume=100, handling_time=180, interval=1800).required_agents(service_level=0.8, answer_within=20)
        13
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
        }
        thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
        return least_agents(self.measures, self._inputs(), targets, thresholds, definition, whole)

    def _inputs(self) -> Arrays:
        """The queue's own arguments as arrays, checked; every fault at once."""
        return queue_inputs(self.volume, self.handling_time, self.interval)
