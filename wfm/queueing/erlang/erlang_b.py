"""Erlang B: agents without a queue; who finds every agent busy is blocked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.queueing.erlang.erlang_a import ErlangA
from wfm.queueing.erlang.least import Problem, least, least_whole
from wfm.queueing.inputs import NOT_NEGATIVE, POSITIVE_SHARE, broadcast, checked, table
from wfm.queueing.results import Figure, Measures, unwrapped

BLOCKING_COLUMN = 5


@dataclass(frozen=True, eq=False)
class ErlangB:
    """The M/G/n/n loss system: random arrivals at a constant rate, any law of handling times, no waiting.

    Fractional agents follow the continuous extension 1/B = load times the integral of e^(-load t) (1 + t)^agents.

    Parameters
    ----------
    volume: contacts offered per interval, >= 0; number or array.
    handling_time: mean handling time [s], > 0 (0 is allowed where nothing is offered).
    interval: length of the interval [s], > 0.

    Raises InputError naming each argument that is negative, NaN or out of range, or shapes that do not broadcast.

    Sources: Agner Krarup Erlang (1917); David Jagerman, "Some properties of the Erlang loss function" (1974).

    >>> lines = ErlangB(volume=60, handling_time=120)
    >>> lines.blocking([2, 4]).round(4)
    array([0.4   , 0.0952])
    """

    volume: ArrayLike
    handling_time: ArrayLike
    interval: ArrayLike = 3600.0

    def __post_init__(self) -> None:
        self._inputs()

    @property
    def offered_load(self) -> Figure:
        """Mean number of busy agents if nobody were blocked [erlang]."""
        return ErlangA(self.volume, self.handling_time, patience=np.inf, interval=self.interval).offered_load

    def blocking(self, agents: ArrayLike) -> Figure:
        """Fraction of contacts that finds every agent (or line) busy; 0 where nothing is offered.

        `agents` (>= 0, fractional if wanted) broadcasts with the queue's own arguments.

        >>> ErlangB(volume=1, handling_time=1800).blocking(1)
        0.3333333333333333
        """
        return unwrapped(np.exp(self.log_blocking(agents)))

    def log_blocking(self, agents: ArrayLike) -> Figure:
        """Natural logarithm of `blocking`, exact where the fraction itself is too small for a float.

        >>> round(ErlangB(volume=3600, handling_time=1).log_blocking(1000), 3)
        -5913.128
        """
        given = broadcast(self._inputs() | checked({"agents": (agents, NOT_NEGATIVE)}))
        from wfm.queueing.erlang.kernels import all_log_loss

        load = given["volume"] * given["handling_time"] / given["interval"]
        out = np.empty(load.size)
        all_log_loss(np.ascontiguousarray(given["agents"].ravel()), load.ravel(), out)
        return unwrapped(out.reshape(load.shape))

    def measures(self, agents: ArrayLike) -> Measures:
        """All measures, with as many lines as agents: contacts are answered at once or blocked.

        >>> round(ErlangB(volume=60, handling_time=120).measures(4).occupancy, 4)
        0.4524
        """
        lines = checked({"agents": (agents, NOT_NEGATIVE)})["agents"]
        return ErlangA(self.volume, self.handling_time, np.inf, self.interval, lines).measures(lines, answer_within=0.0)

    def required_agents(self, max_blocking: ArrayLike, *, whole: bool = True) -> int | Figure | NDArray[np.int64]:
        """The least agents (or lines) that block at most this fraction, 0 < max_blocking <= 1.

        Whole (int, or int64 array), or with `whole=False` the least real number. Something offered needs at least one.

        >>> ErlangB(volume=600, handling_time=60).required_agents(max_blocking=0.01)
        18
        """
        given = broadcast(self._inputs() | checked({"max_blocking": (max_blocking, POSITIVE_SHARE)}))
        load = given["volume"] * given["handling_time"] / given["interval"]
        system = table(load, 0.0, np.inf, 0.0, 0.0, 0.0)
        limits = table(*[np.nan] * BLOCKING_COLUMN, np.log(given["max_blocking"]))
        problem = Problem(system, limits, "answered_of_offered", load.shape)
        return least_whole(problem) if whole else least(problem).fractional

    def _inputs(self) -> dict[str, NDArray[np.float64]]:
        """The queue's own arguments as arrays, checked by the queue that shares them."""
        given = ErlangA(self.volume, self.handling_time, patience=np.inf, interval=self.interval)._inputs()
        return {name: given[name] for name in ("volume", "handling_time", "interval")}
