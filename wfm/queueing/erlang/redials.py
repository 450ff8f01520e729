"""Erlang X: customers who are not answered dial again, and some who were answered come back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import Fault, InputError
from wfm.queueing.erlang.erlang_a import Arrays, ErlangA, _system
from wfm.queueing.handling.waiting import MOST_AGENTS, SLACK, asked_of
from wfm.queueing.inputs import NOT_NEGATIVE, SHARE, Rule, broadcast, checked
from wfm.queueing.results import TARGETS, Figure, Measures, ratio, unwrapped
from wfm.queueing.whole_search import least_whole_of_each

SHARE_BELOW_ONE: Rule = ("must be a fraction of at least 0 and less than 1", lambda x: (x >= 0) & (x < 1))


@dataclass(frozen=True, eq=False)
class AttemptMeasures(Measures):
    """Measures per attempt, redials included, with the number of attempts and the customers that are lost."""

    attempts: Figure
    """Attempts per interval: first ones, redials and repeats; infinite where there is no end of redials."""
    lost: Figure
    """Fraction of customers (each first attempt or repeat is one) that is never answered, however often they redial."""


@dataclass(frozen=True, eq=False)
class ErlangX:
    """Erlang A with redials: attempts = first attempts + redials of the abandoned and the blocked + repeats.

    An approximation: redials are taken as fresh random arrivals at a constant rate. In truth they come some time after
    a bad moment and meet a queue that is worse than average. Beside the exact chain of agents, queue and customers who
    wait to redial (4 to 9 agents, a load of 1 to 1.1 each, 40 to 70 % of the abandoned redial) attempts come out 0.2 %
    and abandonment 1 to 2 % (relative) too low where customers redial after 3 to 7 handling times, 1 to 2 % and 4 to
    6 % where they do after 1.2 to 1.7. Given the attempts, the queue is exact.

    Parameters
    ----------
    volume: first attempts per interval, >= 0; number or array, as every argument.
    handling_time, patience, interval, lines, balking: as in `ErlangA`.
    redial_after_abandonment: share of abandoned attempts, balking included, after which the customer redials, 0 to 1.
    redial_after_blocking: share of blocked attempts after which the customer redials, 0 to 1. Blocking without a
        queue, as many `lines` as agents, is the extended Erlang B.
    repeat_probability: share of answered attempts after which the customer comes back with the same matter, 0 <= x < 1.

    Where every customer redials until answered (a share of 1) and there is not room for all, attempts are infinite: an
    attempt then hardly ever succeeds, agents are always busy, and `lost` are those above the agents' capacity. More
    than 1e10 erlang of attempts count as infinite.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Ger Koole, "Call Center Optimization" (2013); Sihan Ding, Maria Remerova, Rob van der Mei and Bert Zwart,
    "Fluid approximation of a call center model with redials and reconnects" (2015).

    >>> measures = ErlangX(volume=200, handling_time=180, patience=120, redial_after_abandonment=0.5).measures(10)
    >>> round(measures.attempts, 2), round(measures.abandonment, 4), round(measures.lost, 4)
    (219.83, 0.1804, 0.0991)
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: ArrayLike
    redial_after_abandonment: ArrayLike = 0.0
    redial_after_blocking: ArrayLike = 0.0
    repeat_probability: ArrayLike = 0.0
    interval: ArrayLike = 3600.0
    lines: ArrayLike | None = None
    balking: ArrayLike = 0.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if there were always one free: first attempts and their repeats [erlang]."""
        given = self._inputs()
        first = given["volume"] * given["handling_time"] / given["interval"]
        return unwrapped(first / (1.0 - given["repeat_probability"]))

    def measures(
        self, agents: ArrayLike, answer_within: ArrayLike = 20.0, short_abandon: ArrayLike = 0.0
    ) -> AttemptMeasures:
        """What attempts and agents experience with so many agents; arguments as in `ErlangA.measures`.

        Fractions are of attempts, waits those of an attempt. Raises InputError for negative or NaN values.

        >>> lines = ErlangX(600, 60, patience=np.inf, redial_after_blocking=0.7, lines=[12, 14])
        >>> measures = lines.measures([12, 14])
        >>> measures.attempts.round(1), measures.blocking.round(4)
        (array([683.4, 631.4]), array([0.1744, 0.0711]))
        """
        asked = {
            "agents": (agents, NOT_NEGATIVE),
            "answer_within": (answer_within, NOT_NEGATIVE),
            "short_abandon": (short_abandon, NOT_NEGATIVE),
        }
        given = broadcast(self._inputs() | checked(asked))
        attempts = _attempts(given)
        endless = np.isinf(attempts)
        queue = ErlangA(
            np.where(endless, 0.0, attempts),
            given["handling_time"],
            given["patience"],
            given["interval"],
            given["lines"],
            given["balking"],
        )
        per_attempt = queue.measures(given["agents"], given["answer_within"], given["short_abandon"])
        limits = _limits(given) if endless.any() else {}
        figures = {one.name: getattr(per_attempt, one.name) for one in fields(Measures)}
        figures["lost"] = _lost(given, per_attempt)
        for name, limit in limits.items():
            figures[name] = unwrapped(np.where(endless, limit, figures[name]))
        return AttemptMeasures(attempts=unwrapped(attempts), **figures)

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
        max_lost: ArrayLike | None = None,
        whole: bool = True,
    ) -> int | NDArray[np.int64]:
        """The least whole net agents that meet every target given; targets as in `ErlangA.requirement`.

        They are held per attempt, as a switch counts: "offered" means attempts. `max_lost` (0 < x <= 1) is held per
        customer. Something offered needs at least one agent; UNREACHABLE where 10 million are too few. The search goes
        outwards from the load: service levels of the answered, or of those who stay, may be met again by far fewer.
        Raises InputError for targets out of range, and for `whole=False`: this queue is staffed in whole agents.

        >>> calls = ErlangX(volume=200, handling_time=180, patience=120, redial_after_abandonment=[0, 0.5, 1])
        >>> calls.required_agents(max_abandonment=0.1)
        array([11, 12, 12])
        """
        targets = {
            "service_level": service_level,
            "max_occupancy": max_occupancy,
            "max_abandonment": max_abandonment,
            "max_average_speed_of_answer": max_average_speed_of_answer,
            "max_lost": max_lost,
        }
        thresholds = {"answer_within": answer_within, "short_abandon": short_abandon}
        given = asked_of(self._inputs(), targets, thresholds, definition, whole)

        def enough(agents: NDArray[np.float64]) -> NDArray[np.bool_]:
            found = self.measures(agents, given["answer_within"], given["short_abandon"])
            return _all_met(found, given, definition)

        start = given["volume"] * given["handling_time"] / given["interval"] / (1.0 - given["repeat_probability"])
        beyond_lines = np.where("max_occupancy" in given, MOST_AGENTS, np.minimum(MOST_AGENTS, np.ceil(given["lines"])))
        least = np.where(given["volume"] > 0.0, least_whole_of_each(enough, start, beyond_lines), 0)
        return least if least.ndim else int(least)

    def _inputs(self) -> Arrays:
        """The queue's own arguments as arrays, checked; every fault at once."""
        faults: list[Fault] = []
        try:
            own = ErlangA(
                self.volume, self.handling_time, self.patience, self.interval, self.lines, self.balking
            )._inputs()
        except InputError as error:
            faults += error.faults
        try:
            redials = checked(
                {
                    "redial_after_abandonment": (self.redial_after_abandonment, SHARE),
                    "redial_after_blocking": (self.redial_after_blocking, SHARE),
                    "repeat_probability": (self.repeat_probability, SHARE_BELOW_ONE),
                }
            )
        except InputError as error:
            faults += error.faults
        if faults:
            raise InputError(faults)
        broadcast(own | redials)
        return own | redials


def _attempts(given: Arrays) -> NDArray[np.float64]:
    """Attempts per interval at the fixed point."""
    from wfm.queueing.erlang.redial_kernels import all_attempts

    nothing = np.zeros_like(given["volume"])
    system = _system(given | {"answer_within": nothing, "short_abandon": nothing})
    back = np.stack(
        [given[name].ravel() for name in ("redial_after_abandonment", "redial_after_blocking", "repeat_probability")],
        axis=1,
    )
    out = np.empty(nothing.size)
    all_attempts(np.ascontiguousarray(given["agents"].ravel()), system, np.ascontiguousarray(back), out)
    seconds = np.where(given["handling_time"] > 0.0, given["handling_time"], 1.0)
    return np.asarray(out.reshape(nothing.shape) * given["interval"] / seconds)


def _lost(given: Arrays, found: Measures) -> Figure:
    """Customers that give up, of those that give up or are answered."""
    gives_up = (1.0 - given["redial_after_abandonment"]) * found.abandonment
    gives_up = gives_up + (1.0 - given["redial_after_blocking"]) * found.blocking
    return ratio(np.asarray(gives_up), np.asarray(gives_up + found.answered))


def _limits(given: Arrays) -> dict[str, NDArray[np.float64]]:
    """The measures of an attempt as attempts grow without bound: agents and waiting places are always full."""
    serving = np.minimum(given["agents"], given["lines"])
    balking = np.where(given["patience"] == 0.0, 1.0, given["balking"])
    blocks = np.isfinite(given["lines"]) & ((balking < 1.0) | (given["agents"] >= given["lines"]))
    waits = np.where(blocks, 0.0, 1.0 - balking)
    patience = np.where(waits > 0.0, given["patience"], 1.0)
    first = given["volume"] * given["handling_time"] / given["interval"]
    customers = np.where(first > 0.0, first + given["repeat_probability"] * serving, 1.0)
    places = np.where(blocks, np.ceil(given["lines"] - serving), np.inf)

    def abandoned_until(limit: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(blocks, 0.0, 1.0 - waits * np.exp(-limit / patience))

    nobody = np.zeros_like(first)
    return {
        "wait_probability": waits,
        "answered_within": nobody,
        "abandoned_within": abandoned_until(given["answer_within"]),
        "short_abandoned": np.where(given["short_abandon"] > 0.0, abandoned_until(given["short_abandon"]), 0.0),
        "abandonment": np.where(blocks, 0.0, 1.0),
        "blocking": np.where(blocks, 1.0, 0.0),
        "answered": nobody,
        "mean_wait": np.where(blocks, np.nan, waits * patience),
        "average_speed_of_answer": nobody + np.inf,
        "mean_queue": np.where(blocks | (waits > 0.0), places, 0.0),
        "occupancy": np.where(given["agents"] > 0.0, serving / np.maximum(given["agents"], 1e-300), 1.0),
        "lost": 1.0 - serving / customers,
    }


def _all_met(found: AttemptMeasures, given: Arrays, definition: str) -> NDArray[np.bool_]:
    """Whether each queue meets all its targets, rounding aside."""
    met = np.ones(given["volume"].shape, np.bool_)
    if "service_level" in given:
        met &= np.asarray(found.service_level(definition)) >= given["service_level"] - SLACK
    for name in (*TARGETS[1:4], "max_lost"):
        if name in given:
            met &= np.asarray(getattr(found, name.removeprefix("max_"))) <= given[name] * (1.0 + SLACK)
    return met
