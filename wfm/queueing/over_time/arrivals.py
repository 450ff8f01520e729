"""Rates of arrival that change with time: steps from interval to interval, a sinusoid, or any smooth curve.

Each answers the same four questions, and so does an offered load (`wfm.queueing.over_time.offered_load`):

    at(times)               the value at an instant
    average(starts, ends)   over each of so many periods
    maximum(starts, ends)   over each period
    rises(starts, ends)     whether it grows strictly throughout the period

Times are seconds and may be arrays; values are contacts per interval (for an offered load: erlang).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.queueing.inputs import NOT_NEGATIVE, POSITIVE, SHARE, checked
from wfm.queueing.results import Figure, unwrapped

Vector = NDArray[np.float64]
SAMPLES = 129  # a period is looked at in so many places before its maximum is closed in on
ROUNDS = 6  # each closes in by a factor of 8, and the error of a smooth top by 64
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)


class OverTime(Protocol):
    """Something that changes with time: a rate of arrival or an offered load."""

    def at(self, times: ArrayLike) -> Figure:
        """Its value at so many instants."""

    def average(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Its mean over each period."""

    def maximum(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Its greatest value in each period."""

    def rises(self, starts: ArrayLike, ends: ArrayLike) -> bool | NDArray[np.bool_]:
        """Whether it grows strictly throughout each period."""


@dataclass(frozen=True, eq=False)
class Steps:
    """A constant rate in each interval, from time 0; nothing arrives before and after.

    Parameters
    ----------
    volume: contacts offered in each interval (N,), >= 0.
    interval: length of an interval [s], > 0.

    Raises InputError for anything else.

    >>> rate = Steps([60, 120, 90], interval=1800)
    >>> rate.at([0, 1800, 9000]), rate.average(900, 2700), rate.maximum(900, 2700)
    (array([ 60., 120.,   0.]), 90.0, 120.0)
    """

    volume: ArrayLike
    interval: float = 3600.0

    def __post_init__(self) -> None:
        given = checked({"volume": (self.volume, NOT_NEGATIVE), "interval": (self.interval, POSITIVE)})
        if given["volume"].ndim != 1 or given["interval"].ndim:
            raise InputError([fault("volume", "must be one vector, of one interval", given["volume"].shape)])
        object.__setattr__(self, "volume", given["volume"])

    @property
    def edges(self) -> Vector:
        """Starts of the intervals and the end of the last [s], (N + 1,)."""
        return np.asarray(np.arange(np.size(self.volume) + 1) * self.interval)

    def at(self, times: ArrayLike) -> Figure:
        """Contacts per interval at so many instants [s]; an interval holds its start and not its end."""
        place = np.searchsorted(self.edges, np.asarray(times, dtype=np.float64), side="right")
        return unwrapped(np.concatenate([[0.0], np.asarray(self.volume), [0.0]])[place])

    def average(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Mean contacts per interval over each period [s]."""
        starts, ends = periods(starts, ends)
        arrived = np.concatenate([[0.0], np.cumsum(self.volume)])
        until = np.interp(ends, self.edges, arrived) - np.interp(starts, self.edges, arrived)
        return unwrapped(until * self.interval / (ends - starts))

    def maximum(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """The greatest rate that holds in some part of each period [s]."""
        starts, ends = periods(starts, ends)
        edges, volume = self.edges, np.asarray(self.volume)
        touched = (edges[:-1] < ends[..., None]) & (edges[1:] > starts[..., None])
        return unwrapped(np.max(np.where(touched, volume, 0.0), axis=-1, initial=0.0))

    def rises(self, starts: ArrayLike, ends: ArrayLike) -> bool | NDArray[np.bool_]:
        """Never: a rate that stands still for a while does not grow throughout."""
        return np.zeros(np.broadcast(*periods(starts, ends)).shape, np.bool_)[()]


@dataclass(frozen=True, eq=False)
class Sinusoid:
    """mean (1 + swing sin(2 pi (t - lag) / period)), for ever.

    Parameters
    ----------
    mean: contacts per interval on average, >= 0 (as an offered load: erlang).
    swing: relative amplitude, 0 to 1.
    period: length of a cycle [s], > 0.
    lag: how much later than the sine [s].
    interval: what the rate is counted by [s], > 0.

    Raises InputError for anything else.

    >>> rate = Sinusoid(mean=100, swing=0.5, period=86400)
    >>> rate.at([0, 21600]), round(rate.average(0, 43200), 3), rate.maximum(0, 43200)
    (array([100., 150.]), 131.831, 150.0)
    """

    mean: float
    swing: float
    period: float
    lag: float = 0.0
    interval: float = 3600.0

    def __post_init__(self) -> None:
        checked(
            {
                "mean": (self.mean, NOT_NEGATIVE),
                "swing": (self.swing, SHARE),
                "period": (self.period, POSITIVE),
                "lag": (self.lag, ("must be a finite number", np.isfinite)),
                "interval": (self.interval, POSITIVE),
            }
        )

    def at(self, times: ArrayLike) -> Figure:
        """The value at so many instants [s]."""
        return unwrapped(self.mean * (1.0 + self.swing * np.sin(2.0 * math.pi * self._cycles(times))))

    def average(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Mean over each period [s]: the value in its middle, with the swing flattened by its length."""
        starts, ends = periods(starts, ends)
        flat = self.swing * np.sinc((ends - starts) / self.period)
        middle = self._cycles((starts + ends) / 2.0)
        return unwrapped(self.mean * (1.0 + flat * np.sin(2.0 * math.pi * middle)))

    def maximum(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """The crest where a period holds it, else the greater of its ends."""
        starts, ends = periods(starts, ends)
        higher = np.maximum(self.at(starts), self.at(ends))
        crests = np.floor(self._cycles(ends) - 0.25) - np.ceil(self._cycles(starts) - 0.25) >= 0.0
        return unwrapped(np.where(crests, self.mean * (1.0 + self.swing), higher))

    def rises(self, starts: ArrayLike, ends: ArrayLike) -> bool | NDArray[np.bool_]:
        """Whether each period lies between a trough and the crest after it."""
        starts, ends = periods(starts, ends)
        rounding = 1e-9  # of a cycle: a trough at the very start takes nothing from the growth
        since_trough = (self._cycles(starts) + 0.25 + rounding) % 1.0
        lasts = (ends - starts) / self.period
        growing = self.mean * self.swing > 0.0
        return np.asarray(growing & (since_trough + lasts <= 0.5 + 2.0 * rounding))[()]

    def _cycles(self, times: ArrayLike) -> Vector:
        return (np.asarray(times, dtype=np.float64) - self.lag) / self.period


@dataclass(frozen=True, eq=False)
class Curve:
    """Any smooth rate: `value`, a function of an array of times [s] that answers an array of contacts per interval.

    Averages are 32-point Gauss sums over each period; maxima are closed in on from 129 places. Both are exact for what
    is smooth within a period. `interval` is what the rate is counted by [s]. Raises InputError when `value` answers
    anything but one finite number of at least 0 for every time.

    >>> rate = Curve(lambda t: 100 + t / 36)
    >>> rate.average(0, 3600), rate.maximum([0, 3600], [3600, 7200]), rate.rises([0], [3600])
    (150.0, array([200., 300.]), array([ True]))
    """

    value: Callable[[Vector], ArrayLike]
    interval: float = 3600.0

    def __post_init__(self) -> None:
        checked({"interval": (self.interval, POSITIVE)})

    def at(self, times: ArrayLike) -> Figure:
        """The value at so many instants [s]."""
        times = np.asarray(times, dtype=np.float64)
        found = checked({"value": (self.value(times), NOT_NEGATIVE)})["value"]
        if found.shape != times.shape:
            raise InputError([fault("value", f"must answer {times.shape} numbers for as many times", found.shape)])
        return unwrapped(found)

    def average(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """Mean over each period [s]."""
        starts, ends = periods(starts, ends)
        places = starts[..., None] + (ends - starts)[..., None] * (1.0 + NODES) / 2.0
        return unwrapped(np.asarray(self.at(places)) @ (WEIGHTS / 2.0))

    def maximum(self, starts: ArrayLike, ends: ArrayLike) -> Figure:
        """The greatest value in each period [s]."""
        return unwrapped(closed_in(self.at, *periods(starts, ends)))

    def rises(self, starts: ArrayLike, ends: ArrayLike) -> bool | NDArray[np.bool_]:
        """Whether each of 129 places in the period lies above the one before."""
        starts, ends = periods(starts, ends)
        values = np.asarray(self.at(np.linspace(starts, ends, SAMPLES)))
        return np.asarray((np.diff(values, axis=0) > 0.0).all(axis=0))[()]


def periods(starts: ArrayLike, ends: ArrayLike) -> tuple[Vector, Vector]:
    """Starts and ends of periods as arrays of one shape; raises InputError unless each start comes before its end."""
    finite = ("must be a finite number", np.isfinite)
    given = checked({"starts": (starts, finite), "ends": (ends, finite)})
    try:
        first, last = np.broadcast_arrays(given["starts"], given["ends"])
    except ValueError:
        raise InputError([fault("ends", "must be as many as starts", given["ends"].shape)]) from None
    if not (first < last).all():
        raise InputError([fault("ends", "must come after starts", float(last[~(first < last)].flat[0]))])
    return first, last


def closed_in(
    value: Callable[[Vector], ArrayLike],
    starts: Vector,
    ends: Vector,
    samples: int = SAMPLES,
    also: Vector | None = None,
) -> Vector:
    """The greatest value in each period: the best of some samples, then ever closer around it.

    `also` (..., M) names further places to look at, such as kinks, each held to its period.
    """
    places = np.linspace(starts, ends, samples, axis=-1)
    if also is not None:
        held = np.clip(also, starts[..., None], ends[..., None])
        places = np.sort(np.concatenate([places, held], axis=-1), axis=-1)
    places = places.reshape(-1, places.shape[-1])
    values = np.asarray(value(places))
    best = values.max(axis=-1)
    if samples > 2:
        rows = np.flatnonzero(_top_is_inside(places, values))
        places, values = places[rows], values[rows]
        for _ in range(ROUNDS if rows.size else 0):
            places = _around_the_top(places, values)
            values = np.asarray(value(places))
            best[rows] = np.maximum(best[rows], values.max(axis=-1))
    return best.reshape(starts.shape)


def _around_the_top(places: Vector, values: Vector) -> Vector:
    """17 places from the neighbour before the greatest value to the one after it, in each row."""
    each, top = np.arange(places.shape[0]), values.argmax(axis=-1)
    low, high = places[each, np.maximum(top - 1, 0)], places[each, np.minimum(top + 1, places.shape[-1] - 1)]
    return np.linspace(low, high, 17, axis=-1)


def _top_is_inside(places: Vector, values: Vector) -> NDArray[np.bool_]:
    """Whether the greatest value of each row may lie between places: not where it still climbs as it reaches an end.

    The slope at the end is that of the parabola through the three places next to it.
    """
    inside = np.ones(values.shape[0], np.bool_)
    for outwards in (slice(-3, None), slice(2, None, -1)):  # the last three places, and the first three backwards
        x, y = places[:, outwards], values[:, outwards]
        with np.errstate(invalid="ignore", divide="ignore"):
            climbs = np.diff(y, axis=-1) / np.abs(np.diff(x, axis=-1))
            at_end = climbs[:, 1] + (climbs[:, 1] - climbs[:, 0]) * np.abs((x[:, 2] - x[:, 1]) / (x[:, 2] - x[:, 0]))
        inside &= ~((y[:, 2] == values.max(axis=-1)) & (at_end > 0.0) & (climbs > 0.0).all(axis=-1))
    return inside
