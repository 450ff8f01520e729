"""From demand that changes with time to a load per planning period, by the rules in use, and the agents it takes.

    sipp_average    the period's average rate, as if it had always held
    sipp_maximum    the period's greatest rate
    sipp_mix        the average where the rate rises throughout the period, else the greatest
    lag_average, lag_maximum, lag_mix       the same of the rate one mean handling time earlier
    mol_average, mol_maximum                the offered load of contacts that may still be busy (`offered_load`)

SIPP (stationary, independent, period by period) forgets that contacts outlast their period. The lag follows them
roughly; the modified offered load (MOL) follows them exactly as long as agents do not run short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault, nearest
from wfm.model.laws import Law, as_law, length_of
from wfm.queueing.erlang.erlang_a import ErlangA
from wfm.queueing.erlang.erlang_c import ErlangC
from wfm.queueing.inputs import NOT_NEGATIVE, OPEN_SHARE, POSITIVE, broadcast, checked
from wfm.queueing.over_time.arrivals import Curve, OverTime, Sinusoid, Steps, periods
from wfm.queueing.over_time.offered_load import Handling, offered_load
from wfm.queueing.results import Figure, unwrapped
from wfm.queueing.whole_search import least_whole_of_each

Rule = Literal[
    "sipp_average",
    "sipp_maximum",
    "sipp_mix",
    "lag_average",
    "lag_maximum",
    "lag_mix",
    "mol_average",
    "mol_maximum",
]
RULES: tuple[Rule, ...] = get_args(Rule)
ROUNDING = 1e-12  # a target that is missed by rounding alone is met


def period_loads(
    arrivals: Steps | Sinusoid | Curve, handling: Handling, starts: ArrayLike, ends: ArrayLike, rule: str
) -> Figure:
    """The load of each planning period by a rule [erlang].

    `handling`: a law of durations [s], or its mean; `starts` and `ends` [s] of the periods, arrays of one shape; `rule`
    one of RULES. Where handling changes between the intervals of `Steps`, SIPP and its lag take that of the interval in
    which a period starts. Times before `Steps` begin have no arrivals. Raises InputError for an unknown rule, periods
    that do not end after they start, and what `offered_load` refuses.

    Sources: Linda Green, Peter Kolesar and Joao Soares, "Improving the SIPP approach for staffing service systems that
    have cyclic demands" (2001); Otis Jennings, Avishai Mandelbaum, William Massey and Ward Whitt, "Server staffing to
    meet time-varying demand" (1996).

    >>> rate = Sinusoid(mean=60, swing=0.6, period=86400)
    >>> hours = np.arange(4) * 3600.0
    >>> period_loads(rate, 1800, hours, hours + 3600, "sipp_average").round(2)
    array([32.34, 36.87, 40.93, 44.24])
    >>> period_loads(rate, 1800, hours, hours + 3600, "mol_maximum").round(2)
    array([32.34, 36.84, 40.88, 44.17])
    """
    if rule not in RULES:
        raise InputError([fault("rule", f"must name a rule, {nearest(rule, RULES)}", rule)])
    first, last = periods(starts, ends)
    model, kind = rule.split("_")
    if model == "mol":
        return _taken(offered_load(arrivals, handling), kind, first, last)
    offered_load(arrivals, handling)  # the same arguments are refused by every rule
    seconds = _mean_handling(arrivals, as_law(handling), first)
    lag = seconds if model == "lag" else 0.0
    rate = _taken(arrivals, kind, first - lag, last - lag)
    return unwrapped(np.asarray(rate / arrivals.interval * seconds))


def interval_loads(
    volume: ArrayLike, handling_time: ArrayLike | Law, interval: float = 3600.0, rule: str = "mol_maximum"
) -> NDArray[np.float64]:
    """The load of each interval by a rule [erlang] (N,), from the volumes of intervals that follow one another.

    `volume` (N,) contacts per interval; `handling_time` mean AHT [s], one number or one per interval, or a law (0 is
    allowed where nothing is offered); `interval` [s]. Raises InputError as `Steps` and `period_loads` do.

    >>> interval_loads([60, 120, 90], handling_time=600, interval=1800, rule="mol_maximum").round(2)
    array([19.  , 38.95, 38.95])
    >>> interval_loads([60, 120, 90], handling_time=600, interval=1800, rule="sipp_average")
    array([20., 40., 30.])
    """
    arrivals = Steps(volume, interval)
    handling = handling_time if isinstance(handling_time, Law) else _law_of(arrivals, handling_time)
    edges = arrivals.edges
    return np.asarray(period_loads(arrivals, handling, edges[:-1], edges[1:], rule))


def agents_for_wait_probability(queue: ErlangC | ErlangA, max_wait_probability: ArrayLike) -> int | NDArray[np.int64]:
    """The least whole agents with whom at most this fraction of contacts waits, 0 < max_wait_probability < 1.

    Arrays broadcast with the queue's own. Nothing offered needs nobody. The search goes outwards from the load: where
    lines are limited, far fewer agents may meet the limit too, because contacts are blocked instead. Raises InputError
    for targets out of range.

    >>> agents_for_wait_probability(ErlangC(volume=200, handling_time=180), [0.2, 0.5])
    array([14, 12])
    """
    asked = checked({"max_wait_probability": (max_wait_probability, OPEN_SHARE)})
    given = broadcast({"load": np.asarray(queue.offered_load)} | asked)
    limit = given["max_wait_probability"]

    def enough(agents: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(queue.measures(agents).wait_probability <= limit * (1.0 + ROUNDING))

    found = np.where(given["load"] > 0.0, least_whole_of_each(enough, np.floor(given["load"])), 0)
    return found if found.ndim else int(found)


@dataclass(frozen=True, eq=False)
class PeriodQueues:
    """A stationary queue for each planning period, with the load that a rule gave it.

    Parameters
    ----------
    loads: erlang per period, >= 0, as `period_loads` and `interval_loads` give them.
    handling_time: mean handling time [s], > 0, one number or one per period; waits are proportional to it.

    Raises InputError for anything else.

    >>> loads = interval_loads([60, 120, 90], handling_time=600, interval=1800)
    >>> PeriodQueues(loads, handling_time=600).erlang_c().required_agents(service_level=0.8, answer_within=20)
    array([24, 46, 46])
    >>> PeriodQueues(loads, handling_time=600).erlang_a(patience=120).required_agents(max_abandonment=0.05)
    array([23, 43, 43])
    """

    loads: ArrayLike
    handling_time: ArrayLike

    def __post_init__(self) -> None:
        broadcast(checked({"loads": (self.loads, NOT_NEGATIVE), "handling_time": (self.handling_time, POSITIVE)}))

    def erlang_c(self) -> ErlangC:
        """The queues in which everybody waits, counted per hour."""
        return ErlangC(self._volume(), self.handling_time)

    def erlang_a(self, patience: ArrayLike, lines: ArrayLike | None = None, balking: ArrayLike = 0.0) -> ErlangA:
        """The queues with patience, counted per hour."""
        return ErlangA(self._volume(), self.handling_time, patience, lines=lines, balking=balking)

    def _volume(self) -> NDArray[np.float64]:
        return np.asarray(self.loads) * 3600.0 / np.asarray(self.handling_time)


def _taken(value: OverTime, kind: str, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Figure:
    """The average, the greatest value, or the mix of them, of each period."""
    if kind == "average":
        return value.average(starts, ends)
    if kind == "maximum":
        return value.maximum(starts, ends)
    return np.where(value.rises(starts, ends), value.average(starts, ends), value.maximum(starts, ends))


def _mean_handling(arrivals: Steps | Sinusoid | Curve, law: Law, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean handling time of each period [s]."""
    size = length_of(law)
    means = law.mean_by_interval(size)
    if size == 1:
        return np.broadcast_to(means, starts.shape)
    return np.asarray(means[np.clip(starts // arrivals.interval, 0, size - 1).astype(np.int64)])


def _law_of(arrivals: Steps, handling_time: ArrayLike) -> Law:
    """Exponential handling of these means; where nothing is offered, a mean of 0 stands for any."""
    means = checked({"handling_time": (handling_time, NOT_NEGATIVE)})["handling_time"]
    if means.ndim == 0 and float(means) > 0.0:
        return as_law(float(means))
    if means.shape not in ((), np.shape(arrivals.volume)):
        rule = f"must be one number or one for each of {np.size(arrivals.volume)} intervals"
        raise InputError([fault("handling_time", rule, means.shape)])
    if ((means == 0.0) & (np.asarray(arrivals.volume) > 0.0)).any():
        raise InputError([fault("handling_time", "must be greater than 0 where contacts are offered", 0.0)])
    means = np.broadcast_to(means, np.shape(arrivals.volume))
    return as_law(tuple(np.where(means > 0.0, means, 1.0).tolist()))
