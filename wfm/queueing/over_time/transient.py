"""The exact queue in changing conditions: rates and staffing of each interval, the queue carried over its edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault, nearest
from wfm.queueing.inputs import (
    NOT_NEGATIVE,
    NOT_NEGATIVE_OR_ENDLESS,
    POSITIVE,
    SHARE,
    Rule,
    broadcast,
    checked,
)
from wfm.queueing.results import Figure, Measures, ratio, unwrapped

Discipline = Literal["exhaustive", "preemptive"]
AfterClose = Literal["serve", "drop", "carry"]
SHORTEST_PATIENCE = 1e-3  # seconds
SHORTEST_THRESHOLD = 1e-9  # seconds; in less nothing happens that a double could tell

MOST_AGENTS = 1_000_000
WHOLE_AND_FEW: Rule = (
    f"must be a whole number from 0 to {MOST_AGENTS:,}; this queue has no law for a fraction of an agent",
    lambda x: (x >= 0) & (x <= MOST_AGENTS) & (x == np.floor(x)),
)
TRUE_OR_FALSE: Rule = ("must be true or false", lambda x: (x == 0) | (x == 1))
WHOLE_OR_ENDLESS: Rule = (
    "must be a whole number of at least 0 (infinity is allowed)",
    lambda x: (x >= 0) & ((x == np.floor(x)) | np.isinf(x)),
)


@dataclass(frozen=True, eq=False)
class IntervalFigures:
    """What is expected of each interval; float64[intervals] each, contacts or seconds.

    Contacts belong to the interval in which they arrive, whenever they are answered; agents' time and the queue to the
    interval in which it passes. offered = answered + abandoned + blocked + dropped + unfinished.
    """

    offered: NDArray[np.float64]
    answered_at_once: NDArray[np.float64]
    """Answered without waiting."""
    answered: NDArray[np.float64]
    answered_within: NDArray[np.float64]
    """Answered within the threshold."""
    abandoned: NDArray[np.float64]
    abandoned_within: NDArray[np.float64]
    """Abandoned within the threshold, those who balk included."""
    short_abandoned: NDArray[np.float64]
    """Abandoned before the short-abandon limit; 0 where that limit is 0."""
    blocked: NDArray[np.float64]
    dropped: NDArray[np.float64]
    """Waiting when their centre closes, and sent away."""
    unfinished: NDArray[np.float64]
    """Waiting when the horizon ends, and carried beyond it."""
    wait_of_answered: NDArray[np.float64]
    """Seconds that the answered waited, added up."""
    wait_of_unanswered: NDArray[np.float64]
    """Seconds that the others waited, added up."""
    busy: NDArray[np.float64]
    """Agent seconds spent handling in the interval."""
    staffed: NDArray[np.float64]
    """Agent seconds spent handling or ready in the interval; ready agents count while it is open."""
    queued: NDArray[np.float64]
    """Contact seconds spent in queue in the interval."""
    abandonments: NDArray[np.float64]
    """Abandonments that happen in the interval, whenever the contact arrived."""
    busy_after: float
    """Agent seconds spent handling after the horizon's end."""
    interval: float
    """Length of an interval [s]."""

    def measures(self) -> Measures:
        """The same per interval as fractions of offered and mean waits, by the definitions of every formula."""
        return self._measures(np.asarray)

    def total(self) -> Measures:
        """The same over the whole horizon: sums over sums."""
        return self._measures(lambda values: np.asarray(np.sum(values)))

    def _measures(self, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Measures:
        offered, answered, abandoned = of(self.offered), of(self.answered), of(self.abandoned)
        joined = offered - of(self.blocked)
        waits = of(self.wait_of_answered) + of(self.wait_of_unanswered)
        seconds = of(np.full_like(self.offered, self.interval))
        return Measures(
            wait_probability=ratio(offered - of(self.answered_at_once) - of(self.blocked), offered, 0.0),
            answered_within=ratio(of(self.answered_within), offered, 1.0),
            abandoned_within=ratio(of(self.abandoned_within), offered, 0.0),
            short_abandoned=ratio(of(self.short_abandoned), offered, 0.0),
            abandonment=ratio(abandoned, offered, 0.0),
            blocking=ratio(of(self.blocked), offered, 0.0),
            answered=ratio(answered, offered, 1.0),
            mean_wait=ratio(waits, joined, 0.0),
            average_speed_of_answer=ratio(of(self.wait_of_answered), answered, 0.0),
            mean_queue=unwrapped(of(self.queued) / seconds),
            occupancy=ratio(of(self.busy), of(self.staffed), 0.0),
        )


@dataclass(frozen=True, eq=False)
class MtMstM:
    """The Mt/M/st+M queue: arrival rates, handling times, patience and agents that change from interval to interval.

    It starts empty. Contacts arrive at random at a constant rate in each interval, are answered in order of arrival,
    take an exponential handling time at the rate of the interval in which they are handled, and abandon at the rate of
    the interval in which they wait. Nothing is approximated: the whole law of the number of contacts in the centre is
    carried along, from edge to edge, by uniformization.

    Parameters
    ----------
    volume: contacts offered in each interval, >= 0; an array, or a number for one interval.
    handling_time: mean handling time [s], > 0; patience: mean patience [s], >= 0, infinite: nobody abandons;
    balking: share that leaves at once when it must wait, 0 to 1; is_open: whether an interval is open, all by default.
        Each is a number or an array over the intervals.
    interval: length of an interval [s], > 0, a number.
    lines: contacts that can be in at once, handled or waiting, whole; None: no limit.
    discipline: "exhaustive": where staffing falls, agents finish the contact in hand; "preemptive": contacts in hand of
        agents who leave return to the head of the queue, where they may abandon.
    after_close: what happens to contacts that wait when an open interval is followed by a closed one, or at the end.
        "serve": staffing stays until they are gone; "drop": they are sent away; "carry": they wait, at the end
        unfinished. No contacts arrive and no agents come on duty while it is closed.

    Raises InputError naming each argument that is out of range, or shapes that do not fit.

    Source: as in `wfm.queueing.over_time.flow`.

    >>> queue = MtMstM(volume=[10, 20, 35, 15], handling_time=240, patience=120, interval=1800)
    >>> figures = queue.figures(agents=[3, 5, 7, 3], answer_within=20)
    >>> figures.measures().service_level().round(4)
    array([0.9073, 0.922 , 0.8926, 0.6755])
    >>> round(figures.total().abandonment, 4)
    0.0702
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: ArrayLike = np.inf
    interval: float = 3600.0
    balking: ArrayLike = 0.0
    lines: float | None = None
    discipline: Discipline = "exhaustive"
    after_close: AfterClose = "serve"
    is_open: ArrayLike = True

    def __post_init__(self) -> None:
        chosen = {"discipline": (self.discipline, Discipline), "after_close": (self.after_close, AfterClose)}
        faults = [
            fault(name, f"is not known; {nearest(str(value), get_args(words))}", value)
            for name, (value, words) in chosen.items()
            if value not in get_args(words)
        ]
        try:
            self._inputs()
        except InputError as error:
            faults += error.faults
        if faults:
            raise InputError(faults)

    @property
    def offered_load(self) -> Figure:
        """Agents' work that arrives in each interval [erlang]."""
        given = self._inputs()
        return given["volume"] * given["handling_time"] / float(self.interval)

    def figures(
        self,
        agents: ArrayLike,
        answer_within: float = 20.0,
        short_abandon: float = 0.0,
        *,
        day_starts: ArrayLike | None = None,
        factors: ArrayLike = (1.0,),
        weights: ArrayLike = (1.0,),
    ) -> IntervalFigures:
        """What to expect of every interval with so many agents.

        `agents`: whole, >= 0, a number or an array over the intervals; `answer_within`, `short_abandon` [s, >= 0].
        `factors` (> 0 or 0) and `weights` (that add up to 1) are how much busier than average a day may be and how
        likely: a quadrature of the day factor's law. Days begin at the intervals `day_starts` (the first is 0) and
        are independent of one another; absent: all is one day.

        >>> queue = MtMstM(volume=[40, 60, 50], handling_time=300, patience=180, interval=1800)
        >>> busy_days = queue.figures([9, 12, 11], factors=[0.9, 1.1], weights=[0.5, 0.5])
        >>> queue.figures([9, 12, 11]).total().service_level() > busy_days.total().service_level()
        True
        """
        table = self.timetable(agents, answer_within, short_abandon)
        intervals = table.arrivals.size
        rules: dict[str, tuple[ArrayLike, Rule]] = {
            "factors": (factors, NOT_NEGATIVE),
            "weights": (weights, NOT_NEGATIVE),
            "day_starts": ((0,) if day_starts is None else day_starts, NOT_NEGATIVE),
        }
        given = {name: np.atleast_1d(array) for name, array in checked(rules).items()}
        if given["factors"].shape != given["weights"].shape or abs(given["weights"].sum() - 1.0) > 1e-9:
            raise InputError([fault("weights", "must hold one weight per factor and add up to 1", weights)])
        starts = given["day_starts"].astype(np.int64)
        rises = starts.size and starts[0] == 0 and (np.diff(starts) > 0).all() and starts[-1] < intervals
        if not rises or (starts != given["day_starts"]).any():
            rule = f"must be whole numbers that rise from 0 and stay below {intervals}"
            raise InputError([fault("day_starts", rule, day_starts)])
        rows, busy_after = _run(table, np.append(starts, intervals), given["factors"], given["weights"])
        return interval_figures(rows, float(self.interval), busy_after)

    def timetable(self, agents: ArrayLike, answer_within: float = 20.0, short_abandon: float = 0.0) -> Any:
        """The queue and its staffing as the kernels take them (`interval.Timetable`)."""
        from wfm.queueing.over_time.interval import CARRY, DROP, SERVE, Timetable

        asked = checked(
            {
                "agents": (agents, WHOLE_AND_FEW),
                "answer_within": (answer_within, NOT_NEGATIVE),
                "short_abandon": (short_abandon, NOT_NEGATIVE),
            }
        )
        _check_single(asked, "answer_within", "short_abandon")
        given = broadcast({**self._inputs(), "agents": np.atleast_1d(asked["agents"])})
        if given["agents"].ndim > 1:
            raise InputError([fault("agents", "must be one vector over the intervals", given["agents"].shape)])
        is_open, interval = given["is_open"] > 0, float(self.interval)
        after_close = {"serve": SERVE, "drop": DROP, "carry": CARRY}[self.after_close]
        closing = is_open & ~np.append(is_open[1:], False)
        present = on_duty(given["agents"].astype(np.int64), is_open, self.after_close)
        service = 1.0 / given["handling_time"]
        # Who has next to no patience leaves at once when he must wait: that is balking.
        impatient = given["patience"] < SHORTEST_PATIENCE
        abandonment = np.where(impatient, 0.0, 1.0 / np.where(impatient, 1.0, given["patience"]))
        within = np.array([float(asked[name]) for name in ("answer_within", "short_abandon")])
        within[within < SHORTEST_THRESHOLD] = 0.0
        # What happens while a contact waits: others come, agents finish, and those in queue hang up.
        coming = given["volume"] / interval
        rate = 2.0 * coming + present[:-1] * service + abandonment + 4.0 * np.sqrt(coming * abandonment)
        nodes, weights = _quadrature(float(rate.max()) * min(float(within.max()), interval))
        return Timetable(
            arrivals=np.where(is_open, given["volume"], 0.0) / interval,
            service=service,
            abandonment=abandonment,
            balking=np.where(impatient, 1.0, given["balking"]),
            agents=present,
            is_open=is_open,
            drops=closing & (after_close == DROP),
            interval=interval,
            lines=np.inf if self.lines is None else float(self.lines),
            thresholds=within,
            nodes=nodes,
            weights=weights,
            after_close=after_close,
            preemptive=self.discipline == "preemptive",
        )

    def _inputs(self) -> dict[str, NDArray[np.float64]]:
        """The arguments over the intervals, checked; every fault at once."""
        given = checked(
            {
                "volume": (self.volume, NOT_NEGATIVE),
                "handling_time": (self.handling_time, POSITIVE),
                "patience": (self.patience, NOT_NEGATIVE_OR_ENDLESS),
                "balking": (self.balking, SHARE),
                "is_open": (_as_numbers(self.is_open), TRUE_OR_FALSE),
                "interval": (self.interval, POSITIVE),
                "lines": (np.inf if self.lines is None else self.lines, WHOLE_OR_ENDLESS),
            }
        )
        _check_single(given, "interval", "lines")
        over_time = ("volume", "handling_time", "patience", "balking", "is_open")
        shaped = broadcast({name: np.atleast_1d(given[name]) for name in over_time})
        if shaped["volume"].ndim > 1:
            raise InputError([fault("volume", "must be one vector over the intervals", shaped["volume"].shape)])
        return shaped


def _as_numbers(flags: ArrayLike) -> ArrayLike:
    """True as 1 and False as 0; what is no flag is left for the rule to refuse."""
    return np.asarray(flags, dtype=np.float64) if np.asarray(flags).dtype.kind == "b" else flags


def _check_single(given: dict[str, NDArray[np.float64]], *names: str) -> None:
    """Refuse arrays where one number holds for all intervals."""
    rule = "must be one number, the same for all intervals"
    faults = [fault(name, rule, given[name].shape) for name in names if given[name].ndim]
    if faults:
        raise InputError(faults)


def interval_figures(rows: NDArray[np.float64], interval: float, busy_after: float = 0.0) -> IntervalFigures:
    """The kernels' rows of figures, by name."""
    names = [one.name for one in fields(IntervalFigures)][: rows.shape[1]]  # in the order of the rows' columns
    columns: dict[str, Any] = dict(zip(names, np.ascontiguousarray(rows.T), strict=True))
    return IntervalFigures(**columns, busy_after=busy_after, interval=interval)


def run_interval(table: Any, system: Any, i: int, factor: float) -> tuple[NDArray[np.float64], Any]:
    """The row of figures of one interval, at `factor` times its arrivals, and where the chain is after it.

    `system` is where the chain is before the staffing of interval i takes over; `empty_system()` at the beginning.
    """
    from wfm.queueing.over_time.interval import FIGURES, pass_interval, settle

    row = np.zeros(FIGURES)
    after, cohort, followed, from_when = pass_interval(table, system, i, factor, row)
    settle(table, i, row[0], cohort, followed, from_when, row)
    return row, after


def empty_system() -> Any:
    """Nobody in."""
    from wfm.queueing.over_time.flow import System

    return System(np.ones(1), np.zeros((0, 1)))


def mixed_system(systems: list[Any], weights: NDArray[np.float64]) -> Any:
    """The mixture of where a chain may be: days are independent, and begin where the last one may have ended."""
    from wfm.queueing.over_time.flow import System

    level, excess = np.zeros(1), np.zeros((0, 1))
    for one, weight in zip(systems, weights, strict=True):
        level, excess = sum_of(level, weight * one.level), sum_of(excess, weight * one.excess)
    return System(level, excess)


def sum_of(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of arrays of different sizes, what is missing taken as 0."""
    total = np.zeros(np.maximum(one.shape, other.shape))
    for part in (one, other):
        total[tuple(slice(0, size) for size in part.shape)] += part
    return total


def _run(
    table: Any, day_starts: NDArray[np.int64], factors: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """The rows of all intervals, and the agent seconds after the horizon; days by the mixture of their factors."""
    rows, system = [], empty_system()
    for first, end in pairwise(day_starts.tolist()):
        systems = [system] * len(factors)
        for i in range(first, end):
            found = [run_interval(table, one, i, factor) for one, factor in zip(systems, factors.tolist(), strict=True)]
            rows.append(weights @ np.array([row for row, _ in found]))
            systems = [after for _, after in found]
        system = mixed_system(systems, weights)
    return np.array(rows), _busy_after(table, system)


def _busy_after(table: Any, system: Any) -> float:
    """Agent seconds after the horizon's end, with the contacts that agents have in hand then or still answer."""
    from wfm.queueing.over_time.flow import Cohort
    from wfm.queueing.over_time.interval import FIGURES, settle

    last = len(table.arrivals) - 1
    agents, levels = int(table.agents[last]), np.arange(len(system.level))
    layers, places = system.excess.shape
    busy = 0.0
    if not table.preemptive or table.agents[last + 1] == agents:  # else contacts in hand go back to the queue
        busy = float(system.level @ np.minimum(levels, agents) + system.excess.sum(axis=1) @ np.arange(1, layers + 1))
        busy += float(system.excess.sum()) * agents
    behind = np.zeros((1 + layers, max(places, len(system.level) - agents, 1)))
    for row, queue in zip(behind, [system.level[agents:], *system.excess], strict=True):
        row[: max(len(queue) - 1, 0)] = queue[::-1].cumsum()[::-1][1:]  # so many contacts wait behind j others
    figures = np.zeros(FIGURES)
    nobody = np.zeros((0, 1, 1)), np.zeros((0, 2))
    settle(table, last, 1.0, Cohort(behind, np.zeros_like(behind)), *nobody, figures)
    named = interval_figures(figures[None], float(table.interval))
    return (busy + float(named.answered[0])) / float(table.service[last])


def on_duty(agents: NDArray[np.int64], is_open: NDArray[np.bool_], after_close: str) -> NDArray[np.int64]:
    """int64[intervals + 1]: agents in each interval and after the horizon; after closing they stay to serve, or go."""
    present = np.append(np.where(is_open, agents, 0), 0)
    if after_close != "serve":
        return present
    places = np.arange(len(present))
    last_open = np.maximum.accumulate(np.where(np.append(is_open, False), places, -1))
    return np.where(last_open >= 0, present[last_open], 0)


def _quadrature(events: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on [0, 1], enough for a flow in which so many events pass.

    A flow of `events` events is as smooth as a polynomial whose degree grows with their square root.
    """
    nodes, weights = np.polynomial.legendre.leggauss(8 + math.ceil(math.sqrt(events)))
    return (nodes + 1.0) / 2.0, weights / 2.0
