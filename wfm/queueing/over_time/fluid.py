"""The fluid centre: contacts as a liquid, agents as a drain; no chance, but queues that build up and clear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.queueing.inputs import NOT_NEGATIVE, NOT_NEGATIVE_OR_ENDLESS, POSITIVE, broadcast, checked
from wfm.queueing.results import Figure, ratio, unwrapped

Vector = NDArray[np.float64]
Arrays = dict[str, Vector]


@dataclass(frozen=True, eq=False)
class FluidMeasures:
    """What flows through the centre in each interval; arrays (..., N)."""

    content: Vector
    """Contacts in the centre at the end of the interval, handled or waiting."""
    queue: Vector
    """Contacts that wait at the end of the interval."""
    mean_queue: Vector
    """Contacts that wait, averaged over the interval."""
    answered: Vector
    """Contacts whose handling ends in the interval."""
    abandoned: Vector
    """Contacts that abandon in the interval."""
    mean_wait: Vector
    """Time spent waiting in the interval per contact offered in it [s]; NaN where none is offered."""
    occupancy: Vector
    """Fraction of agents' time spent handling; 1 where there are contacts and no agents, 0 where there is nothing."""


@dataclass(frozen=True, eq=False)
class Fluid:
    """The fluid limit of a queue with patience whose demand and agents change from interval to interval.

    With x contacts in the centre and s agents, x' = rate - min(x, s) / handling time - max(x - s, 0) / patience. In
    each interval that is one line or exponential below s and another above it, and x crosses s at most once: the
    solution is exact. It tells overload from plenty and how queues build up and clear, and knows no waits by chance.

    Parameters
    ----------
    volume: contacts offered in each interval (..., N), >= 0; the last axis is time.
    handling_time: mean handling time [s], > 0, broadcasts with volume.
    patience: mean patience [s], > 0, infinite: nobody abandons; broadcasts with volume.
    interval: length of an interval [s], > 0, one number.
    content: contacts in the centre at the beginning (...), >= 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Source: Ward Whitt, "Fluid models for multiserver queues with abandonments" (2006); Tania Jimenez and Ger Koole,
    "Scaling and comparison of fluid limits of queues applied to call centers with time-varying parameters" (2004).

    >>> flow = Fluid(volume=[120, 60, 0], handling_time=180, interval=1800).measures(agents=[10, 10, 10])
    >>> flow.queue.round(1), flow.answered.round(1), flow.mean_wait.round(0)
    (array([16.4,  0. ,  0. ]), array([93.6, 80.4,  6. ]), array([101., 101.,  nan]))
    """

    volume: ArrayLike
    handling_time: ArrayLike
    patience: ArrayLike = np.inf
    interval: float = 3600.0
    content: ArrayLike = 0.0

    def __post_init__(self) -> None:
        self._inputs()

    def measures(self, agents: ArrayLike) -> FluidMeasures:
        """What flows through the centre with so many agents (net, >= 0, fractional if wanted), broadcast with volume.

        Contacts whose agents are taken off while they handle them wait again. Raises InputError for negative or NaN
        values.
        """
        own, start = self._inputs()
        given = broadcast(own | checked({"agents": (agents, NOT_NEGATIVE)}))
        try:
            now = np.broadcast_to(start, given["volume"].shape[:-1])
        except ValueError:
            raise InputError(
                [fault("content", "must broadcast with volume but for its last axis", start.shape)]
            ) from None
        content, served, waited = out = np.empty((3, *given["volume"].shape))
        for place in range(given["volume"].shape[-1]):
            at_this = {name: value[..., place] for name, value in given.items()}
            out[..., place] = _through_interval(now, at_this, self.interval)
            now = content[..., place]
        agents_time = given["agents"] * self.interval
        with np.errstate(over="ignore"):
            mean_wait = ratio(waited, given["volume"])
        some = (content > 0.0) | (served > 0.0)
        return FluidMeasures(
            content=content,
            queue=np.maximum(content - given["agents"], 0.0),
            mean_queue=waited / self.interval,
            answered=served / given["handling_time"],
            abandoned=waited / given["patience"],
            mean_wait=np.asarray(mean_wait),
            occupancy=np.where(some, np.minimum(ratio(served, agents_time, otherwise=1.0), 1.0), 0.0),
        )

    def _inputs(self) -> tuple[Arrays, Vector]:
        """The arguments as arrays with time as their last axis, and the content to begin with, checked."""
        given = checked(
            {
                "volume": (self.volume, NOT_NEGATIVE),
                "handling_time": (self.handling_time, POSITIVE),
                "patience": (self.patience, ("must be greater than 0 (infinity is allowed)", lambda x: x > 0)),
                "interval": (self.interval, POSITIVE),
                "content": (self.content, NOT_NEGATIVE),
            }
        )
        if given["volume"].ndim == 0:
            raise InputError([fault("volume", "must hold one number for each interval", float(given["volume"]))])
        if given["interval"].ndim:
            raise InputError([fault("interval", "must be one number", given["interval"].shape)])
        start = given.pop("content")
        broadcast(given)
        return given, start


def clearing_time(
    backlog: ArrayLike,
    agents: ArrayLike,
    volume: ArrayLike,
    handling_time: ArrayLike,
    patience: ArrayLike = np.inf,
    interval: ArrayLike = 3600.0,
) -> Figure:
    """Seconds until a backlog of waiting contacts is gone, as a fluid; infinite where it never is.

    `backlog` contacts that wait, >= 0; `agents` who are all busy, >= 0; `volume` contacts that still come per interval;
    `handling_time` [s, > 0]; `patience` mean patience [s, >= 0], infinite: nobody abandons; all broadcast. Raises
    InputError for values out of range.

    >>> round(clearing_time(backlog=30, agents=12, volume=200, handling_time=180))
    2700
    >>> round(clearing_time(backlog=30, agents=12, volume=200, handling_time=180, patience=300))
    691
    """
    given = broadcast(
        checked(
            {
                "backlog": (backlog, NOT_NEGATIVE),
                "agents": (agents, NOT_NEGATIVE),
                "volume": (volume, NOT_NEGATIVE),
                "handling_time": (handling_time, POSITIVE),
                "patience": (patience, NOT_NEGATIVE_OR_ENDLESS),
                "interval": (interval, POSITIVE),
            }
        )
    )
    surplus = given["agents"] / given["handling_time"] - given["volume"] / given["interval"]
    waiting = (given["backlog"] > 0.0) & (given["patience"] > 0.0)
    clears = waiting & (surplus > 0.0)
    straight = given["backlog"] / np.where(clears, surplus, 1.0)
    return unwrapped(np.where(clears, _bent(straight, given["patience"]), np.where(waiting, np.inf, 0.0)))


def _bent(straight: Vector, patience: Vector) -> Vector:
    """The clearing time with abandonment, from the one without: patience x log(1 + straight / patience)."""
    endless = np.isinf(patience)
    some = np.where(endless | (patience == 0.0), 1.0, patience)
    return np.where(endless, straight, some * np.log1p(straight / some))


def _through_interval(content: Vector, given: Arrays, interval: float) -> tuple[Vector, Vector, Vector]:
    """Content at the end, agents' seconds of handling and contacts' seconds of waiting in one interval.

    The content moves one way all interval long. It may meet the number of agents; the rest is then on the other side.
    """
    flow = {
        "agents": given["agents"],
        "arriving": given["volume"] / interval,
        "serving": 1.0 / given["handling_time"],
        "hanging_up": 1.0 / given["patience"],
    }
    growing = flow["arriving"] > flow["agents"] * flow["serving"]  # where the content equals the agents
    above = (content > flow["agents"]) | ((content == flow["agents"]) & growing)
    meets = _until(flow["agents"] - content, *_motion(content, above, flow))
    crosses = meets < interval
    lasts = np.minimum(meets, interval)
    end, served, waited = _piece(content, above, lasts, flow)
    start = np.where(crosses, flow["agents"], end)
    end, served_after, waited_after = _piece(start, above ^ crosses, interval - lasts, flow)
    return end, served + served_after, waited + waited_after


def _motion(content: Vector, above: Vector, flow: Arrays) -> tuple[Vector, Vector]:
    """The slope of the content, and the rate at which the slope itself dies away."""
    busy, waiting = np.where(above, flow["agents"], content), np.where(above, content - flow["agents"], 0.0)
    slope = flow["arriving"] - busy * flow["serving"] - waiting * flow["hanging_up"]
    return slope, np.where(above, flow["hanging_up"], flow["serving"])


def _piece(content: Vector, above: Vector, lasts: Vector, flow: Arrays) -> tuple[Vector, Vector, Vector]:
    """Content after so long on one side of the agents, seconds of handling and seconds of waiting meanwhile."""
    change, area = _relaxed(*_motion(content, above, flow), lasts)
    busy = np.where(above, flow["agents"] * lasts, content * lasts + area)
    waiting = np.where(above, np.maximum((content - flow["agents"]) * lasts + area, 0.0), 0.0)
    return np.maximum(content + change, 0.0), busy, waiting


def _until(distance: Vector, slope: Vector, leaves: Vector) -> Vector:
    """When y(t) = slope (1 - e^(-leaves t)) / leaves reaches the distance; infinity where it never does."""
    approaching = distance * slope > 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # the slope may be next to nothing
        straight = np.where(approaching, distance, 0.0) / np.where(approaching, slope, 1.0)
        reached = approaching & (straight * leaves < 1.0)
    relaxing = leaves > 0.0
    rate = np.where(relaxing, leaves, 1.0)
    bent = -np.log1p(-np.where(reached, straight, 0.0) * leaves) / rate
    return np.where(reached, np.where(relaxing, bent, straight), np.inf)


def _relaxed(slope: Vector, leaves: Vector, lasts: Vector) -> tuple[Vector, Vector]:
    """y and its integral after so long, y as in `_until`; a straight line where nothing leaves."""
    aged = leaves * lasts
    small = aged < 1e-4
    some = np.where(small, 1.0, aged)
    share = np.where(small, 1.0 - aged / 2.0 + aged**2 / 6.0 - aged**3 / 24.0, -np.expm1(-some) / some)
    area = np.where(small, 0.5 - aged / 6.0 + aged**2 / 24.0 - aged**3 / 120.0, (1.0 - share) / some)
    return slope * lasts * share, slope * lasts**2 * area
