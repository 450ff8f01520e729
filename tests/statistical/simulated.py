"""Simulated counts, and whether they are within so many standard errors of what is known.

Totals per replication are the sample. A figure is a ratio of two totals, its standard error by the delta method. Counts
are added up here, apart from `wfm.measures`, so that a fault there cannot hide one in the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
from scipy import stats

from wfm.measures.counts import COUNTS, IN_TIME, TIMES
from wfm.model.center import AgentGroup, ContactCenter, ContactType, Routing, Target
from wfm.model.horizon import Horizon
from wfm.model.laws import Law
from wfm.simulation import compiled
from wfm.simulation.lowering import lower

HOUR = 3600.0
BLOCK = 64  # replications at a time, so that memory does not grow with their intervals


def stationary(
    volume: float,
    agents: int,
    talk: Law | float,
    patience: Law | float | None = None,
    *,
    hours: float = 100,
    interval: float = HOUR,
    lines: int | None = None,
    balking: float = 0.0,
    answer_within: float = 20.0,
    after_contact_work: Law | float | None = None,
) -> ContactCenter:
    """One queue at a constant rate per hour."""
    calls = ContactType(
        volume * interval / HOUR,
        talk=talk,
        after_contact_work=after_contact_work,
        patience=patience,
        balking=balking,
        target=Target(answer_within=answer_within),
    )
    return ContactCenter(
        Horizon(datetime(2026, 1, 5), interval, round(hours * HOUR / interval)),
        {"calls": calls},
        {"team": AgentGroup(skills=("calls",), agents=agents)},
        routing=Routing(lines=lines),
    )


class Run:
    """Counts of many replications of one centre, times in seconds.

    Args:
        start, left_out: how many intervals at the beginning, the warm-up, and at the end do not count.
        by_interval: whether intervals are kept apart.
    """

    def __init__(
        self,
        center: ContactCenter,
        replications: int,
        seed: int,
        start: int = 0,
        left_out: int = 0,
        *,
        by_interval: bool = False,
    ) -> None:
        stop = center.horizon.intervals - left_out
        self.seconds = np.full(stop - start, float(center.horizon.interval))
        counts, times = [], []
        for books in blocks(center, replications, seed):
            part, spent = books.counts[:, :, start:stop], books.times[:, :, start:stop]
            counts.append(part if by_interval else part.sum(axis=2, keepdims=True))
            times.append(spent if by_interval else spent.sum(axis=2, keepdims=True))
        self.counts = np.concatenate(counts).astype(np.float64)
        self.counts[..., list(IN_TIME)] *= 1e-6
        self.times = np.concatenate(times) * 1e-6

    def total(self, *names: str, of: int | None = None, interval: int | None = None) -> np.ndarray:
        """Per replication, over all contact types or one of them, and all intervals that count or one of them."""
        columns = [COUNTS.index(name) for name in names]
        return self.counts[:, _one(of), _one(interval)][..., columns].sum(axis=(1, 2, 3))

    def time(self, name: str, of: int | None = None, interval: int | None = None) -> np.ndarray:
        """Per replication, seconds of all agents or of one group."""
        return self.times[:, _one(of), _one(interval), TIMES.index(name)].sum(axis=(1, 2))

    def length(self, interval: int | None = None) -> float:
        """Seconds that count."""
        return float(self.seconds[_one(interval)].sum())


def blocks(center: ContactCenter, replications: int, seed: int) -> Iterator[compiled.Books]:
    """The books of successive replications."""
    assert center.plan is not None
    world = lower(center, center.plan, center.experiment)
    for first in range(0, replications, BLOCK):
        yield compiled.run(world, seed, first, min(BLOCK, replications - first), percentiles=False)


def _one(index: int | None) -> slice:
    return slice(None) if index is None else slice(index, index + 1)


class Ratio(NamedTuple):
    """Total over total, its standard error, from how many replications, and the total below the line."""

    value: float
    error: float
    replications: int
    bottom: float

    def quantile(self, chance: float) -> float:
        """How many standard errors a correct figure exceeds, either way, with this probability."""
        return float(stats.t.isf(chance / 2, self.replications - 1))


def ratio(top: np.ndarray, bottom: np.ndarray | float) -> Ratio:
    """Total over total by replication."""
    bottom = np.broadcast_to(np.asarray(bottom, dtype=np.float64), top.shape)
    value = float(top.sum() / bottom.sum())
    error = float(np.std(top - value * bottom, ddof=1) / math.sqrt(len(top)) / bottom.mean())
    return Ratio(value, error, len(top), float(bottom.sum()))
