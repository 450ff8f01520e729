"""Queues without abandonment whose handling times are of any law: one agent exactly, many agents by approximations.

    MG1    one agent, exactly (Pollaczek and Khinchine)
    MGn    many agents, by Kimura's approximation between constant and exponential handling times
    GGn    many agents, by the rule of Allen and Cunneen, arrivals of any variability too

A law of handling times enters through its mean and its squared coefficient of variation, variance / mean^2: 0 where all
contacts take equally long, 1 for the exponential law. Without a queue nothing but the mean counts: the M/G/n/n loss
system is `ErlangB`, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.erlang.erlang_a import ErlangA
from wfm.queueing.handling.mdn_law import constant_handling
from wfm.queueing.handling.waiting import (
    Arrays,
    Figures,
    asked_of,
    least_agents,
    load_of,
    queue_inputs,
    waiting_measures,
)
from wfm.queueing.inputs import NOT_NEGATIVE, broadcast, checked
from wfm.queueing.results import Figure, Measures, unwrapped

LEAST_FACTOR = (
    1e-12  # no wait is shorter than this beside that of Erlang C; keeps thresholds finite without variability
)


@dataclass(frozen=True, eq=False)
class MG1:
    """The M/G/1 queue, exactly: one agent, random arrivals, handling times of any law, nobody abandons.

    Its mean wait depends on the law through the variance alone. How many are answered within a threshold depends on the
    whole law, and is not given. Where the load reaches 1, all wait and waits are infinite.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array, as every argument, and all broadcast.
    handling_time: mean handling time [s], > 0 (0 is allowed where nothing is offered).
    handling_scv: squared coefficient of variation of handling times, >= 0.
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Felix Pollaczek, "Über eine Aufgabe der Wahrscheinlichkeitstheorie" (1930); Aleksandr Khinchine,
    "Mathematical theory of a stationary queue" (1932).

    >>> queue = MG1(volume=12, handling_time=240, handling_scv=1.5)
    >>> round(queue.wait_probability, 6), round(queue.mean_wait, 6), round(queue.mean_wait_of_delayed, 6)
    (0.8, 1200.0, 1500.0)
    """

    volume: ArrayLike
    handling_time: ArrayLike
    handling_scv: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return unwrapped(load_of(self._inputs()))

    @property
    def wait_probability(self) -> Figure:
        """Fraction that finds the agent busy; also the agent's occupancy."""
        return unwrapped(np.minimum(load_of(self._inputs()), 1.0))

    @property
    def mean_wait(self) -> Figure:
        """Mean wait of all contacts [s]."""
        return unwrapped(np.asarray(self.wait_probability) * self.mean_wait_of_delayed)

    @property
    def mean_wait_of_delayed(self) -> Figure:
        """Mean wait of those who find the agent busy [s]: handling_time (1 + scv) / 2 / (1 - load)."""
        given = broadcast(self._inputs())
        idle = 1.0 - load_of(given)
        rest = given["handling_time"] * (1.0 + given["handling_scv"]) / 2.0
        return unwrapped(np.where(idle > 0.0, rest / np.where(idle > 0.0, idle, 1.0), np.inf))

    @property
    def mean_queue(self) -> Figure:
        """Mean number of contacts in queue."""
        given = self._inputs()
        return unwrapped(given["volume"] / given["interval"] * self.mean_wait)

    def _inputs(self) -> Arrays:
        """The queue's own arguments as arrays, checked; every fault at once."""
        return queue_inputs(self.volume, self.handling_time, self.interval, handling_scv=self.handling_scv)


@dataclass(frozen=True, eq=False)
class MGn:
    """The M/G/n queue by Kimura's approximation: random arrivals, handling times of any law, nobody abandons.

    The mean wait is the weighted harmonic mean of those with constant (`MDn`) and with exponential handling times
    (`ErlangC`), so weighted that one agent comes out exactly. Up to scv 1 the law of the wait is the mixture of the two
    that has this mean. Above, the wait probability is Erlang C's, and those who wait do so for an exponential time. All
    is exact for constant and for exponential handling times.

    Errors, against simulation with lognormal handling times (10, 50 and 200 agents, occupancy 0.8 and 0.95, answer
    within 20 s of a mean handling time of 300 s, mean waits above 1 s):

        handling scv    mean wait             wait probability       service level
        0.25            0 to +3 %             -0.5 to -0.1 points    0 to +0.8 points
        2.25            +2 to +13 %           -1.2 to -0.3 points    -2.2 to -0.1 points
        4               +3 to +13 %           -2.0 to -0.5 points    -2.6 to -0.1 points

    Against exact solutions with hyperexponential handling times of scv 1.7 and 2.3: mean wait -3 to +2 %, wait
    probability -0.7 to -0.4 points.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array, as every argument, and all broadcast.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    handling_scv: squared coefficient of variation of handling times, >= 0.
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Source: Toshikazu Kimura, "A two-moment approximation for the mean waiting time in the GI/G/s queue" (1986).

    >>> queue = MGn(volume=200, handling_time=180, handling_scv=[0, 0.5, 1, 1.5])
    >>> queue.measures(12).average_speed_of_answer.round(1)
    array([21.5, 31.3, 40.4, 49. ])
    """

    volume: ArrayLike
    handling_time: ArrayLike
    handling_scv: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return unwrapped(load_of(self._inputs()))

    def measures(self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0) -> Measures:
        """What contacts and agents experience with so many agents, as in `MDn.measures`; agents are whole numbers.

        >>> measures = MGn(volume=200, handling_time=180, handling_scv=1.5).measures(12, answer_within=20)
        >>> round(measures.service_level(), 3), round(measures.wait_probability, 3)
        (0.626, 0.449)
        """
        return waiting_measures(_kimura, self._inputs(), agents, answer_within, short_abandon, "handling_scv")

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
        """The least whole net agents that meet every target given; see `MDn.required_agents`.

        >>> MGn(volume=200, handling_time=180, handling_scv=[0, 1, 2]).required_agents(max_average_speed_of_answer=10)
        array([13, 14, 15])
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
        return queue_inputs(self.volume, self.handling_time, self.interval, handling_scv=self.handling_scv)


def _kimura(agents: int, load: float, within: float, scv: float) -> Figures:
    """Wait probability, fraction answered within the threshold, mean wait, times in handling times."""
    from wfm.queueing.erlang.kernels import endless_patience

    random = endless_patience(float(agents), load, 0.0, within)
    waits, answered, wait = random[0], random[1], random[7]
    if wait == 0.0 or scv == 1.0:
        return waits, answered, wait
    steady_waits, steady_answered, steady_wait = constant_handling(agents, load, within)
    ratio = steady_wait / wait  # from 1/2 in heavy traffic to almost 1 in light traffic
    share = (1.0 + scv) * ratio / (2.0 * scv * ratio + 1.0 - scv)
    if scv > 1.0:
        wait *= share
        return waits, 1.0 - waits * np.exp(-within * waits / wait), wait
    steady = (1.0 - share) / (1.0 - ratio) if ratio < 1.0 else 0.0
    return (
        steady * steady_waits + (1.0 - steady) * waits,
        steady * steady_answered + (1.0 - steady) * answered,
        wait * share,
    )


@dataclass(frozen=True, eq=False)
class GGn:
    """The G/G/n queue by the rule of Allen and Cunneen: Erlang C, its waits times the mean of two variabilities.

    The factor is (arrival scv + handling scv) / 2. The wait probability is Erlang C's, and those who wait do so for an
    exponential time. Agents may be fractional. For random arrivals `MGn` is nearer; this rule also takes arrivals that
    are more regular than random ones, or less.

    Errors, against simulation with random arrivals and lognormal handling times as for `MGn`:

        handling scv    mean wait             wait probability       service level
        0               -19 to -1 %           +0.9 to +3.1 points    +0.2 to +1.9 points
        0.25            -12 to -1 %           +0.5 to +1.8 points    +0.2 to +1.2 points
        2.25            +3 to +40 %           -1.2 to -0.3 points    -3.2 to -0.1 points
        4               +6 to +72 %           -2.0 to -0.5 points    -4.4 to -0.1 points

    The more agents and the lower their occupancy, the larger. Against exact solutions with hyperexponential handling
    times of scv 1.7 and 2.3: mean wait +3 to +9 %.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array, as every argument, and all broadcast.
    handling_time: mean handling time, after-contact work included [s], > 0 (0 is allowed where nothing is offered).
    handling_scv: squared coefficient of variation of handling times, >= 0.
    arrival_scv: squared coefficient of variation of the times between arrivals, >= 0; 1: random arrivals.
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Source: Arnold Allen, "Probability, Statistics, and Queueing Theory" (1978), after John Cunneen.

    >>> queue = GGn(volume=200, handling_time=180, handling_scv=[0.5, 1, 1.5])
    >>> queue.measures(12).average_speed_of_answer.round(1)
    array([30.3, 40.4, 50.6])
    """

    volume: ArrayLike
    handling_time: ArrayLike
    handling_scv: ArrayLike
    arrival_scv: ArrayLike = 1.0
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free [erlang]."""
        return self._erlang_c().offered_load

    def measures(self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0) -> Measures:
        """What contacts and agents experience with so many agents, as in `ErlangC.measures`.

        >>> measures = GGn(volume=200, handling_time=180, handling_scv=1.5).measures(12.5, answer_within=20)
        >>> round(measures.service_level(), 3), round(measures.average_speed_of_answer, 1)
        (0.712, 32.4)
        """
        asked = {
            "agents": (agents, NOT_NEGATIVE),
            "answer_within": (answer_within, NOT_NEGATIVE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
        given = broadcast(self._inputs() | checked(asked))
        factor = self._factor(given)
        waits = self._erlang_c().measures(given["agents"], given["answer_within"] / np.maximum(factor, LEAST_FACTOR))
        wait = np.asarray(waits.mean_wait)
        scale = np.where(np.isfinite(wait), factor, 1.0)
        return replace(
            waits,
            mean_wait=unwrapped(wait * scale),
            average_speed_of_answer=unwrapped(wait * scale),
            mean_queue=unwrapped(np.asarray(waits.mean_queue) * scale),
        )

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
        """The least net agents that meet every target given, and always more than the load; see `MDn`.

        With `whole=False` the least real number (float, or float64 array).

        >>> GGn(volume=200, handling_time=180, handling_scv=[0, 1, 2]).required_agents(max_average_speed_of_answer=10)
        array([13, 14, 15])
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
        }
        thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
        given = asked_of(self._inputs(), targets, thresholds, definition)
        factor = np.maximum(self._factor(given), LEAST_FACTOR)
        speed = given["max_average_speed_of_answer"] / factor if "max_average_speed_of_answer" in given else None
        return self._erlang_c().required_agents(
            service_level=given.get("service_level"),
            answer_within=given["answer_within"] / factor,
            max_occupancy=given.get("max_occupancy"),
            max_abandonment=given.get("max_abandonment"),
            max_average_speed_of_answer=speed,
            whole=whole,
        )

    def _erlang_c(self) -> ErlangA:
        """Erlang C, with all the targets of Erlang A."""
        return ErlangA(self.volume, self.handling_time, np.inf, self.interval)

    def _factor(self, given: Arrays) -> NDArray[np.float64]:
        """By how much waits are longer than those of Erlang C."""
        return (given["arrival_scv"] + given["handling_scv"]) / 2.0

    def _inputs(self) -> Arrays:
        """The queue's own arguments as arrays, checked; every fault at once."""
        own = {"handling_scv": self.handling_scv, "arrival_scv": self.arrival_scv}
        return queue_inputs(self.volume, self.handling_time, self.interval, **own)
