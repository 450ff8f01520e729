"""The offered load of a rate that changes: how many agents would be busy if there were always one free.

Contacts stay busy after their rate has gone, so that the load follows the rate later and smoother:
m(t) is the integral of rate(t - u) P(handling > u) over u >= 0.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.model.laws import Law, Standard, as_law, length_of
from wfm.queueing.over_time.arrivals import Curve, OverTime, Sinusoid, Steps, closed_in, periods
from wfm.queueing.results import Figure, unwrapped

Vector = NDArray[np.float64]
Handling = Law | float | tuple[float, ...]
ROWS = 256  # so many times, near to one another, are looked at together
PLACES = 17  # an interval's load is looked at in so many places before its maximum is closed in on


def offered_load(arrivals: Steps | Sinusoid | Curve, handling: Handling) -> OverTime:
    """The offered load over time [erlang], with `at`, `average`, `maximum` and `rises`.

    `handling`: a law of durations [s], or its mean, which makes it exponential; its vectors hold one value per interval
    of `Steps` (contacts keep the law of the interval in which they arrive) and one value otherwise. `Steps` begin with
    nobody busy at time 0; a `Sinusoid` and a `Curve` have always been running. The loads of `Steps` and `Sinusoid` are
    closed forms, that of a `Curve` is an adaptive integral with a relative error of 1e-9. The greatest load in a period
    lies at an end of it for exponential handling and else is closed in on. Raises InputError for handling without end
    or of another number of intervals.

    Sources: Stephen Eick, William Massey and Ward Whitt, "The physics of the Mt/G/infinity queue" (1993); Otis
    Jennings, Avishai Mandelbaum, William Massey and Ward Whitt, "Server staffing to meet time-varying demand" (1996).

    >>> load = offered_load(Steps([60, 120, 90], interval=1800), handling=600)
    >>> load.at([1800, 3600, 5400]).round(2)
    array([19.  , 38.95, 30.45])
    >>> load = offered_load(Sinusoid(mean=1000, swing=0.2, period=86400), handling=600)
    >>> round(load.at(0), 3)
    165.215
    """
    law = as_law(handling)
    if law.law == "never":
        raise InputError([fault("handling", "must end", "never")])
    if isinstance(arrivals, Steps):
        return _load_of_steps(arrivals, law)
    if length_of(law) != 1:
        raise InputError([fault("handling", "must be one law for all times", length_of(law))])
    standard, scale, present = law.standard_by_interval(1)[0], float(law.scale_by_interval(1)[0]), _present(law, 1)[0]
    if isinstance(arrivals, Sinusoid):
        return _load_of_sinusoid(arrivals, law, standard, scale, present)
    return Curve(partial(_integral, arrivals, standard, scale, present))


class Kind(NamedTuple):
    """The intervals whose contacts share one standard law of handling, as vectors (K,)."""

    law: Standard
    begins: Vector
    """When they begin [s]."""
    scales: Vector
    """What the law is multiplied by [s]."""
    rates: Vector
    """Contacts per second that take any handling at all."""

    def only(self, chosen: NDArray[np.bool_]) -> Kind:
        """Some of the intervals."""
        return Kind(self.law, self.begins[chosen], self.scales[chosen], self.rates[chosen])


@dataclass(frozen=True, eq=False)
class LoadOfSteps:
    """The offered load of `Steps`: sums of E[min(handling, age)] over the intervals in which contacts arrived."""

    interval: float
    kinds: tuple[Kind, ...]

    def at(self, times: ArrayLike) -> Figure:
        """Busy agents at so many instants [s]."""
        from wfm.queueing.over_time.durations import passed

        instants = np.asarray(times, dtype=np.float64)
        return unwrapped(self._sum(instants, instants, lambda law, _, now: _grown(passed, law, now, self.interval, 1)))

    def average(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Mean busy agents over each period [s], integrated exactly."""
        from wfm.queueing.over_time.durations import passed_over_time

        def busy(kind: Kind, first: Vector, last: Vector) -> Vector:
            until, before = (_grown(passed_over_time, kind, time, self.interval, 2) for time in (last, first))
            return until - before

        starts, ends = periods(starts, ends)
        return unwrapped(np.maximum(self._sum(starts, ends, busy), 0.0) / (ends - starts))

    def maximum(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """The greatest load in each period [s]."""
        starts, ends = periods(starts, ends)
        return unwrapped(closed_in(self.at, starts, ends, self._samples, self._kinks(starts, ends)))

    def rises(self, starts: ArrayLike, ends: ArrayLike) -> bool | NDArray[np.bool_]:
        """Whether each of 129 places in the period lies above the one before."""
        return Curve(self.at).rises(starts, ends)

    def _sum(self, starts: Vector, ends: Vector, per_rate: Callable[[Kind, Vector, Vector], Vector]) -> Vector:
        """Over the intervals, their rates times `per_rate`, for each start and end.

        Of the intervals of a kind, only those count that begin before the end and have contacts left at the start.
        """
        firsts, lasts = starts.ravel(), ends.ravel()
        total = np.zeros(firsts.size)
        order = np.argsort(firsts)
        for kind in self.kinds:
            gone = kind.begins + self.interval + _settled(kind.law) * kind.scales
            for row in range(0, firsts.size, ROWS):
                chosen = order[row : row + ROWS]
                first, last = firsts[chosen][:, None], lasts[chosen][:, None]
                some = kind.only((gone >= first.min()) & (kind.begins < last.max()))
                total[chosen] += per_rate(some, first, last) @ some.rates
        return total.reshape(starts.shape)

    @property
    def _samples(self) -> int:
        """Between its ends and the edges of intervals, an exponential load moves one way only."""
        plain = all(kind.law.name == "exponential" and np.ptp(kind.scales) == 0.0 for kind in self.kinds)
        return 2 if plain else PLACES

    def _kinks(self, starts: Vector, ends: Vector) -> Vector:
        """Edges of intervals within each period, and where a handling that began at an edge jumps or bends."""
        from wfm.queueing.over_time.durations import kinks

        offsets = [np.zeros(1)]
        for kind in self.kinds:
            offsets.append(np.ravel(kinks(kind.law) * np.unique(kind.scales)[:, None]))
        phases = np.unique(np.concatenate(offsets) % self.interval)
        first = np.floor(starts / self.interval)[..., None, None]
        longest = math.ceil(float(np.max(ends - starts, initial=0.0)) / self.interval) + 1
        found = (first + np.arange(longest)[:, None]) * self.interval + phases
        return np.asarray(found.reshape(*starts.shape, longest * phases.size))


def _grown(
    integral: Callable[[Standard, Vector], Vector], kind: Kind, times: Vector, interval: float, power: int
) -> Vector:
    """What the integral of a duration has grown by from the age of an interval's end to that of its begin."""
    since = times - kind.begins
    younger, older = np.maximum(since - interval, 0.0) / kind.scales, np.maximum(since, 0.0) / kind.scales
    return (integral(kind.law, older) - integral(kind.law, younger)) * kind.scales**power


@cache
def _settled(law: Standard) -> float:
    """An age after which all the handling that is left is a 1e-13th of the whole."""
    from wfm.queueing.over_time.durations import passed

    ages = 2.0 ** np.arange(0.0, 160.0, 0.25)
    handled = passed(law, ages)
    return float(ages[np.argmax(handled >= handled[-1] * (1.0 - 1e-13))])


def _load_of_steps(arrivals: Steps, law: Law) -> LoadOfSteps:
    """The load of steps, with intervals of one law taken together."""
    volume = np.asarray(arrivals.volume)
    size = volume.size
    if length_of(law) not in (1, size):
        raise InputError(
            [fault("handling", f"must hold one value or one for each of {size} intervals", length_of(law))]
        )
    scales = law.scale_by_interval(size)
    rates = volume / arrivals.interval * _present(law, size)
    chosen: dict[Standard, list[int]] = {}
    for place, standard in enumerate(law.standard_by_interval(size)):
        if rates[place] > 0.0 and scales[place] > 0.0:
            chosen.setdefault(standard, []).append(place)
    kinds = tuple(
        Kind(standard, np.array(places) * arrivals.interval, scales[places], rates[places])
        for standard, places in chosen.items()
    )
    return LoadOfSteps(arrivals.interval, kinds)


def _load_of_sinusoid(arrivals: Sinusoid, law: Law, standard: Standard, scale: float, present: float) -> Sinusoid:
    """The load of a sinusoid is a sinusoid: lower in swing and later."""
    from wfm.queueing.over_time.durations import smoothing

    frequency = 2.0 * math.pi / arrivals.period
    mean = float(law.mean_by_interval(1)[0])
    if mean == 0.0:
        return Sinusoid(0.0, arrivals.swing, arrivals.period, arrivals.lag)
    smoothed = smoothing(standard, frequency * scale) * scale * present / mean
    return Sinusoid(
        mean=arrivals.mean / arrivals.interval * mean,
        swing=arrivals.swing * min(1.0, abs(smoothed)),
        period=arrivals.period,
        lag=arrivals.lag - cmath.phase(smoothed) / frequency,
    )


def _integral(arrivals: Curve, standard: Standard, scale: float, present: float, times: Vector) -> Vector:
    """The rate of a curve, weighed by the share of contacts that are still handled after so long."""
    from scipy.integrate import quad_vec

    from wfm.queueing.over_time.durations import kinks, survival

    flat = np.ravel(times)

    def busy(age: float) -> Vector:
        return np.asarray(arrivals.at(flat - age * scale)) * survival(standard, np.array(age))

    total = np.zeros(flat.size)
    for low, high in _stretches(kinks(standard), standard):
        total += quad_vec(busy, low, high, epsabs=1e-300, epsrel=1e-10, norm="max", limit=200)[0]
    return np.asarray((total * scale / arrivals.interval * present).reshape(np.shape(times)))


def _stretches(bends: Vector, standard: Standard) -> Iterator[tuple[float, float]]:
    """Ages to integrate between: from kink to kink, or doubling until next to nobody is handled any longer."""
    from wfm.queueing.over_time.durations import passed

    if bends.size:
        edges = np.unique(np.concatenate([[0.0], bends]))
        yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        return
    low, high = 0.0, 0.25
    while low == 0.0 or 1.0 - float(passed(standard, np.array(low))) > 1e-11:
        yield low, high
        low, high = high, 2.0 * high


def _present(law: Law, size: int) -> Vector:
    """Share of contacts that take any handling at all, per interval."""
    return 1.0 - np.broadcast_to(np.asarray(law.at_zero, dtype=np.float64), (size,))
