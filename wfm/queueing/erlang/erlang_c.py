"""Erlang C: agents and a queue in which everybody waits for as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.erlang.erlang_a import ErlangA
from wfm.queueing.results import Figure, Measures, Requirement


@dataclass(frozen=True, eq=False)
class ErlangC:
    """The M/M/n queue: random arrivals at a constant rate, exponential handling times, nobody abandons.

    Fractional agents follow the continuous extension of Erlang B (the incomplete gamma function). Because nobody hangs
    up, the model overstates waits where contacts do; `ErlangA` is the queue with patience.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Source: Agner Krarup Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges" (1917).

    >>> queue = ErlangC(volume=100, handling_time=180, interval=1800)
    >>> measures = queue.measures(14, answer_within=20)
    >>> round(measures.service_level(), 3), round(measures.average_speed_of_answer, 1), round(measures.occupancy, 3)
    (0.888, 7.8, 0.714)
    """

    volume: ArrayLike
    handling_time: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        _ = self._with_endless_patience

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return self._with_endless_patience.offered_load

    def measures(
        self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0, *, alone: bool = False
    ) -> Measures:
        """What contacts and agents experience with so many agents, as in `ErlangA.measures`; nobody abandons.

        Where the load reaches the agents: wait probability 1, nobody answered within, waits infinite, occupancy 1.

        >>> ErlangC(volume=200, handling_time=180).measures([10, 11, 14]).average_speed_of_answer.round(2)
        array([   inf, 122.78,   7.84])
        """
        return self._with_endless_patience.measures(agents, answer_within, short_abandon, alone=alone)

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
        """The least net agents that meet every target given, and always more than the load; nobody abandons.

        Whole agents (int, or int64 array), or with `whole=False` the least real number (float, or float64 array).

        >>> queue = ErlangC(volume=100, handling_time=180, interval=1800)
        >>> queue.required_agents(service_level=0.8, answer_within=20)
        14
        >>> round(queue.required_agents(service_level=0.8, answer_within=20, whole=False), 2)
        13.04
        """
        return self._with_endless_patience.required_agents(
            service_level=service_level,
            answer_within=answer_within,
            definition=definition,
            short_abandon=short_abandon,
            max_occupancy=max_occupancy,
            max_abandonment=max_abandonment,
            max_average_speed_of_answer=max_average_speed_of_answer,
            whole=whole,
        )

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
        """The least whole and the least real net agents, and the target that binds, as in `ErlangA.requirement`.

        >>> found = ErlangC(volume=1000, handling_time=120).requirement(service_level=0.8, max_occupancy=0.85)
        >>> found.whole, found.binding
        (40, 'max_occupancy')
        """
        return self._with_endless_patience.requirement(
            service_level=service_level,
            answer_within=answer_within,
            definition=definition,
            short_abandon=short_abandon,
            max_occupancy=max_occupancy,
            max_abandonment=max_abandonment,
            max_average_speed_of_answer=max_average_speed_of_answer,
        )

    @cached_property
    def _with_endless_patience(self) -> ErlangA:
        return ErlangA(self.volume, self.handling_time, patience=np.inf, interval=self.interval)
