"""How many contacts wait in an M/D/n queue, to full double precision in light and in heavy traffic.

Count time in handling times. Whoever is handled now has left one handling time later, and nobody who is not yet handled
has; so the queue seen one handling time apart is the walk queue' = max(0, queue + arrivals - agents) with Poisson
arrivals. Its law is that of the highest point of a walk, a compound Poisson law (Frank Spitzer, "A combinatorial lemma
and its application to probability theory", 1956): the probability generating function of the queue is
exp(sum of jump(m) (z^m - 1)) with

    jump(m) = sum over k = 1, 2, ... of P(k agents + m arrivals in k handling times) / k,

which are the coefficients of the positive powers of z in -log(1 - z^-agents e^(load (z - 1))).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = TypeVar("Numbers", NDArray[np.float64], NDArray[np.complex128])

HEAVY = 0.7  # at a saddle less deep than this the two zeros beside it are taken out by hand
EMPTY = 700.0  # at this depth nobody is ever left in queue: e^-700 is near the smallest double


@dataclass(frozen=True, eq=False)
class QueueLaw:
    """The stationary law of the number of contacts in queue; beyond the table each probability is a share of the last.

    `exactly`, `more` (longest + 1,): P(queue = m) and P(queue > m). `decay`: log of P(m) / P(m + 1) beyond the table.
    `mean_wait`: mean wait [handling times].
    """

    exactly: Array
    more: Array
    decay: float
    mean_wait: float

    def at_most(self, lengths: Array) -> Array:
        """P(queue <= m) for each whole m; 0 for negative ones."""
        last = self.exactly.size - 1
        table = np.cumsum(self.exactly)
        within = table[np.clip(lengths, 0, last).astype(np.int64)]
        ahead = np.maximum(lengths - last, 0.0)
        beyond = self.exactly[last] * -np.expm1(-ahead * self.decay) / math.expm1(self.decay)
        return np.where(lengths < 0, 0.0, within + beyond)

    def more_than(self, lengths: Array) -> Array:
        """P(queue > m) for each whole m; 1 for negative ones."""
        last = self.exactly.size - 1
        within = self.more[np.clip(lengths, 0, last).astype(np.int64)]
        ahead = np.maximum(lengths - last, 0.0)
        return np.where(lengths < 0, 1.0, within * np.exp(-ahead * self.decay))


@lru_cache(maxsize=64)
def queue_law(agents: int, load: float) -> QueueLaw:
    """The law of the queue with so many agents and so many erlang, 0 < load < agents."""
    longest = 20 + 16 * math.isqrt(agents)  # beyond it one zero alone decides, or nothing is left
    steps, log_empty, decay, mean_wait = _jumps(agents, load, longest)
    exactly = np.empty(longest + 1)
    exactly[0] = math.exp(log_empty)
    backwards = steps[::-1]
    for m in range(1, longest + 1):
        exactly[m] = backwards[longest - m :] @ exactly[:m] / m
    beyond = exactly[longest] / math.expm1(decay)
    more = np.append(np.cumsum(exactly[:0:-1])[::-1], 0.0) + beyond
    return QueueLaw(exactly, more, decay, mean_wait)


def constant_handling(agents: int, load: float, within: float) -> tuple[float, float, float]:
    """Wait probability, fraction answered within the threshold and mean wait, times in handling times; load < agents.

    >>> waits, answered, wait = constant_handling(agents=1, load=0.5, within=0.0)
    >>> round(waits, 12), round(answered, 12), round(wait, 12)
    (0.5, 0.5, 0.5)
    """
    return wait_probability(agents, load), answered_within(agents, load, within), queue_law(agents, load).mean_wait


def wait_probability(agents: int, load: float) -> float:
    """P(wait > 0): all are still busy with contacts from up to one handling time ago."""
    law = queue_law(agents, load)
    arrivals = poisson_law(load, agents + _spread(load))
    return float(arrivals @ law.more_than(agents - 1.0 - np.arange(float(arrivals.size))))


def answered_within(agents: int, load: float, within: float) -> float:
    """P(wait <= within), `within` in handling times; all terms are positive.

    Who arrives at t waits no longer than x, k - 1 <= x < k, if at t + x - k fewer than k agents were in the way: those
    in queue then, and those who came in between and before t. Gerard Franx, "A simple solution for the M/D/c waiting
    time distribution" (2001).
    """
    law = queue_law(agents, load)
    rounds = math.floor(within) + 1.0
    ahead = load * (rounds - within)
    arrivals = poisson_law(ahead, math.floor(ahead) + _spread(ahead))
    return min(1.0, float(arrivals @ law.at_most(rounds * agents - 1.0 - np.arange(float(arrivals.size)))))


def poisson_law(mean: float, most: int) -> Array:
    """P(j) for j = 0..most, built outwards from the most likely j, so that no digit is lost to large exponents."""
    mode = min(math.floor(mean), most)
    with np.errstate(under="ignore"):
        down = np.cumprod(np.arange(mode, 0, -1.0) / mean)[::-1]
        up = np.cumprod(mean / np.arange(mode + 1.0, most + 1.0))
    relative: Array = np.concatenate([down, [1.0], up])
    return relative / math.fsum(relative)


def _spread(mean: float) -> int:
    """So far above its mean no Poisson number worth counting lies."""
    return 60 + math.ceil(12.0 * math.sqrt(mean))


def _jumps(agents: int, load: float, longest: int) -> tuple[Array, float, float, float]:
    """m jump(m) for m = 1..longest, log P(queue = 0), the decay of the tail, and the sum of all m jump(m) / load.

    That sum is the mean queue, and so the mean wait (John Little).

    The coefficients are read off by a Fourier transform on the circle through the saddle agents / load. In heavy
    traffic the zeros 1 and e^decay of 1 - z^-agents e^(load (z - 1)) close in on it: their part is known in closed form
    and taken out, and what is left decays as fast as the next zeros are far, like e^(-2.5 m / sqrt(agents)).
    """
    idle, occupancy = agents - load, load / agents
    depth = _depth(agents, load)
    numbers = np.arange(1.0, longest + 1.0)
    if depth > EMPTY:
        return np.zeros(longest), 0.0, 1.0, 0.0
    saddle = idle / load  # less 1
    points = 1 << (64 + 64 * math.isqrt(agents)).bit_length()
    angles = np.arange(points // 2 + 1) * (2.0 * math.pi / points)
    turned = 1j * np.sin(angles) - 2.0 * np.sin(0.5 * angles) ** 2  # e^(i angle) - 1
    with np.errstate(under="ignore"):
        if depth >= HEAVY:
            # Powers of the occupancy, not exponentials of its logarithm: few agents have almost no load.
            peak = (occupancy * math.exp(1.0 - occupancy)) ** agents if depth > agents else math.exp(-depth)
            values = _log_series(peak * np.exp(agents * (turned - 1j * angles)))
            coefficients = np.maximum(np.fft.irfft(np.conj(values), points)[1 : longest + 1], 0.0)
            per_agent = numbers * coefficients * occupancy ** (numbers - 1.0)
            steps = per_agent * occupancy
            return steps, -math.fsum(steps / numbers), math.log1p(saddle), math.fsum(per_agent) / agents
        from_one = saddle + (1.0 + saddle) * turned
        zero = _second_zero(idle / agents)  # less 1
        values = np.log(from_one / (1.0 + from_one)) + np.log((zero - from_one) / (1.0 + zero))
        values -= np.log(-np.expm1(agents * _less_log1p(from_one) - idle * from_one))
        coefficients = np.fft.irfft(np.conj(values), points)[1 : longest + 1] * np.exp(-numbers * math.log1p(saddle))
        decay = math.log1p(zero)
        log_empty = math.log(zero / (1.0 + zero)) - math.fsum(coefficients)
        steps = numbers * coefficients
        return steps + np.exp(-numbers * decay), log_empty, decay, (math.fsum(steps) + 1.0 / zero) / load


def _depth(agents: int, load: float) -> float:
    """-log of z^-agents e^(load (z - 1)) at the saddle z = agents / load."""
    idle_share = (agents - load) / agents
    if idle_share < 0.2:
        return agents * float(_less_log1p(np.array(-idle_share)))
    return agents * (math.log(agents / load) - idle_share)


def _second_zero(idle_share: float) -> float:
    """w > 0 with log(1 + w) = (1 - idle_share) w, by Newton's method from above, where it is monotone."""
    load_share = 1.0 - idle_share
    w = idle_share * (1.0 + load_share) / load_share**2
    for _ in range(100):
        step = (float(_less_log1p(np.array(w))) - idle_share * w) / (w / (1.0 + w) - idle_share)
        w -= step
        if step <= 1e-16 * w:
            break
    return w


def _less_log1p(w: Numbers) -> Numbers:
    """w - log(1 + w), by its series near 0, where the difference would cancel."""
    near = np.abs(w) < 0.2
    small = np.where(near, w, 0.0)
    series = np.zeros_like(w)
    for k in range(26, 1, -1):
        series = 1.0 / k - small * series
    return np.where(near, small * small * series, w - np.log(1.0 + np.where(near, 0.0, w)))


def _log_series(x: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """-log(1 - x), also where x is too small to be seen beside 1; |x| < 1/2."""
    total, term, k = x.copy(), x, 1
    largest = size = float(np.abs(x).max())
    while size > 1e-18 * largest:
        k += 1
        term = term * x
        size *= largest
        total += term / k
    return total
