"""Classes of contacts with priorities: an agent who becomes free takes the highest class that waits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.errors import InputError, fault
from wfm.queueing.erlang.erlang_c import ErlangC
from wfm.queueing.inputs import NOT_NEGATIVE, broadcast, checked
from wfm.queueing.results import Figure, unwrapped

Vector = NDArray[np.float64]
NODES = 26  # of the inversion; its error shrinks by a factor of 4 with each, down to rounding


@dataclass(frozen=True, eq=False)
class ClassMeasures:
    """What each class experiences; arrays (..., K), the highest class first, and single figures for all (...)."""

    wait_probability: Figure
    """Fraction that waits, the same for every class."""
    mean_wait: Vector
    """Mean wait of all contacts of a class [s]; infinite where the class and those above it fill the agents."""
    mean_queue: Vector
    """Mean number of contacts of a class in queue."""
    answered_within: Vector
    """Fraction of a class that is answered within the threshold: its service level."""
    occupancy: Figure
    """Fraction of agents' time spent handling."""


@dataclass(frozen=True, eq=False)
class PriorityQueue:
    """The M/M/n queue with classes: nobody abandons, nobody is interrupted, a higher class always goes first.

    All classes share one exponential handling time and are answered in order of arrival within their class. While the
    load of a class and those above it stays below the agents, its waits are finite, whatever the classes below ask for:
    where these keep every agent busy for ever, the higher ones wait with probability 1, each for an agent that becomes
    free after handling time / agents on average.

    Parameters
    ----------
    volume: contacts offered per interval in each class (..., K), the highest class first, >= 0.
    handling_time: mean handling time [s], > 0 (0 is allowed where nothing is offered), broadcasts with (...).
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Alan Cobham, "Priority assignment in waiting line problems" (1954); Offer Kella and Uri Yechiali, "Waiting
    times in the non-preemptive priority M/M/c queue" (1985).

    >>> measures = PriorityQueue(volume=[100, 100], handling_time=180).measures(12, answer_within=20)
    >>> measures.mean_wait.round(2), measures.answered_within.round(3)
    (array([11.56, 69.33]), array([0.794, 0.626]))
    """

    volume: ArrayLike
    handling_time: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._all_classes()

    def measures(self, agents: ArrayLike, answer_within: ArrayLike = 20.0) -> ClassMeasures:
        """What each class experiences with so many agents.

        `agents` (net, >= 0, fractional if wanted) broadcasts with (...), `answer_within` [s, >= 0] with (..., K).
        Figures per class are exact; `answered_within` is an inverted transform, to about 1e-12. Raises InputError for
        negative or NaN values.
        """
        asked = checked({"agents": (agents, NOT_NEGATIVE), "answer_within": (answer_within, NOT_NEGATIVE)})
        everybody = self._all_classes().measures(asked["agents"])
        given = broadcast(
            {
                "volume": np.asarray(self.volume, dtype=np.float64),
                "handling_time": np.asarray(self.handling_time, dtype=np.float64)[..., None],
                "interval": np.asarray(self.interval, dtype=np.float64)[..., None],
                "agents": asked["agents"][..., None],
                "waits": np.asarray(everybody.wait_probability)[..., None],
                "within": asked["answer_within"],
            }
        )
        arriving = given["volume"] / given["interval"]
        seconds = np.where(given["handling_time"] > 0.0, given["handling_time"], 1.0)
        ending = given["agents"] / seconds  # contacts a second while every agent is busy
        this_and_above = np.cumsum(arriving, axis=-1)
        above = np.concatenate([np.zeros_like(arriving[..., :1]), this_and_above[..., :-1]], axis=-1)
        clears = this_and_above < ending
        spare = np.where(clears, ending - this_and_above, 1.0)
        wait = np.where(clears, ending / (spare * np.where(clears, ending - above, 1.0)), np.inf)
        mean_wait = _product(given["waits"], wait)
        late = np.where(clears, 1.0 - _waits_within(given["within"], spare, above, ending), 1.0)
        return ClassMeasures(
            wait_probability=everybody.wait_probability,
            mean_wait=mean_wait,
            mean_queue=_product(arriving, mean_wait),
            answered_within=1.0 - given["waits"] * late,
            occupancy=everybody.occupancy,
        )

    def _all_classes(self) -> ErlangC:
        """The queue of all classes together, in which the agents are just as busy."""
        volume = checked({"volume": (self.volume, NOT_NEGATIVE)})["volume"]
        if volume.ndim == 0 or volume.shape[-1] == 0:
            raise InputError([fault("volume", "must hold one number for each class", unwrapped(volume))])
        return ErlangC(volume.sum(axis=-1), self.handling_time, self.interval)


def _product(share: Vector, amount: Vector) -> Vector:
    """share x amount, and nothing of an infinite amount is nothing."""
    return np.multiply(share, amount, where=share > 0.0, out=np.zeros(np.broadcast(share, amount).shape))


def _waits_within(within: Vector, spare: Vector, above: Vector, ending: Vector) -> Vector:
    """P(wait <= within) of a contact that must wait; all arrays of one shape, rates per second.

    The work ahead of it is exponential with rate `spare`, and grows with every higher contact that comes meanwhile: in
    the Laplace transform, spare / (spare + s + above (1 - b(s))), where b is that of a busy period of the higher
    classes. The inversion is a sum along a contour around the negative axis, by Lloyd N. Trefethen, J. Andre C.
    Weideman and Thomas Schmelzer, "Talbot quadratures and rational approximations" (2006).
    """
    some = within * np.minimum(ending, 1.0) > 1e-20  # in less time nothing happens
    time = np.where(some, within, 1.0)[..., None]
    angle = np.pi * (2.0 * np.arange(NODES // 2) + 1.0) / NODES
    cotangent = 1.0 / np.tan(0.6407 * angle)
    place = NODES * (0.5017 * angle * cotangent - 0.6122 + 0.2645j * angle)
    slope = NODES * (0.5017 * cotangent - 0.5017 * 0.6407 * angle * (1.0 + cotangent**2) + 0.2645j)
    s = place / time
    rate, end = above[..., None], ending[..., None]
    both = s + rate + end
    # One of two roots; written so that neither rounding nor a branch of the square root is crossed.
    busy_period = (
        2.0
        * end
        / (both + np.sqrt(s + (np.sqrt(rate) + np.sqrt(end)) ** 2) * np.sqrt(s + (np.sqrt(rate) - np.sqrt(end)) ** 2))
    )
    transform = spare[..., None] / (spare[..., None] + s + rate * (1.0 - busy_period))
    found = 2.0 / NODES * np.sum(np.imag(np.exp(place) * transform / place * slope), axis=-1)
    return np.where(some, np.clip(found, 0.0, 1.0), 0.0)
